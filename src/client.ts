import { startsOnce } from "#once";
import { readCheckpoint } from "./download/checkpoint.js";
import type { OpenDownloadOptions } from "./download/open.js";
import type { Checkpoint, ExportDownload } from "./download/types.js";
import { takeCallOptions } from "./jobs/call-options.js";
import { checkExpected } from "./jobs/expected-job.js";
import type { ExplainedExport } from "./jobs/explain.js";
import { parseJob } from "./jobs/parse.js";
import { pollJob } from "./jobs/poll.js";
import { validateRequest } from "./jobs/request.js";
import { startJob, startScope } from "./jobs/start.js";
import { type WaitOptions, waitForJob } from "./jobs/wait.js";
import type { Budget, BudgetLimits } from "./model/budget.js";
import type { Clock } from "./model/clock.js";
import { ExportError } from "./model/errors.js";
import { type ExportJob, isTerminal } from "./model/job.js";
import type { Jsonified } from "./model/json.js";
import { shown } from "./model/shown.js";
import { type ClientSettings, checkProviders, resolveSettings } from "./settings.js";
import type { AnyProvider, InputOf, ProviderCapabilities, RecordsOf } from "./spec/provider.js";
import type { RecordSchema } from "./spec/record-schema.js";
import type { RecordFor } from "./spec/records.js";
import { untilDeadline, withBudget } from "./transport/budget-check.js";
import { type Connection, createConnection } from "./transport/connection.js";
import { createContext } from "./transport/context.js";

/** Providers by the caller's own names for the connections. */
export type Providers = { readonly [connection: string]: AnyProvider };

/** Options of {@link createExportClient}. */
export interface ExportClientOptions<P extends Providers> extends ClientSettings {
  /** The connections: several of one provider may stand side by side under different names. */
  readonly providers: P;
}

type ConnectionOf<P extends Providers> = keyof P & string;

/** Any job of these providers; what `parseJob` returns. */
export type JobOf<P extends Providers> = {
  [C in ConnectionOf<P>]: ExportJob<C, Jsonified<InputOf<P[C]>>>;
}[ConnectionOf<P>];

/** The record type of a job's download. Of a job of type `any`, as `JSON.parse` gives it, those of every job. */
export type RecordOf<P extends Providers, J> = 0 extends 1 & J ? RecordOfJob<P, JobOf<P>> : RecordOfJob<P, J>;

type RecordOfJob<P extends Providers, J> =
  J extends ExportJob<infer C, infer Request>
    ? C extends ConnectionOf<P>
      ? RecordFor<RecordsOf<P[C]>, Request>
      : never
    : never;

// A generic request is inferred to the letter, which gives exact record types but switches the check for unknown
// properties off; this brings it back, at every depth. `Input`, and each item of a list, is there once more for its
// documentation: an editor shows nothing of a type that is inferred from what is being written.
type Exactly<Request, Input> = Request & Known<Request, Input> & Input;
type Known<T, Input> = unknown extends Input
  ? unknown
  : T extends readonly unknown[]
    ? { readonly [K in keyof T]: Known<T[K], ItemOf<Input>> & Documented<T[K], ItemOf<Input>> }
    : T extends Date
      ? unknown
      : T extends object
        ? { readonly [K in keyof T]: K extends KeyOf<Input> ? Known<T[K], ValueOf<Input, K>> : never }
        : unknown;
type Documented<T, Item> = T extends object ? Extract<Item, object> : unknown;
type KeyOf<Input> = Input extends unknown ? keyof Input : never;
type ValueOf<Input, K> = Input extends unknown ? (K extends keyof Input ? Input[K] : never) : never;
type ItemOf<Input> = Input extends readonly (infer Item)[] ? Item : never;

/** What the client tells beside what a provider says of itself. */
export interface RuntimeCapabilities {
  /** `"file"`: one artifact behind a URL. `"pages"`: a listing read page by page. */
  readonly delivery: "file" | "pages";
  /**
   * Whether a start arrives at the vendor once at most. `false` where the runtime's `fetch` may send a request again by
   * itself and leaves no way around it (Cloudflare Workers, unknown runtimes; Deno behind a proxy of the environment or
   * with a `fetch` of the caller's own): there two exports may run where one was asked for.
   */
  readonly startOnce: boolean;
}

/** Options that every call takes. */
export interface CallOptions {
  /**
   * Aborts the call; it then rejects with the signal's own reason. A start that was sent already is not cut off: it
   * resolves with its job, or rejects with `START_OUTCOME_UNKNOWN` and the reason as its cause.
   */
  readonly signal?: AbortSignal | undefined;
  /** What the call may spend; it ends with `TIMEOUT` before a request that is no longer covered. */
  readonly budget?: Budget | BudgetLimits | undefined;
}

/** Options of `runExport`: those of `waitForExport`, and the download's progress beside the job's. */
export interface RunOptions extends WaitOptions {
  /** Called as bytes and records of the download are read. */
  readonly onDownloadProgress?: OpenDownloadOptions["onProgress"];
}

/** What {@link createExportClient} returns. Stateless but for what it learns about tokens and clocks. */
export interface ExportClient<P extends Providers> {
  /**
   * Validates the request and starts the export, once: a start whose outcome is not known is never sent again.
   *
   * @example
   * ```ts
   * const job = await client.startExport("users", { format: "ndjson" });
   * await db.put("job", JSON.stringify(job)); // plain data: no credentials, no signed URL
   * ```
   *
   * @throws `REQUEST_INVALID`, `UNAUTHORIZED`, `FORBIDDEN`, `QUOTA_EXCEEDED`, `CONCURRENCY_LIMIT`, `EXPORT_DISABLED`,
   * `RATE_LIMITED`, `START_OUTCOME_UNKNOWN`, `NETWORK` when the request certainly never arrived
   */
  startExport<C extends ConnectionOf<P>, const Request extends InputOf<P[C]>>(
    connection: C,
    request: Exactly<Request, InputOf<P[C]>>,
    options?: CallOptions,
  ): Promise<ExportJob<C, Jsonified<Request>>>;

  /**
   * Asks for the status once and never sleeps; a terminal job costs no request. A job that failed or expired is a
   * result here and not an error. Wait `job.retryAfterMs` between polls. (A request refused for its credentials is no
   * answer about the job: where there are newer ones, it is sent again with those.)
   *
   * @example
   * ```ts
   * const polled = await client.pollExport(job);
   * if (polled.status === "running") await comeBackIn(polled.retryAfterMs);
   * ```
   *
   * @throws `JOB_INVALID`, and what a status request can fail with, such as `NETWORK`; see `error.retryable`
   */
  pollExport<J extends JobOf<P>>(job: J, options?: CallOptions): Promise<J>;

  /**
   * Polls at the job's own pace until it ends, and resolves with the succeeded job.
   *
   * @example
   * ```ts
   * const done = await client.waitForExport(job, { timeoutMs: 15 * 60_000, onProgress: ({ status }) => console.log(status) });
   * ```
   *
   * @throws `EXPORT_FAILED`, `EXPORT_EXPIRED`, `TIMEOUT`, each with the latest job in `error.job`
   */
  waitForExport<J extends JobOf<P>>(job: J, options?: WaitOptions): Promise<J>;

  /**
   * Opens a succeeded job's result, from the beginning or from a checkpoint.
   *
   * @example
   * ```ts
   * const download = await client.download(job, { checkpoint: row.checkpoint });
   * for await (const user of download) console.log(user.email);
   * ```
   *
   * @throws `JOB_NOT_READY`, `EXPORT_FAILED`, `EXPORT_EXPIRED`, `ARTIFACT_MISSING`, `ARTIFACT_CHANGED`, `JOB_INVALID`
   */
  download<J extends JobOf<P>>(
    job: J,
    options?: OpenDownloadOptions,
  ): Promise<ExportDownload<RecordOf<P, J>>>;

  /**
   * Starts, waits and downloads. `onProgress` gets the job as soon as it exists, also where the call was aborted
   * meanwhile: store it to survive a crash.
   *
   * @example
   * ```ts
   * const download = await client.runExport("users", { format: "ndjson" }, { onProgress: (job) => db.put("job", job) });
   * for await (const user of download) console.log(user.email);
   * ```
   */
  runExport<C extends ConnectionOf<P>, const Request extends InputOf<P[C]>>(
    connection: C,
    request: Exactly<Request, InputOf<P[C]>>,
    options?: RunOptions,
  ): Promise<ExportDownload<RecordOf<P, ExportJob<C, Jsonified<Request>>>>>;

  /**
   * Checks an untrusted value, such as a job from a database, and types it.
   *
   * @throws `JOB_INVALID`, naming the field, for another version, an unknown connection, or another provider
   */
  parseJob(value: unknown): JobOf<P>;
  /**
   * The same for a job of one connection, and of one request: the record type survives the database.
   *
   * @example
   * ```ts
   * const request = { format: "ndjson" } as const;
   * const job = client.parseJob(row.job, "users", request);
   * for await (const user of await client.download(job)) console.log(user.email);
   * ```
   *
   * @throws `JOB_INVALID` too where the job is of another connection or request; `details.field` names what differs
   */
  parseJob<C extends ConnectionOf<P>>(value: unknown, connection: C): ExportJob<C, Jsonified<InputOf<P[C]>>>;
  /** The same, for one request too: the record type is that of the request. */
  parseJob<C extends ConnectionOf<P>, const Request extends InputOf<P[C]>>(
    value: unknown,
    connection: C,
    request: Exactly<Request, InputOf<P[C]>>,
  ): ExportJob<C, Jsonified<Request>>;

  /**
   * Checks an untrusted value to be a checkpoint, and types it. Whether it is one of a job is checked by `download`.
   *
   * @example
   * ```ts
   * const checkpoint = row.checkpoint && client.parseCheckpoint(row.checkpoint);
   * const download = await client.download(job, { checkpoint });
   * ```
   *
   * @throws `JOB_INVALID`, naming the field
   */
  parseCheckpoint(value: unknown): Checkpoint;

  /**
   * Tells what `startExport` would send, and sends nothing: no token is fetched either.
   *
   * @example
   * ```ts
   * const { method, url, body } = await client.explainExport("users", { format: "ndjson" });
   * ```
   *
   * @throws `REQUEST_INVALID`, naming each wrong field
   */
  explainExport<C extends ConnectionOf<P>, const Request extends InputOf<P[C]>>(
    connection: C,
    request: Exactly<Request, InputOf<P[C]>>,
  ): Promise<ExplainedExport>;

  /**
   * What the records of a request look like, as JSON Schema, and which members identify one: for a table, a catalogue, a
   * validator. Sends nothing.
   *
   * @example
   * ```ts
   * const { schema, key } = await client.recordSchema("users", { format: "ndjson" });
   * // key: ["sub"]
   * ```
   *
   * @throws `REQUEST_INVALID`, naming each wrong field; `NOT_SUPPORTED` where an adapter promises nothing of its records
   */
  recordSchema<C extends ConnectionOf<P>, const Request extends InputOf<P[C]>>(
    connection: C,
    request: Exactly<Request, InputOf<P[C]>>,
  ): Promise<RecordSchema>;

  /**
   * What the provider behind a connection can do, and what this runtime can do for it.
   *
   * @example
   * ```ts
   * if (!client.capabilities("users").startOnce) console.warn("a start may arrive twice here");
   * ```
   */
  capabilities<C extends ConnectionOf<P>>(connection: C): P[C]["capabilities"] & RuntimeCapabilities;
}

/**
 * Makes a client over one or more connections. Makes no request and starts no timer.
 *
 * @example
 * ```ts
 * const client = createExportClient({
 *   providers: { users: authgear({ endpoint, projectId, keyId, privateKey }) },
 * });
 * const download = await client.runExport("users", { format: "ndjson" });
 * for await (const user of download) console.log(user.email);
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option
 */
export function createExportClient<P extends Providers>(options: ExportClientOptions<P>): ExportClient<P> {
  checkProviders(options);
  const { providers, ...settings } = options;
  const resolved = resolveSettings(settings);
  const connections = new Map<string, Connection>();
  for (const [name, provider] of Object.entries(providers)) {
    connections.set(name, createConnection(name, provider, resolved));
  }

  const connectionNamed = (name: unknown): Connection => {
    const connection = typeof name === "string" ? connections.get(name) : undefined;
    if (connection) return connection;
    throw new ExportError(
      "CONFIG_INVALID",
      `there is no connection ${shown(name)}; this client has: ${[...connections.keys()].join(", ")}`,
      { details: { field: "connection" } },
    );
  };
  const begin = <O extends CallOptions>(call: "startExport" | "runExport", name: string, given: O) => {
    const options = takeCallOptions(call, given);
    return { options, connection: withBudget(connectionNamed(name), options.budget) };
  };
  // Every handle is checked anew: it may come from a store, and a client may be used from plain JavaScript.
  const resume = <O extends CallOptions>(
    call: "pollExport" | "waitForExport" | "download",
    value: unknown,
    given: O,
  ) => {
    const options = takeCallOptions(call, given);
    const job = parseJob(connections, value);
    return { job, options, connection: withBudget(connectionNamed(job.connection), options.budget) };
  };

  // Adapters throw errors that know neither the connection nor the job.
  const on = async <T>(
    connection: Connection,
    job: ExportJob | undefined,
    call: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw connection.adopt(error, job);
    }
  };

  const client = {
    startExport: async (name: string, request: unknown, given: CallOptions = {}) => {
      const { connection, options } = begin("startExport", name, given);
      return on(connection, undefined, () => startJob(connection, request, options.signal));
    },
    pollExport: async (value: unknown, given: CallOptions = {}) => {
      const { job, connection, options } = resume("pollExport", value, given);
      return on(connection, job, () =>
        untilDeadline(connection, options.signal, (signal) => pollJob(connection, job, signal)),
      );
    },
    waitForExport: async (value: unknown, given: WaitOptions = {}) => {
      const { job, connection, options } = resume("waitForExport", value, given);
      return on(connection, job, () => waitForJob(connection, job, options));
    },
    download: async (value: unknown, given: OpenDownloadOptions = {}) => {
      const { job, connection, options } = resume("download", value, given);
      return on(connection, job, () => download(connection, job, options));
    },
    runExport: async (name: string, request: unknown, given: RunOptions = {}) => {
      const { connection, options } = begin("runExport", name, given);
      const { signal, onDownloadProgress: onProgress } = options;
      return on(connection, undefined, async () => {
        const { timeoutMs } = options;
        const queueing = { timeoutMs, waitedMs: 0 };
        const started = await startJob(connection, request, signal, queueing);
        const job = await waitForJob(connection, started, {
          ...options,
          timeoutMs: timeoutMs === undefined ? undefined : timeoutMs - queueing.waitedMs,
        });
        if (!isTerminal(job)) throw unfinished(connection, job);
        return on(connection, job, () => download(connection, job, { signal, onProgress }));
      });
    },
    parseJob: (value: unknown, name?: string, ...request: readonly [request?: unknown]) => {
      const job = parseJob(connections, value);
      const expected = request.length > 0 ? { request: request[0] } : undefined;
      if (name !== undefined) checkExpected(job, name, connectionNamed(name), expected);
      return job;
    },
    parseCheckpoint: (value: unknown) => readCheckpoint(value),
    explainExport: async (name: string, request: unknown) => {
      const connection = connectionNamed(name);
      return on(connection, undefined, async () => {
        const checked = validateRequest(connection, request);
        const scope = startScope(connection);
        const { explainStart } = await import("./jobs/explain.js");
        return explainStart(connection, checked, createContext(connection, scope), scope.safety);
      });
    },
    recordSchema: async (name: string, request: unknown) => {
      const connection = connectionNamed(name);
      const { provider } = connection;
      return on(connection, undefined, async () => {
        const schema = await provider.recordSchema?.(validateRequest(connection, request));
        if (schema) return schema;
        throw connection.error("NOT_SUPPORTED", `${provider.name} promises nothing of its records`);
      });
    },
    capabilities: (name: string): ProviderCapabilities & RuntimeCapabilities => {
      const { capabilities, delivery } = connectionNamed(name).provider;
      return { ...capabilities, delivery: delivery.kind, startOnce: startsOnce(resolved.ownFetch) };
    },
  };
  insides.set(client, { clock: resolved.clock, connectionNamed });
  return Object.freeze(client) as unknown as ExportClient<P>;
}

/** What durable exports need of a client beside its calls. */
export interface ClientInside {
  readonly clock: Clock;
  connectionNamed(name: string): Connection;
}

const insides = new WeakMap<object, ClientInside>();

/** The inside of a client; of one of another copy of the package nothing is known. */
export const insideOf = (client: object): ClientInside | undefined => insides.get(client);

/** Loads what reads results: a process that starts exports or watches them, as many do, has no use for it. */
async function download(
  connection: Connection,
  job: ExportJob,
  options: OpenDownloadOptions,
): Promise<ExportDownload<unknown>> {
  const { openDownload } = await import("./download/open.js");
  return openDownload(connection, job, options);
}

/** Where a budget ends `runExport` there is no download, and calling it again would start another export. */
function unfinished(connection: Connection, job: ExportJob): ExportError {
  return connection.error(
    "TIMEOUT",
    `the budget is spent and job ${job.id} is still ${job.status}. It goes on at ${job.provider}: give error.job to ` +
      "waitForExport, and do not run the export again",
    { operation: "wait", job },
  );
}
