import type { Emulator, EmulatorRequest } from "./emulator-contract.js";
import { networkFailure } from "./faulty-reply.js";
import { type EmulatorReply, streamOf } from "./reply.js";

const maximumRedirects = 20;
const bodilessStatuses = [204, 205, 304];

/** Answers as `fetch` would: redirects, aborts and lost connections look as they do on a network. */
export async function emulatedFetch(
  emulator: Emulator,
  recordForeign: (request: EmulatorRequest) => void,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  // The caller's own signal is listened to: a Request follows it weakly in some runtimes, and keeps a listener on it.
  const signal = init.signal ?? (input as Partial<Request>).signal;
  if (signal?.aborted) throw signal.reason;
  const given = new Request(input, { ...init, signal: null });
  const closed = new AbortController();
  const onAbort = () => closed.abort(signal?.reason);
  const release = () => signal?.removeEventListener("abort", onAbort);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    let request: EmulatorRequest = {
      method: given.method,
      url: new URL(given.url),
      headers: new Headers(given.headers),
      body: new Uint8Array(await given.arrayBuffer()),
      signal: closed.signal,
    };
    for (let redirects = 0; ; redirects++) {
      const role = emulator.roleOf(request.url);
      if (role === undefined) {
        recordForeign(request);
        throw networkFailure(`the emulator does not own ${request.url.origin}`);
      }
      const handled = emulator.handle(request, role);
      const reply = await unlessAborted(handled, closed.signal).catch((error: unknown) => {
        if (!isRefused(error)) announce(signal);
        throw error;
      });
      announce(signal);
      const location = isRedirect(reply.status) ? reply.headers.location : undefined;
      if (location === undefined || given.redirect === "manual")
        return respond(reply, request, closed, release);
      if (given.redirect === "error") throw networkFailure("unexpected redirect");
      if (redirects === maximumRedirects) throw networkFailure("redirect count exceeded");
      request = redirected(request, reply.status, location);
    }
  } catch (error) {
    release();
    throw error;
  }
}

/** Tells whoever sent the request that it arrived, as a connection would: what follows is not a first attempt. */
function announce(signal: AbortSignal | undefined): void {
  if (!signal?.dispatchEvent) return;
  const kind = eventClass();
  signal.dispatchEvent(new kind("exportkit:arrived"));
}

/** Of events that signals take. Under jsdom `Event` is the document's, and `AbortSignal` the runtime's. */
function eventClass(): typeof Event {
  let found = Event;
  const controller = new AbortController();
  controller.signal.addEventListener("abort", (event) => {
    found = event.constructor as typeof Event;
  });
  controller.abort();
  return found;
}

function isRefused(error: unknown): boolean {
  return (error as { readonly cause?: { readonly code?: unknown } } | null)?.cause?.code === "ECONNREFUSED";
}

function respond(
  reply: EmulatorReply,
  request: EmulatorRequest,
  closed: AbortController,
  release: () => void,
): Response {
  // A `fetch` decompresses and leaves the header; what is announced as compressed is served plain.
  const headers = reply.gzip ? { ...reply.headers, "content-encoding": "gzip" } : reply.headers;
  const bodiless = request.method === "HEAD" || bodilessStatuses.includes(reply.status);
  if (bodiless) release();
  const body = bodiless ? null : streamOf(reply.body, closed, release);
  const response = new Response(body, { status: reply.status, headers });
  Object.defineProperty(response, "url", { value: request.url.href });
  return response;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function redirected(request: EmulatorRequest, status: number, location: string): EmulatorRequest {
  const url = new URL(location, request.url);
  const headers = new Headers(request.headers);
  if (url.origin !== request.url.origin) headers.delete("authorization");
  const asGet =
    (status === 303 && request.method !== "HEAD") ||
    ((status === 301 || status === 302) && request.method === "POST");
  if (!asGet) return { ...request, url, headers };
  headers.delete("content-type");
  return { ...request, method: "GET", url, headers, body: new Uint8Array(0) };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.finally(() => signal.removeEventListener("abort", onAbort)).then(resolve, reject);
  });
}
