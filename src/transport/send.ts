import ky from "ky";
import { ExportError, type Operation } from "../errors.js";
import type { ExportJob } from "../job.js";
import { linkAbort } from "./abort.js";
import type { Connection } from "./connection.js";
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
 * aborted, with `TIMEOUT` when no answer came in time, else with `NETWORK`.
 */
export async function send(
  connection: Connection,
  outgoing: Outgoing,
  signal: AbortSignal | undefined,
): Promise<OpenResponse> {
  const { clock, timeouts } = connection.settings;
  signal?.throwIfAborted();
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
  const startedAt = clock.now();
  const observe = (status?: number) =>
    connection.observe({
      type: "request",
      operation: outgoing.operation,
      method: outgoing.method,
      url: outgoing.secretUrl ? outgoing.url.origin : showUrl(outgoing.url),
      ...(status !== undefined && { status }),
      durationMs: clock.now() - startedAt,
      ...(outgoing.job && { jobId: outgoing.job.id }),
    });
  try {
    const response = await bareFetch(connection, outgoing, link.signal);
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
  let failure: unknown;
  try {
    return await ky(outgoing.url, {
      method: outgoing.method,
      headers: outgoing.headers,
      ...(outgoing.body !== undefined && { body: outgoing.body }),
      redirect: "manual",
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      signal,
      fetch: async (input, init) => {
        try {
          return await connection.settings.fetch(input, init);
        } catch (error) {
          failure = error;
          throw error;
        }
      },
    });
  } catch (error) {
    // ky wraps what fetch threw; the original names the runtime's own code.
    throw failure ?? error;
  }
}

function networkError(connection: Connection, outgoing: Outgoing, cause: unknown): ExportError {
  if (ExportError.isInstance(cause)) return cause;
  return connection.error(
    "NETWORK",
    `${describe(outgoing)} failed: no connection, or it was lost before an answer came`,
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

const UNSENT_CODES = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "FailedToOpenSocket",
]);
// Deno and workerd give no codes, only words.
const UNSENT_WORDS = /connection refused|dns error|failed to lookup address|could not resolve|getaddrinfo/i;

/** Whether a failed request certainly never reached the provider: refused, or its name not resolved. */
export function neverSent(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > 5) return false;
  const { code, message, cause, errors } = error as {
    code?: unknown;
    message?: unknown;
    cause?: unknown;
    errors?: unknown;
  };
  if (typeof code === "string" && UNSENT_CODES.has(code)) return true;
  // Node tries every address of a name and reports all failures together; each must have been refused.
  if (Array.isArray(errors) && errors.length > 0) return errors.every((item) => neverSent(item, depth + 1));
  if (typeof message === "string" && UNSENT_WORDS.test(message)) return true;
  return neverSent(cause, depth + 1);
}
