// One request on a connection of its own: nothing below it can send it again, and until the connection stands, with the
// server's certificate checked, nothing of it has left.
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { Readable } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { OnceInit, SendTrace } from "./contract.js";

// As long as Node's own fetch waits for a connection.
const CONNECT_MS = 10_000;

export async function sendOnOwnConnection(url: string, init: OnceInit, trace: SendTrace): Promise<Response> {
  const target = new URL(url);
  trace.left = false;
  const socket = await connect(target, init.signal);
  try {
    // Given up in the moment in which the connection was there.
    init.signal.throwIfAborted();
    trace.left = true;
    return await exchange(target, init, socket);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function connect(target: URL, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const secure = target.protocol === "https:";
    const host = target.hostname.replace(/^\[|\]$/g, "");
    const port = Number(target.port || (secure ? 443 : 80));
    const servername = isIP(host) ? "" : host;
    const socket = secure
      ? connectTls({ host, port, servername, ALPNProtocols: ["http/1.1"] })
      : connectPlain({ host, port });
    const give = (reason: unknown) => {
      settled();
      socket.destroy();
      reject(reason);
    };
    const aborted = () => give(signal.reason);
    const closed = () => give(new Error("the connection was closed before it was established"));
    // A name server, an address or a handshake that never answers.
    const timer = setTimeout(() => give(connectTimeout()), CONNECT_MS);
    const settled = () => {
      clearTimeout(timer);
      socket.off("close", closed);
      signal.removeEventListener("abort", aborted);
    };
    signal.addEventListener("abort", aborted, { once: true });
    // Left on for good: what comes after the answer, such as a late alert, is nobody's business.
    socket.on("error", give);
    socket.once("close", closed);
    socket.once(secure ? "secureConnect" : "connect", () => {
      settled();
      resolve(socket);
    });
  });
}

function connectTimeout(): Error {
  const message = `no connection within ${CONNECT_MS} ms`;
  return Object.assign(new Error(message), { code: "ETIMEDOUT", syscall: "connect" });
}

function exchange(target: URL, init: OnceInit, socket: Socket): Promise<Response> {
  return new Promise((resolve, reject) => {
    const body = init.body === undefined ? undefined : new TextEncoder().encode(init.body);
    const request = (target.protocol === "https:" ? requestHttps : requestHttp)(
      target,
      {
        method: init.method,
        headers: {
          "user-agent": navigator.userAgent,
          "accept-encoding": "gzip",
          ...(body && { "content-length": body.byteLength }),
          ...init.headers,
          connection: "close",
        },
        agent: false,
        createConnection: () => socket,
      },
      (message) => {
        message.once("close", () => socket.destroy());
        try {
          resolve(responseOf(message));
        } catch (error) {
          socket.destroy();
          reject(error);
        }
      },
    );
    const give = () => {
      // The body's reader, if it has come to that, is told by its own signal.
      socket.destroy();
      reject(init.signal.reason);
    };
    init.signal.addEventListener("abort", give, { once: true });
    request.on("error", reject);
    request.once("close", () => {
      init.signal.removeEventListener("abort", give);
      reject(new Error("the connection was closed before an answer came"));
    });
    request.end(body);
  });
}

function responseOf(message: import("node:http").IncomingMessage): Response {
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2)
    headers.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "");
  const status = message.statusCode ?? 0;
  let body = Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>;
  // `fetch` would have unpacked it.
  if (headers.get("content-encoding") === "gzip") body = body.pipeThrough(new DecompressionStream("gzip"));
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  return new Response(hasBody ? body : null, { status, headers });
}
