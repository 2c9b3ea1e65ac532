import type { KyInstance } from "ky";
import { sendOnce } from "#once";
import type { Connection } from "../connection.js";
import { type LinkedAbort, linkAbort, untilAborted } from "../model/abort.js";
import { ExportError, type Operation } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { ownProperties } from "../model/own-properties.js";
import { spendRequest } from "./budget-check.js";
import { ForeignFetch } from "./foreign-fetch.js";
import { networkError } from "./network-error.js";
import type { SendTrace } from "./once/contract.js";

/** One HTTP request as it goes out. */
export interface Outgoing {
  readonly operation: Operation;
  readonly method: string;
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | undefined;
  /** The job on whose behalf it is made; errors carry it. */
  readonly job?: ExportJob | undefined;
  /** A signed URL may carry its secret in the path too; then only the origin is shown. */
  readonly secretUrl?: boolean | undefined;
  /** Has what is secret about it hidden again, before somebody else's words are shown: what was learned is forgotten in time. */
  readonly hide?: (() => void) | undefined;
  /** How often this was asked before, by whoever asks; counted up here. */
  readonly attempts?: Attempts | undefined;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
  /** It must not arrive twice: sent so that the runtime cannot repeat it, and not cut off by the caller's signal. */
  readonly once?: boolean | undefined;
}

/** Counts how often one thing is asked for, whatever makes it be asked again. */
export interface Attempts {
  made: number;
}

/** An answer whose body is still to be read. Whoever has it must call `release` when done, or `close`. */
export interface OpenResponse
  extends Pick<LinkedAbort, "signal" | "abort" | "release" | "stopTimers">,
    Pick<Outgoing, "hide"> {
  readonly response: Response;
  /** Lets go of an answer whose body nobody will read. */
  close(): void;
}

/**
 * Sends one request once: no retry, no redirect, no judgement of the status. Rejects with the signal's reason when
 * aborted, with `TIMEOUT` when no answer came in time or the budget has no request left, else with `NETWORK`.
 */
export async function send(connection: Connection, outgoing: Outgoing): Promise<OpenResponse> {
  const { clock, timeouts } = connection.settings;
  const { signal } = outgoing;
  signal?.throwIfAborted();
  if (connection.budget) spendRequest(connection, { operation: outgoing.operation, job: outgoing.job });
  const trace: SendTrace = {};
  // What has not left yet need not be waited for.
  const link = linkAbort(signal, () => !outgoing.once || trace.left === false);
  link.abortAfter(clock, timeouts.requestMs, () => {
    const unsent = trace.left === false;
    const what = unsent ? "was not sent: there was no connection" : "got no answer";
    return connection.error("TIMEOUT", `${describe(outgoing)} ${what} within ${timeouts.requestMs} ms`, {
      operation: outgoing.operation,
      job: outgoing.job,
      retryable: true,
      ...(unsent && { details: { neverSent: true } }),
    });
  });
  const startedAt = clock.monotonic();
  const attempts = outgoing.attempts ?? { made: 0 };
  const attempt = ++attempts.made;
  const observe = (status?: number, error?: unknown) =>
    connection.observe({
      type: "request",
      operation: outgoing.operation,
      method: outgoing.method,
      // Without its query, where signatures live.
      url: outgoing.url.origin + (outgoing.secretUrl ? "" : outgoing.url.pathname),
      ...(status !== undefined && { status }),
      ...(ExportError.isInstance(error) && { errorCode: error.code }),
      attempt,
      durationMs: Math.round(clock.monotonic() - startedAt),
      ...(outgoing.job && { jobId: outgoing.job.id }),
    });
  try {
    // A fetch that does not heed the signal must not hold the call up.
    const { telemetry } = connection.settings;
    const run = () => bareFetch(connection, outgoing, trace, link.signal);
    const around = telemetry?.around?.bind(telemetry);
    const response = await untilAborted(around ? () => around(run) : run, link.signal);
    observe(response.status);
    const close = () => {
      link.release();
      response.body?.cancel().catch(() => {});
    };
    return { response, ...link, close, hide: outgoing.hide };
  } catch (failure) {
    link.release();
    outgoing.hide?.();
    const error = link.signal.aborted
      ? link.signal.reason
      : networkError(connection, outgoing, trace, failure);
    observe(undefined, error);
    throw error;
  }
}

/** What somebody has put on every object, as options of ky and of the Request that it makes: none. */
function notInherited(): object {
  let none = {};
  for (const name in {}) none = { ...none, [name]: undefined };
  return none;
}

let loadedKy: KyInstance | undefined;

/** Loads ky, for the first request: it looks at the runtime's Request and Response, which Node loads only then, for 50 ms. */
export async function loadKy(): Promise<KyInstance> {
  loadedKy ??= (await import("ky")).default;
  return loadedKy;
}

/**
 * ky as a bare transport: its own retries, timeout and status errors are off, because they judge by verb, end at the
 * headers, and put the whole URL into messages.
 */
async function bareFetch(
  connection: Connection,
  outgoing: Outgoing,
  trace: SendTrace,
  signal: AbortSignal,
): Promise<Response> {
  const { fetch, ownFetch } = connection.settings;
  const single = outgoing.once || connection.provider.oneTimeAuthorization;
  // Told in plain values and called without a `this`: a fetch of another library takes no foreign Request, and the
  // global one of Workers no foreign object.
  const init = ownProperties({
    method: outgoing.method,
    headers: outgoing.headers,
    ...(outgoing.body !== undefined && { body: outgoing.body }),
    redirect: "manual",
    signal,
  } as const);
  // ky wraps what fetch threw; the original names the runtime's own code.
  let failure: { readonly error: unknown } | undefined;
  try {
    // A part that cannot be loaded has sent nothing, and what is given up meanwhile is not sent any more.
    trace.left = false;
    trace.loading = true;
    const ky = loadedKy ?? (await loadKy());
    trace.loading = false;
    return await ky(outgoing.url, {
      ...notInherited(),
      method: outgoing.method,
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      fetch: async () => {
        const { href } = outgoing.url;
        try {
          signal.throwIfAborted();
          trace.left = undefined;
          return checkedResponse(
            await (single ? sendOnce(href, init, trace, ownFetch ? fetch : undefined) : fetch(href, init)),
          );
        } catch (error) {
          failure = { error };
          throw error;
        }
      },
    });
  } catch (error) {
    throw failure ? failure.error : error;
  }
}

/** The answer, where it is one. By shape: it may come from another realm or library. */
function checkedResponse(value: unknown): Response {
  const { status, headers, body, bodyUsed } = Object(value) as Partial<Response>;
  const problem =
    typeof status !== "number" || typeof headers?.get !== "function"
      ? "it returned no Response"
      : body !== null && typeof body?.getReader !== "function"
        ? "its Response has no body that is a web stream"
        : bodyUsed || body?.locked
          ? "the body of its Response was read already (read a clone of it instead)"
          : undefined;
  if (problem === undefined) return value as Response;
  throw new ForeignFetch(problem, status);
}

function describe(outgoing: Outgoing): string {
  return `the ${outgoing.operation} request to ${outgoing.url.host}`;
}
