import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Disposing } from "../model/disposing.js";
import { checkEmulator, checkWhole, emulatorOptions, wrongOption } from "./check-options.js";
import type { Emulator, EmulatorOrigins, EmulatorRole } from "./emulator.js";
import { streamOf } from "./reply.js";
import { compressed } from "./wire.js";

/** Where an emulator is served. */
export interface ServeOptions {
  /** The API's port; the vendor's other doors (store, token endpoint) get those after it. Default: free ports. */
  readonly port?: number;
  /** The address that is listened on. Default `127.0.0.1`. */
  readonly host?: string;
}

/** An emulator behind real sockets; at the end of an `await using` it is closed. */
export interface ServedEmulator extends Disposing {
  /** The API's origin, such as `http://127.0.0.1:49152`. */
  readonly endpoint: string;
  /** The object store's origin: another port. */
  readonly storeOrigin: string;
  /** Where it is reached. */
  readonly origins: EmulatorOrigins;
  /**
   * Closes the port of a door, the API's unless told otherwise, and ends the connections to it: whoever knocks is
   * refused. Returns the function that opens the same port again.
   */
  refuse(role?: EmulatorRole): Promise<() => Promise<void>>;
  /** Ends every connection, running ones too, and gives the emulator its former origins back. */
  close(): Promise<void>;
}

interface Listener {
  readonly role: EmulatorRole;
  readonly origin: string;
  close(): Promise<void>;
  /** Opens the port that `close` closed. */
  reopen(): Promise<void>;
}

const CALL = "serveEmulator";

/**
 * Serves an emulator over HTTP, each of its origins on a port of its own. Needs Node (or `node:http` elsewhere).
 * While it is served, the links the emulator makes name these ports. Rejects where a port is in use.
 *
 * @example
 * ```ts
 * const served = await serveEmulator(emulator);
 * const users = authgear({ endpoint: served.endpoint, projectId, keyId, privateKey });
 * // ...
 * await served.close();
 * ```
 */
export async function serveEmulator(emulator: Emulator, options: ServeOptions = {}): Promise<ServedEmulator> {
  checkEmulator(CALL, emulator);
  const { port, host } = emulatorOptions(CALL, options, { port: 0, host: "127.0.0.1" });
  // Text would be joined and not added: "4001" and 0 are port 40010.
  checkWhole(CALL, "port", port, 0, 0xffff);
  // Imported here, so that the module itself loads on runtimes without it.
  const { createServer } = await import("node:http");
  const former = emulator.origins;
  const roles = Object.keys(former) as EmulatorRole[];
  const listeners: Listener[] = [];
  try {
    for (const role of roles) {
      const server = createServer((request, response) => void serve(emulator, role, request, response));
      listeners.push(await listen(server, role, port ? port + listeners.length : 0, host));
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  const origins = Object.fromEntries(listeners.map(({ role, origin }) => [role, origin]));
  emulator.relocate(origins as EmulatorOrigins);
  const close = async () => {
    emulator.relocate(former);
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  return {
    endpoint: emulator.endpoint,
    storeOrigin: emulator.storeOrigin,
    origins: emulator.origins,
    async refuse(role = "api") {
      const listener = listeners.find((candidate) => candidate.role === role);
      if (!listener)
        throw wrongOption("refuse", "role", `${emulator.name} has no such door; it has ${roles.join(", ")}`);
      await listener.close();
      return listener.reopen;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listen(server: Server, role: EmulatorRole, wanted: number, host: string): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // An idle connection that ends by itself would race with the next request on it.
  server.keepAliveTimeout = 0;
  const open = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  await open(wanted);
  const { port } = server.address() as AddressInfo;
  return {
    role,
    // What listens everywhere is reached by a name; in a URL an address of IPv6 stands in brackets.
    origin: `http://${/^(::|0\.0\.0\.0)$/.test(host) ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    reopen: () => open(port),
  };
}

async function serve(
  emulator: Emulator,
  role: EmulatorRole,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const closed = new AbortController();
  response.once("close", () => closed.abort(new Error("the client is gone")));
  try {
    const body = await bodyOf(message);
    const url = new URL(message.url ?? "/", `http://${message.headers.host ?? "unnamed"}`);
    const headers = new Headers();
    for (let i = 0; i + 1 < message.rawHeaders.length; i += 2)
      headers.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "");
    const method = message.method ?? "GET";
    const target = message.url;
    const reply = await emulator.handle({ method, url, target, headers, body, signal: closed.signal }, role);
    const wire = compressed(reply, streamOf(reply.body, closed));
    const { "content-length": length, ...others } = wire.headers;
    response.writeHead(reply.status, reply.misframed || length === undefined ? others : wire.headers);
    response.flushHeaders();
    await send(wire.stream, response);
    response.end();
  } catch {
    // No answer, or the end of one: what the fault asked for, or the client is gone already.
    message.socket.destroy();
  }
}

/** Writes a stream at the pace of the socket; what was made before the stream broke is sent first. */
async function send(stream: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = stream.getReader();
  const closed = gone(response);
  let flushed: Promise<unknown> = Promise.resolve();
  const sent = () => Promise.race([flushed, closed]);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      let accepted = true;
      flushed = new Promise((resolve) => {
        accepted = response.write(value, resolve);
      });
      if (!accepted) await sent();
    }
  } catch (broken) {
    await sent();
    await turns(TURNS_TO_READ);
    throw broken;
  }
  await sent();
}

/**
 * A client drops what it has not handed on yet when the connection ends. In this process it gets so many turns of the event
 * loop to read what came before.
 */
const TURNS_TO_READ = 10;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function gone(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => response.once("close", resolve));
}

async function bodyOf(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
