import { checkEmulator, checkFunctions } from "./check-options.js";
import type { Emulator } from "./emulator.js";
import { type EmulatorReply, streamOf } from "./reply.js";
import { compressed } from "./wire.js";

/** The part of MSW's `http` that is used; its own `http` fits. */
export interface MswHttp<Handler> {
  /** A handler for every method. */
  all(path: string, resolver: (info: { readonly request: Request }) => Promise<Response>): Handler;
}

/**
 * Handlers that answer with an emulator behind MSW. `http` is MSW's own, so that this package does not depend on it.
 *
 * MSW knows one kind of network error: a refused connection (`refuse`) is not told from a lost one (`reset`), and a client
 * does not send a start again after it.
 *
 * @example
 * ```ts
 * import { http } from "msw";
 * import { setupServer } from "msw/node";
 *
 * const server = setupServer(...mswHandlers(emulator, http));
 * server.listen({ onUnhandledFrame: "error" });
 * ```
 */
export function mswHandlers<Handler>(emulator: Emulator, http: MswHttp<Handler>): Handler[] {
  checkEmulator("mswHandlers", emulator);
  checkFunctions("mswHandlers", "http", http, ["all"], "the http of MSW");
  return Object.values(emulator.origins).map((origin) =>
    http.all(`${origin}/*`, ({ request }) => answer(emulator, request)),
  );
}

async function answer(emulator: Emulator, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const closed = new AbortController();
  const onAbort = () => closed.abort(request.signal.reason);
  request.signal.addEventListener("abort", onAbort, { once: true });
  let reply: EmulatorReply;
  try {
    const { method, headers } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    const role = emulator.roleOf(url) ?? "api";
    reply = await emulator.handle({ method, url, headers, body, signal: closed.signal }, role);
  } catch {
    // MSW shows this as the network error that it stands for.
    return Response.error();
  }
  if (request.method === "HEAD" || [204, 205, 304].includes(reply.status))
    return new Response(null, { status: reply.status, headers: reply.headers });
  const wire = compressed(reply, streamOf(reply.body, closed));
  // A reader that trusts a false length waits for bytes that never come, or leaves out those that are too many.
  const { "content-length": length, ...others } = wire.headers;
  const headers = reply.misframed || length === undefined ? others : wire.headers;
  return new Response(wire.stream, { status: reply.status, headers });
}
