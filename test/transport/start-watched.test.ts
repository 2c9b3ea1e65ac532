import { Agent, request as requestHttp } from "node:http";
import { createServer } from "node:net";
import { createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, createTestClock, serveEmulator } from "exportkit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { harness, token } from "../client/harness.js";
import { listening } from "../support/listening.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { failure } from "./failing-fetch.js";

type Fetch = typeof globalThis.fetch;

const request = { format: "ndjson" } as const;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

function clientOf(endpoint: string, fetch?: Fetch) {
  const clock = createTestClock();
  const events: string[] = [];
  const client = createExportClient({
    providers: { users: authgear({ endpoint, token }) },
    clock,
    random: () => 0,
    ...(fetch && { fetch }),
    onEvent: ({ type }) => events.push(type),
  });
  const start = (signal?: AbortSignal) => client.startExport("users", request, signal && { signal });
  return { start, clock, events };
}

/** A port where nothing is said after the connection stands, and the wait for the next one. */
async function silentPort() {
  const waiting: (() => void)[] = [];
  const server = createServer((socket) => socket.once("data", () => waiting.shift()?.()));
  const port = await listening(server);
  return { port, asked: () => new Promise<void>((resolve) => waiting.push(resolve)) };
}

/** A vendor that acts on the first start, loses the connection and is gone; `arrived` counts. */
async function vanishing() {
  const emulator = createAuthgearEmulator({ tokens: [token] });
  emulator.faults.add({ on: "start", times: 9, fault: { type: "hang", effect: true } });
  const server = await serveEmulator(emulator);
  open.push(server);
  let reopen: Promise<unknown> | undefined;
  const vanish = async () => {
    while (emulator.tasks.length === 0) await settle();
    reopen ??= server.refuse();
    await reopen;
  };
  return { emulator, endpoint: server.endpoint, vanish };
}

/** Asks again and again, as many a wrapper of `fetch` does. */
const retrying =
  (ask: Fetch, between: () => Promise<unknown> = settle): Fetch =>
  async (input, init) => {
    let last: unknown;
    for (let attempt = 0; attempt < 4; attempt++) {
      try {
        return await ask(input, init);
      } catch (error) {
        last = error;
        await between();
      }
    }
    throw last;
  };

/** A `fetch` of another make, over `node:http`. */
const overHttp: Fetch = (input, init) => askHttp(input, init, false);

function askHttp(...[input, init, agent]: [...Parameters<Fetch>, Agent | false]): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers } = init ?? {};
    const options = { method, headers: headers as { [name: string]: string }, agent } as const;
    const message = requestHttp(String(input), options, (answer) => {
      answer.resume();
      resolve(new Response(null, { status: answer.statusCode ?? 0 }));
    });
    message.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
    message.end(init?.body);
  });
}

describe("a start to a port that answers no handshake", () => {
  const fetches: readonly (readonly [string, Fetch | undefined])[] = [
    ["the runtime's fetch", undefined],
    ["a fetch of the caller's around it", (input, init) => fetch(input, init)],
  ];

  it.each(fetches)("was not sent, and is sent again (%s)", async (_, ownFetch) => {
    const { port, asked } = await silentPort();
    const { start, clock, events } = clientOf(`https://127.0.0.1:${port}`, ownFetch);
    const error = rejection<ExportError>(start());
    await asked();
    while (events.filter((type) => type === "request").length < 4) {
      clock.advance(30_000);
      // The next attempt is on its way to the port by then.
      await settle();
      await settle();
    }
    expect(await error).toMatchObject({ code: "TIMEOUT", retryable: true, details: { neverSent: true } });
    expect((await error).message).toContain("was not sent");
    expect(events.filter((type) => type === "retry")).toHaveLength(3);
  });

  it.each(fetches)("is given up at once when its caller does (%s)", async (_, ownFetch) => {
    const { port, asked } = await silentPort();
    const { start } = clientOf(`https://127.0.0.1:${port}`, ownFetch);
    const controller = new AbortController();
    const reason = { why: "changed my mind" };
    const given = rejection(start(controller.signal));
    await asked();
    controller.abort(reason);
    expect(await given).toBe(reason);
  });

  it("is in doubt without TLS, where the request went out", async () => {
    const { port, asked } = await silentPort();
    const { start, clock } = clientOf(`http://127.0.0.1:${port}`);
    const error = rejection(start());
    await asked();
    clock.advance(30_000);
    expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "TIMEOUT" } });
  });
});

describe("a fetch of the caller's own that asks again by itself", () => {
  it.each([
    ["around the runtime's", (input, init) => fetch(input, init)],
    ["around the runtime's, with a Request", (input, init) => fetch(new Request(input as string, init))],
    ["over node:http", overHttp],
  ] satisfies readonly (readonly [string, Fetch])[])(
    "does not pass its last refusal off as that of the first attempt (%s)",
    async (_, ask) => {
      const { emulator, endpoint, vanish } = await vanishing();
      const calls: unknown[] = [];
      const own: Fetch = (input, init) => {
        calls.push(input);
        return retrying(ask, vanish)(input, init);
      };
      const { start } = clientOf(endpoint, own);
      const error = rejection(start());
      await vanish();
      expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "NETWORK" } });
      expect([emulator.tasks.length, calls.length]).toEqual([1, 1]);
    },
  );

  it("nor where it used a connection that stood already", async () => {
    const { emulator, endpoint, vanish } = await vanishing();
    const agent = new Agent({ keepAlive: true });
    open.push({ close: () => agent.destroy() });
    await askHttp(endpoint, {}, agent);
    while (Object.keys(agent.freeSockets).length === 0) await settle();
    const { start } = clientOf(
      endpoint,
      retrying((input, init) => askHttp(input, init, agent), vanish),
    );
    const error = rejection(start());
    await vanish();
    expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "NETWORK" } });
    expect(emulator.tasks).toHaveLength(1);
  });

  it("cannot send a start again whose outcome is not known", async () => {
    let arrived = 0;
    const port = await listening(
      createServer((socket) => {
        socket.on("data", () => {
          arrived += 1;
          socket.destroy();
        });
      }),
    );
    const { start } = clientOf(
      `http://127.0.0.1:${port}`,
      retrying((input, init) => fetch(input, init)),
    );
    expect(await rejection(start())).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(arrived).toBe(1);
  });

  it("may send one again that was refused", async () => {
    const emulator = createAuthgearEmulator({ tokens: [token] });
    emulator.faults.add({ on: "start", fault: { type: "status", status: 429 } });
    const server = await serveEmulator(emulator);
    open.push(server);
    const { start } = clientOf(server.endpoint, async (input, init) => {
      const first = await fetch(input, init);
      return first.status === 429 ? fetch(input, init) : first;
    });
    await start();
    expect(emulator.tasks).toHaveLength(1);
  });

  it("is seen through before an emulator without sockets, too", async () => {
    const set = harness({
      intercept: async (_, proceed) => {
        await proceed();
        throw failure("ECONNREFUSED", "connect");
      },
    });
    expect(await rejection(set.client.startExport("users", request))).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
    });
    expect(set.emulator.tasks).toHaveLength(1);
  });

  it.each([
    ["the runtime's", (input, init) => fetch(input, init)],
    ["over node:http", overHttp],
  ] satisfies readonly (readonly [string, Fetch])[])(
    "is believed where nobody was ever asked (%s)",
    async (_, ask) => {
      const emulator = createAuthgearEmulator({ tokens: [token] });
      const server = await serveEmulator(emulator);
      open.push(server);
      const reopen = await server.refuse();
      const { start, events } = clientOf(server.endpoint, retrying(ask));
      expect(await rejection(start())).toMatchObject({ code: "NETWORK", details: { neverSent: true } });
      expect(events).toContain("retry");
      await reopen();
    },
  );

  it("may ask somebody else first", async () => {
    const other = createAuthgearEmulator({ tokens: [token] });
    const elsewhere = await serveEmulator(other);
    const emulator = await serveEmulator(createAuthgearEmulator({ tokens: [token] }));
    open.push(elsewhere, emulator);
    const reopen = await emulator.refuse();
    const { start } = clientOf(emulator.endpoint, async (input, init) => {
      await (await fetch(`${elsewhere.endpoint}/token`)).text();
      return fetch(input, init);
    });
    expect(await rejection(start())).toMatchObject({ code: "NETWORK", details: { neverSent: true } });
    await reopen();
  });

  it.each(["is answered", "times out"])("is no longer watched once the start %s", async (how) => {
    let asked = 0;
    const port = await listening(
      createServer((socket) =>
        socket.once("data", () => {
          if (asked++ === 0) socket.destroy();
          else socket.end("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        }),
      ),
    );
    const emulator = createAuthgearEmulator({ tokens: [token] });
    if (how === "times out") emulator.faults.add({ on: "start", times: 9, fault: { type: "hang" } });
    const server = await serveEmulator(emulator);
    open.push(server);
    let goOn: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    /** Asks now and then, as one that keeps tokens fresh does; set going by the first start. */
    let refreshing: Promise<Response> | undefined;
    const { start, clock } = clientOf(server.endpoint, (input, init) => {
      const refresh = () => fetch(`http://127.0.0.1:${port}/token`);
      refreshing ??= held.then(() => refresh().catch(refresh));
      return fetch(input, init);
    });
    const started = how === "is answered" ? start() : rejection(start());
    while (emulator.requests.length === 0) await settle();
    if (how === "times out") clock.advance(30_000);
    await started;
    goOn();
    expect(await refreshing).toMatchObject({ status: 204 });
  });

  it("cannot send a start that was given up before it left", async () => {
    const emulator = createAuthgearEmulator({ tokens: [token] });
    const server = await serveEmulator(emulator);
    open.push(server);
    let goOn: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const sent: Promise<unknown>[] = [];
    const { start, clock } = clientOf(server.endpoint, (input, init) => {
      const late = held.then(() => fetch(input, { ...init, signal: null }));
      sent.push(late.catch((error: unknown) => error));
      return late;
    });
    const error = rejection(start());
    while (sent.length === 0) await settle();
    clock.advance(30_000);
    expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    goOn();
    expect(await sent[0]).toBeInstanceOf(TypeError);
    expect(emulator.requests).toHaveLength(0);
  });
});
