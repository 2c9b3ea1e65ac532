import { startsOnce } from "#once";
import { type Connection, createConnection, readingOf } from "./connection.js";
import type { Providers } from "./connection-types.js";
import { readCheckpoint } from "./download/checkpoint.js";
import type { OpenDownload, OpenDownloadOptions } from "./download/open.js";
import type { ExportDownload } from "./download/types.js";
import type {
  CallOptions,
  ExportClient,
  ExportClientOptions,
  RunOptions,
  RuntimeCapabilities,
} from "./export-client.js";
import { takeCallOptions } from "./jobs/call-options.js";
import { checkExpected, parseJob } from "./jobs/parse.js";
import { pollJob } from "./jobs/poll.js";
import { takeRequest } from "./jobs/request.js";
import { countJob, startJob, startScope } from "./jobs/start.js";
import { type WaitOptions, waitForJob } from "./jobs/wait.js";
import type { Clock } from "./model/clock.js";
import { ExportError, type Operation } from "./model/errors.js";
import { type ExportJob, isTerminal } from "./model/job.js";
import { loadPart } from "./model/load-part.js";
import { ownProperties } from "./model/own-properties.js";
import { shown } from "./model/printable.js";
import { checkProviders } from "./provider-check.js";
import { resolveSettings } from "./settings.js";
import type { ProviderCapabilities } from "./spec/provider.js";
import { untilDeadline, withBudget } from "./transport/budget-check.js";
import { createContext } from "./transport/call-adapter.js";

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
  const connected = (name: unknown, { budget }: CallOptions): Connection => {
    const connection = connectionNamed(name);
    return budget === undefined ? connection : withBudget(connection, budget);
  };
  // Adapters throw errors that know neither the connection nor the job.
  const on = async <T>(
    connection: Connection,
    job: ExportJob | undefined,
    operation: Operation | undefined,
    call: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    try {
      // Another process may have seen it end.
      if (job && isTerminal(job)) await countJob(connection, job.id, true);
      return await call();
    } catch (error) {
      throw connection.adopt(error, job, operation, signal);
    }
  };
  const begin = async <O extends CallOptions, T>(
    call: "startExport" | "runExport",
    name: string,
    given: O,
    run: (connection: Connection, options: O) => Promise<T>,
  ): Promise<T> => {
    const options = takeCallOptions(call, given);
    const connection = connected(name, options);
    return on(connection, undefined, "start", () => run(connection, options), options.signal);
  };
  // Each call checks its handle: it may come from a store, and a client may be used from plain JavaScript.
  const resume = async <O extends CallOptions, T>(
    call: "pollExport" | "waitForExport" | "download",
    value: unknown,
    given: O,
    run: (connection: Connection, job: ExportJob, options: O) => Promise<T>,
  ): Promise<T> => {
    const options = takeCallOptions(call, given);
    const job = parseJob(connections, value);
    const connection = connected(job.connection, options);
    const operation = operationOf(call, connection);
    return on(connection, job, operation, () => run(connection, job, options), options.signal);
  };

  const client = {
    startExport: (name: string, request: unknown, given: CallOptions = {}) =>
      begin("startExport", name, given, (connection, { signal }) => startJob(connection, request, signal)),
    pollExport: (value: unknown, given: CallOptions = {}) =>
      resume("pollExport", value, given, (connection, job, { signal }) =>
        untilDeadline(connection, signal, (until) => pollJob(connection, job, until)),
      ),
    waitForExport: (value: unknown, given: WaitOptions = {}) =>
      resume("waitForExport", value, given, waitForJob),
    download: (value: unknown, given: OpenDownloadOptions = {}) => resume("download", value, given, download),
    runExport: (name: string, request: unknown, given: RunOptions = {}) =>
      begin("runExport", name, given, async (connection, options) => {
        const { signal, timeoutMs, onDownloadProgress: onProgress } = options;
        const queueing = { timeoutMs, waitedMs: 0 };
        const started = await startJob(connection, request, signal, queueing);
        const left = timeoutMs === undefined ? undefined : timeoutMs - queueing.waitedMs;
        const job = await waitForJob(connection, started, ownProperties({ ...options, timeoutMs: left }));
        if (!isTerminal(job)) throw unfinished(connection, job);
        const open = () => download(connection, job, ownProperties({ signal, onProgress }));
        return on(connection, job, operationOf("download", connection), open, signal);
      }),
    parseJob: (value: unknown, name?: string, ...request: readonly [request?: unknown]) => {
      const job = parseJob(connections, value);
      const expected = request.length > 0 ? { request: request[0] } : undefined;
      if (name !== undefined) checkExpected(job, name, connectionNamed(name), expected);
      return job;
    },
    parseCheckpoint: (value: unknown) => readCheckpoint(value),
    explainExport: async (name: string, request: unknown) => {
      const connection = connectionNamed(name);
      return on(connection, undefined, undefined, async () => {
        const checked = await takeRequest(connection, request);
        const scope = startScope(connection);
        const { explainStart } = await loadPart(import("./jobs/explain.js"));
        return explainStart(connection, checked, createContext(connection, scope), scope.safety);
      });
    },
    recordSchema: async (name: string, request: unknown) => {
      const connection = connectionNamed(name);
      const { provider } = connection;
      return on(connection, undefined, undefined, async () => {
        const schema = await provider.recordSchema?.(await takeRequest(connection, request));
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

/** What a call is about, for errors that do not say it themselves. */
function operationOf(call: "pollExport" | "waitForExport" | "download", connection: Connection): Operation {
  if (call === "download") return readingOf(connection);
  return call === "pollExport" ? "poll" : "wait";
}

/** What durable exports need of a client beside its calls. */
export interface ClientInside {
  readonly clock: Clock;
  connectionNamed(name: string): Connection;
}

const insides = new WeakMap<object, ClientInside>();

/** The inside of a client; of one of another copy of the package nothing is known. */
export const insideOf = (client: object): ClientInside | undefined => insides.get(client);

/** Opens a result by the engine that the adapter brings along, which is loaded with the first one. */
function download(
  connection: Connection,
  job: ExportJob,
  options: OpenDownloadOptions,
): Promise<ExportDownload<unknown>> {
  // The type keeps what only the engine knows out of the public contract.
  const { open } = connection.provider.delivery.engine as { readonly open: OpenDownload };
  return open(connection, job, options);
}

/** Where a budget ends `runExport` there is no download, and calling it again would start another export. */
function unfinished(connection: Connection, job: ExportJob): ExportError {
  return connection.error(
    "TIMEOUT",
    `the budget is spent and job ${job.id} is still ${job.status}. It still runs at ${job.provider}: give error.job to ` +
      "waitForExport, and do not run the export again",
    { operation: "wait", job },
  );
}
