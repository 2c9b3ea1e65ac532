// Watches the connections below a `fetch`: undici's, which Node's own fetch is made of, and those of `node:http`. One call
// of a fetch need not be one request, and what it throws in the end tells of its last attempt only.
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { Fetch, OnceInit, SendTrace } from "./contract.js";

/** A request of undici, as its diagnostics channels show it. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: unknown;
  readonly path: string;
  readonly [member: string]: unknown;
}

interface Call {
  readonly trace: SendTrace;
  readonly signal: AbortSignal;
  readonly method: string;
  /** Path and query of what is asked. */
  readonly path: string;
  /** What has been written and got no answer that would end the matter. */
  readonly unanswered: Set<string>;
  /** Whether the request itself has been seen, and not only others that a fetch makes on the way. */
  seen: boolean;
  misdirected: boolean;
  /** Whether the fetch has come to its end. */
  over: boolean;
}

// What undici calls right before it writes a request; the second is the newer contract's.
const BEFORE_WRITING = ["onConnect", "onRequestStart"] as const;

const calls = new AsyncLocalStorage<Call>();
const callOf = new WeakMap<UndiciRequest, Call>();
let isWatching = false;

/** Sends by `fetch`; what was written and is not answered does not go out again, whatever repeats it. */
export async function sendWatched(
  url: string,
  init: OnceInit,
  trace: SendTrace,
  fetch: Fetch,
): Promise<Response> {
  const { pathname, search } = new URL(url);
  const path = `${pathname}${search}`;
  const unanswered = new Set<string>();
  const call: Call = {
    trace,
    signal: init.signal,
    method: init.method,
    path,
    unanswered,
    seen: false,
    misdirected: false,
    over: false,
  };
  // Emulators have no connections to watch, and tell of what arrives there.
  const arrived = () => {
    trace.left = true;
  };
  init.signal.addEventListener("exportkit:arrived", arrived, { once: true });
  // For good: a channel that gets its first listener, or loses its last one, is made another object each time.
  if (!isWatching) for (const [channel, listener] of CHANNELS) subscribe(channel, listener);
  isWatching = true;
  try {
    return await calls.run(call, () => fetch(url, init as RequestInit));
  } catch (error) {
    // The standard wants a request asked again that is answered so; here the answer counts.
    if (call.misdirected) return new Response(null, { status: 421 });
    throw error;
  } finally {
    call.over = true;
    init.signal.removeEventListener("exportkit:arrived", arrived);
  }
}

const CHANNELS = [
  ["undici:request:create", (message: unknown) => onCreated((message as { request: UndiciRequest }).request)],
  ["undici:request:headers", onAnswered],
  [
    "http.client.request.start",
    (message: unknown) => onHttpRequest((message as { request: ClientRequest }).request),
  ],
] as const;

function onCreated(request: UndiciRequest): void {
  const call = calls.getStore();
  // A proxy is asked for the way first, and nothing of the request is in that.
  if (!call || request.method === "CONNECT") return;
  const isAsked = request.method === call.method && request.path.endsWith(call.path);
  // What the fetch has set going, such as the renewal of a token, runs in its context for good.
  if (call.over && !isAsked) return;
  if (isAsked && !call.seen) {
    call.seen = true;
    call.trace.left = false;
  }
  callOf.set(request, call);
  const hooks = BEFORE_WRITING.filter((name) => typeof request[name] === "function");
  if (hooks.length === 0) call.trace.left = true;
  for (const name of hooks) {
    const proceed = request[name] as (...args: unknown[]) => unknown;
    const value = (abort: (reason: Error) => void, ...rest: unknown[]) => {
      const result = proceed.call(request, abort, ...rest);
      const refusal = begin(call, request, isAsked);
      if (refusal) abort(new Error(refusal));
      return result;
    };
    Object.defineProperty(request, name, { value });
  }
}

/** Notes that a request is about to be written, unless it must not be: then the reason is returned. */
function begin(call: Call, request: UndiciRequest, isAsked: boolean): string | undefined {
  const asked = keyOf(request);
  if (call.signal.aborted) return "given up before it was sent";
  if (call.unanswered.has(asked)) return "a request whose outcome is not known is not sent again";
  call.unanswered.add(asked);
  // Where only others are seen it may have taken another form: that of a gateway, say.
  if (isAsked || !call.seen) call.trace.left = true;
  return undefined;
}

function onAnswered(message: unknown): void {
  const { request, response } = message as {
    readonly request: UndiciRequest;
    readonly response: { readonly statusCode: number };
  };
  const call = callOf.get(request);
  if (!call) return;
  if (response.statusCode === 421) call.misdirected = true;
  else call.unanswered.delete(keyOf(request));
}

function onHttpRequest(request: ClientRequest): void {
  const call = calls.getStore();
  if (!call || request.method === "CONNECT") return;
  const socket = request.socket as Socket & {
    readonly encrypted?: boolean;
    readonly secureConnecting?: boolean;
  };
  const leave = () => {
    call.trace.left = true;
  };
  if (!socket.connecting && !socket.secureConnecting) leave();
  else socket.once(socket.encrypted ? "secureConnect" : "connect", leave);
}

function keyOf({ method, origin, path }: UndiciRequest): string {
  return `${method} ${origin}${path}`;
}
