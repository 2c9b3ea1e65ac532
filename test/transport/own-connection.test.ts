import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isBuiltIn } from "../../src/transport/once/built-in.js";
import type { SendTrace } from "../../src/transport/once/contract.js";
import { sendOnOwnConnection } from "../../src/transport/once/own-connection.js";
import { listening } from "../support/listening.js";
import { rejection } from "../support/outcome.js";

/** The connections that were asked for; they are refused where no server of the tests is meant. */
const connections = vi.hoisted(() => ({ asked: [] as unknown[], refuse: false }));
const noting = vi.hoisted(
  () =>
    <Options, Made>(connect: (options: Options) => Made) =>
    (options: Options): Made => {
      connections.asked.push(options);
      if (connections.refuse) throw new Error("not connected");
      return connect(options);
    },
);
vi.mock("node:net", async (original) => {
  const net = await original<typeof import("node:net")>();
  return { ...net, connect: noting(net.connect) };
});
vi.mock("node:tls", async (original) => {
  const tls = await original<typeof import("node:tls")>();
  return { ...tls, connect: noting(tls.connect) };
});

// What sends a start on Bun and Deno; it is made of nothing that Node has not.
afterEach(() => {
  vi.useRealTimers();
});

async function sending(scheme: "http:" | "https:", server: Server, init: { method?: string } = {}) {
  const trace: SendTrace = {};
  const controller = new AbortController();
  const url = `${scheme}//127.0.0.1:${await listening(server)}/start?a=1`;
  const plain = { headers: { accept: "application/json" }, redirect: "manual" } as const;
  const all = { method: "POST", body: "{é}", ...plain, ...init, signal: controller.signal };
  return { trace, controller, sent: sendOnOwnConnection(url, all, trace) };
}
const answering = (answer: RequestListener) => createHttp(answer);

describe("a connection of one's own", () => {
  it.each([204, 205, 304])("gives an answer of %i without a body", async (status) => {
    const { sent, trace } = await sending(
      "http:",
      answering((_, answer) => answer.writeHead(status).end()),
    );
    const response = await sent;
    expect([response.status, response.body, trace.left]).toEqual([status, null, true]);
  });

  it("unpacks what is packed, keeps equal headers, and says what it is asked", async () => {
    const asked: unknown[] = [];
    const { sent } = await sending(
      "http:",
      answering((message, answer) => {
        asked.push(message.method, message.url, message.headers.connection);
        asked.push(message.headers["content-length"], message.headers["user-agent"]);
        message.on("data", (bytes) => asked.push(String(bytes)));
        answer.writeHead(200, ["content-encoding", "gzip", "etag", '"a"', "etag", '"b"']);
        answer.end(gzipSync("whole"));
      }),
    );
    const response = await sent;
    expect(response.headers.get("etag")).toBe('"a", "b"');
    expect(await response.text()).toBe("whole");
    expect(asked).toEqual(["POST", "/start?a=1", "close", "4", navigator.userAgent, "{é}"]);
  });

  it("gives up an answer that is none, and its connection", async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { sent } = await sending(
      "http:",
      createServer((socket) => {
        socket.once("data", () => socket.write("HTTP/1.1 999 Nothing\r\ncontent-length: 5\r\n\r\n"));
        socket.once("close", closed);
      }),
    );
    expect(await rejection(sent)).toBeInstanceOf(RangeError);
    await gone;
  });

  it.each([
    ["http://vendor.example/", { host: "vendor.example", port: 80 }],
    ["https://vendor.example/", { host: "vendor.example", port: 443, servername: "vendor.example" }],
    ["https://vendor.example:8443/", { port: 8443, servername: "vendor.example" }],
    ["https://[::1]/", { host: "::1", port: 443, servername: "" }],
    ["https://192.0.2.1/", { host: "192.0.2.1", port: 443, servername: "" }],
  ])("of %s is made to the right port, under the right name", async (url, asked) => {
    connections.asked = [];
    connections.refuse = true;
    const all = {
      method: "GET",
      headers: {},
      redirect: "manual",
      signal: new AbortController().signal,
    } as const;
    expect(await rejection(sendOnOwnConnection(url, all, {}))).toMatchObject({ message: "not connected" });
    connections.refuse = false;
    expect(connections.asked).toMatchObject([asked]);
  });

  it("is given up in the very moment in which it is there: then nothing is sent", async () => {
    const received: string[] = [];
    const server = createServer();
    const gone = new Promise<void>((resolve) => {
      server.once("connection", (socket) => {
        socket.on("data", (bytes) => received.push(String(bytes))).on("error", () => {});
        socket.once("close", () => resolve());
      });
    });
    const abort = (message: unknown) => {
      const { socket } = message as { readonly socket: Socket };
      // Behind the listeners of the connection, and before whoever waits for it goes on.
      socket.once("connect", () => queueMicrotask(() => controller.abort("enough")));
    };
    subscribe("net.client.socket", abort);
    const { controller, sent, trace } = await sending("http:", server).finally(() =>
      unsubscribe("net.client.socket", abort),
    );
    expect(await sent.catch((reason: unknown) => reason)).toBe("enough");
    await gone;
    expect([received, trace.left]).toEqual([[], false]);
  });

  it("lets go of its signal when it is read, broken off or given up", async () => {
    const endings: readonly RequestListener[] = [
      (_, answer) => answer.end("whole"),
      (_, answer) => void answer.writeHead(204).end(),
      (message) => void message.socket.destroy(),
      (_, answer) => {
        answer.writeHead(200, { "content-length": 9 }).write("half");
        setTimeout(() => answer.destroy(), 5);
      },
    ];
    for (const ending of endings) {
      const { sent, controller } = await sending("http:", answering(ending));
      await sent.then((response) => response.text()).catch(() => {});
      await vi.waitFor(() => expect(getEventListeners(controller.signal, "abort")).toEqual([]));
    }
  });

  it("tells that nothing has left where a handshake never ends, and does not wait for ever", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let asked: () => void = () => {};
    const reached = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { sent, trace } = await sending(
      "https:",
      createServer((socket) => socket.once("data", asked)),
    );
    const error = rejection(sent);
    await reached;
    expect(trace.left).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(await error).toMatchObject({ code: "ETIMEDOUT", syscall: "connect" });
    expect([trace.left, vi.getTimerCount()]).toEqual([false, 0]);
  });

  it("is given up with its signal, before it stands and after", async () => {
    const reason = { why: "enough" };
    for (const scheme of ["http:", "https:"] as const) {
      let asked: () => void = () => {};
      const reached = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const { sent, trace, controller } = await sending(
        scheme,
        createServer((socket) => socket.once("data", asked)),
      );
      const error = rejection(sent);
      await reached;
      controller.abort(reason);
      expect([await error, trace.left]).toEqual([reason, scheme === "http:"]);
    }
  });

  it.each([
    ["closed before a handshake", "https:", (socket: Socket) => socket.destroy(), false],
    ["reset before a handshake", "https:", (socket: Socket) => socket.resetAndDestroy(), false],
    [
      "closed after the request",
      "http:",
      (socket: Socket) => socket.once("data", () => socket.destroy()),
      true,
    ],
  ] as const)("tells whether anything has left where it is %s", async (_, scheme, act, left) => {
    const { sent, trace } = await sending(
      scheme,
      createServer((socket) => void act(socket)),
    );
    expect(await rejection(sent)).toBeInstanceOf(Error);
    expect(trace.left).toBe(left);
  });
});

describe("the fetch of a runtime", () => {
  it.each([
    ["Bun", "function fetch() { [native code] }", true],
    ["Bun before 1.2", "function fetch() {\n    [native code]\n}", true],
    ["Deno 2.9", "function fetch(...e){return lazyFetch().fetch(...new n(e))}", true],
    ["Deno 2.0", "function fetch(input, init = { __proto__: null }) {\n  let span;\n}", true],
    ["a stub of its name", "function fetch(input, init) {\n  return new Response();\n}", false],
    ["a stub that takes all", "function fetch(...args) {\n  return original(...args);\n}", false],
    ["a stub without parameters", "function fetch() { return answers.shift(); }", false],
    ["a stub that quotes", 'function fetch() { return "[native code]"; }', false],
    ["an async stub", "async function fetch(url) {}", false],
    ["a bound one, or a Proxy", "function () { [native code] }", false],
  ])("%s", (_, source, own) => {
    const written = vi.spyOn(Function.prototype, "toString").mockReturnValue(source);
    try {
      expect(isBuiltIn(() => {})).toBe(own);
    } finally {
      written.mockRestore();
    }
  });

  it("is no object that can be called by another way", () => {
    for (const value of [undefined, null, {}, "fetch"]) expect(isBuiltIn(value)).toBe(false);
  });
});
