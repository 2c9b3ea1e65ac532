import type { KyInstance } from "ky";
import { hidesAttempts, sendOnce } from "#once";
import { ExportError, type Operation } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { ownProperties } from "../model/own-properties.js";
import { linkAbort, untilAborted } from "./abort.js";
import { spendRequest } from "./budget-check.js";
import type { Connection } from "./connection.js";
import { checkedResponse, ForeignFetch, foreignFetch } from "./foreign-fetch.js";
import { isUntrusted, neverSent, systemCode } from "./never-sent.js";
import type { SendTrace } from "./once/contract.js";
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
  /** How often this was asked before, by whoever asks; counted up here. */
  readonly attempts?: Attempts | undefined;
  /** It must not arrive twice: sent so that the runtime cannot repeat it, and not cut off by the caller's signal. */
  readonly once?: boolean | undefined;
}

/** Counts how often one thing is asked for, whatever makes it be asked again. */
export interface Attempts {
  made: number;
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
  const trace: SendTrace = {};
  // What has not left yet need not be waited for.
  const link = linkAbort(signal, () => !outgoing.once || trace.left === false);
  const stopTimer = clock.setTimer(timeouts.requestMs, () => {
    const unsent = trace.left === false;
    const what = unsent ? "was not sent: there was no connection" : "got no answer";
    link.abort(
      connection.error("TIMEOUT", `${describe(outgoing)} ${what} within ${timeouts.requestMs} ms`, {
        operation: outgoing.operation,
        job: outgoing.job,
        retryable: true,
        ...(unsent && { details: { neverSent: true } }),
      }),
    );
  });
  const release = () => {
    stopTimer();
    link.release();
  };
  const startedAt = clock.monotonic();
  const attempts = outgoing.attempts ?? { made: 0 };
  const attempt = ++attempts.made;
  const observe = (status?: number, error?: unknown) =>
    connection.observe({
      type: "request",
      operation: outgoing.operation,
      method: outgoing.method,
      url: outgoing.secretUrl ? outgoing.url.origin : showUrl(outgoing.url),
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
    const response = await untilAborted(telemetry?.around ? telemetry.around(run) : run(), link.signal);
    observe(response.status);
    return { response, signal: link.signal, abort: link.abort, release, stopTimer };
  } catch (failure) {
    release();
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

// Loaded for the first request: it looks at the runtime's Request and Response, which Node loads only then, for 50 ms.
let loadedKy: KyInstance | undefined;

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
    // A part that cannot be loaded has sent nothing.
    trace.left = false;
    loadedKy ??= (await import("ky")).default;
    trace.left = undefined;
    return await loadedKy(outgoing.url, {
      ...notInherited(),
      method: outgoing.method,
      headers: outgoing.headers,
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      fetch: async () => {
        const { href } = outgoing.url;
        try {
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

function networkError(
  connection: Connection,
  outgoing: Outgoing,
  { left }: SendTrace,
  cause: unknown,
): ExportError {
  const { operation, job } = outgoing;
  if (cause instanceof ForeignFetch)
    return foreignFetch(connection, cause, { operation, job, status: cause.status });
  const code = systemCode(cause);
  // Where attempts may be hidden, a fetch of the caller's own proves nothing at all.
  const told = !(hidesAttempts && connection.settings.ownFetch) && neverSent(cause, hidesAttempts);
  const unsent = left === undefined ? told : !left;
  const context = { operation, job, cause, details: { neverSent: unsent, host: outgoing.url.host } };
  if (isUntrusted(code) && !left) {
    return connection.error(
      "CONFIG_INVALID",
      `${describe(outgoing)} was not sent: the server's certificate is not trusted (${code}). If a proxy of your ` +
        "network stands in between, or an authority of your own has signed it, name that authority's file in " +
        "NODE_EXTRA_CA_CERTS (Deno: DENO_CERT); otherwise check the address, and this machine's clock",
      context,
    );
  }
  return connection.error(
    "NETWORK",
    `${describe(outgoing)} failed${code ? ` (${code})` : ""}: no connection, or it was lost before an answer came`,
    { ...context, retryable: true },
  );
}

function describe(outgoing: Outgoing): string {
  return `the ${outgoing.operation} request to ${outgoing.url.host}`;
}
