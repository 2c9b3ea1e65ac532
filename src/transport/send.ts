import ky from "ky";
import type { ExportError, Operation } from "../errors.js";
import type { ExportJob } from "../job.js";
import { linkAbort, untilAborted } from "./abort.js";
import { spendRequest } from "./budget.js";
import type { Connection } from "./connection.js";
import { neverSent } from "./never-sent.js";
import { systemCode } from "./system-code.js";
import { showUrl } from "./trusted-url.js";

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
}

/** An answer whose body is still to be read. Whoever has it must call `release` when done. */
export interface OpenResponse {
  readonly response: Response;
  /** Aborted by the caller, by the request's timer, or by `abort`. */
  readonly signal: AbortSignal;
  /** Ends the connection; a body that is still being read fails with `reason`. */
  abort(reason: unknown): void;
  /** Stops the request's timer and lets go of the caller's signal. */
  release(): void;
  /** Stops the request's timer only: from here on somebody else watches the body. */
  stopTimer(): void;
}

/**
 * Sends one request once: no retry, no redirect, no judgement of the status. Rejects with the signal's reason when
 * aborted, with `TIMEOUT` when no answer came in time or the budget has no request left, else with `NETWORK`.
 */
export async function send(
  connection: Connection,
  outgoing: Outgoing,
  signal: AbortSignal | undefined,
): Promise<OpenResponse> {
  const { clock, timeouts } = connection.settings;
  signal?.throwIfAborted();
  spendRequest(connection, { operation: outgoing.operation, job: outgoing.job });
  const link = linkAbort(signal);
  const stopTimer = clock.setTimer(timeouts.requestMs, () =>
    link.abort(
      connection.error("TIMEOUT", `${describe(outgoing)} got no answer within ${timeouts.requestMs} ms`, {
        operation: outgoing.operation,
        job: outgoing.job,
        retryable: true,
      }),
    ),
  );
  const release = () => {
    stopTimer();
    link.release();
  };
  const startedAt = clock.monotonic();
  const observe = (status?: number) =>
    connection.observe({
      type: "request",
      operation: outgoing.operation,
      method: outgoing.method,
      url: outgoing.secretUrl ? outgoing.url.origin : showUrl(outgoing.url),
      ...(status !== undefined && { status }),
      durationMs: Math.round(clock.monotonic() - startedAt),
      ...(outgoing.job && { jobId: outgoing.job.id }),
    });
  try {
    // A fetch that does not heed the signal must not hold the call up.
    const response = await untilAborted(bareFetch(connection, outgoing, link.signal), link.signal);
    observe(response.status);
    return { response, signal: link.signal, abort: link.abort, release, stopTimer };
  } catch (error) {
    release();
    observe();
    if (link.signal.aborted) throw link.signal.reason;
    throw networkError(connection, outgoing, error);
  }
}

/**
 * ky as a bare transport: its own retries, timeout and status errors are off, because they judge by verb, end at the
 * headers, and put the whole URL into messages.
 */
async function bareFetch(connection: Connection, outgoing: Outgoing, signal: AbortSignal): Promise<Response> {
  const { fetch } = connection.settings;
  let failure: { readonly error: unknown } | undefined;
  try {
    return await ky(outgoing.url, {
      method: outgoing.method,
      headers: outgoing.headers,
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      fetch: async () => {
        try {
          // Told in plain values and called without a `this`: a fetch of another library takes no foreign Request, and
          // the global one of Workers no foreign object.
          const response: unknown = await fetch(outgoing.url.href, {
            method: outgoing.method,
            headers: outgoing.headers,
            ...(outgoing.body !== undefined && { body: outgoing.body }),
            redirect: "manual",
            signal,
          });
          if (isResponse(response)) return response;
          throw new TypeError("the fetch function returned no Response of the fetch standard");
        } catch (error) {
          failure = { error };
          throw error;
        }
      },
    });
  } catch (error) {
    // ky wraps what fetch threw; the original names the runtime's own code.
    throw failure ? failure.error : error;
  }
}

/** By shape: a response may come from another realm or library. Those with a Node stream as body do not do. */
function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false;
  const { status, headers, body } = value as Partial<Response>;
  if (typeof status !== "number" || typeof headers?.get !== "function") return false;
  return body === null || body === undefined || typeof body.getReader === "function";
}

function networkError(connection: Connection, outgoing: Outgoing, cause: unknown): ExportError {
  const code = systemCode(cause);
  return connection.error(
    "NETWORK",
    `${describe(outgoing)} failed${code ? ` (${code})` : ""}: no connection, or it was lost before an answer came`,
    {
      operation: outgoing.operation,
      job: outgoing.job,
      retryable: true,
      cause,
      details: { neverSent: neverSent(cause), host: outgoing.url.host },
    },
  );
}

function describe(outgoing: Outgoing): string {
  return `the ${outgoing.operation} request to ${outgoing.url.host}`;
}
