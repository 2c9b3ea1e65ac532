import type { ClientSettings } from "./client-options.js";
import type { ConnectionOf, Exactly, JobOf, Providers, RecordOf } from "./connection-types.js";
import type { OpenDownloadOptions } from "./download/open.js";
import type { Checkpoint, ExportDownload } from "./download/types.js";
import type { ExplainedExport } from "./jobs/explain.js";
import type { WaitOptions } from "./jobs/wait.js";
import type { Budget, BudgetLimits } from "./model/budget.js";
import type { ExportJob } from "./model/job.js";
import type { Jsonified } from "./model/json.js";
import type { InputOf } from "./spec/provider.js";
import type { RecordSchema } from "./spec/schema.js";

/** Options of {@link createExportClient}. */
export interface ExportClientOptions<P extends Providers> extends ClientSettings {
  /** The connections: several of one provider may stand side by side under different names. */
  readonly providers: P;
}

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
   * const checkpoint = client.parseCheckpoint(row.checkpoint);
   * const download = await client.download(job, { checkpoint });
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
   * const checkpoint = row.checkpoint ? client.parseCheckpoint(row.checkpoint) : undefined;
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
