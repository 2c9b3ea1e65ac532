import { createServer as createHttps } from "node:https";
import { createServer } from "node:net";
import { createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, type ServedEmulator, serveEmulator } from "exportkit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { harness, token } from "../client/harness.js";
import { listening } from "../support/listening.js";
import { cert, key } from "../support/localhost-certificate.js";
import { rejection } from "../support/outcome.js";

const request = { format: "ndjson" } as const;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const server of open.splice(0)) await server.close();
});

/** A client over the runtime's own `fetch`, and what it saw. */
function clientOf(endpoint: string, retries = 2) {
  const events: string[] = [];
  const client = createExportClient({
    providers: { users: authgear({ endpoint, token }) },
    retry: { retries, minDelayMs: 1 },
    onEvent: ({ type }) => events.push(type),
  });
  return { start: () => client.startExport("users", request), events, client };
}

async function served(options: Parameters<typeof createAuthgearEmulator>[0] = {}) {
  const emulator = createAuthgearEmulator({ tokens: [token], ...options });
  const server: ServedEmulator = await serveEmulator(emulator);
  open.push(server);
  return { emulator, server, ...clientOf(server.endpoint) };
}

describe("a start that cannot have been sent is tried again", () => {
  it.each([
    [
      "a port that speaks no TLS",
      () => createServer((socket) => socket.on("data", () => socket.end("HTTP/1.1 400 No\r\n\r\n"))),
    ],
    [
      "a handshake that is broken off",
      () => createServer((socket) => socket.on("data", () => socket.destroy())),
    ],
    [
      "a handshake that is reset",
      () => createServer((socket) => socket.on("data", () => socket.resetAndDestroy())),
    ],
    ["a connection that is closed at once", () => createServer((socket) => socket.destroy())],
    ["a port of something else", () => createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"))],
  ])("%s", async (_, server) => {
    const { start, events } = clientOf(`https://127.0.0.1:${await listening(server())}`);
    const error = await rejection(start());
    expect(error).toMatchObject({ code: "NETWORK", retryable: true, details: { neverSent: true } });
    expect(events.filter((type) => type === "retry")).toHaveLength(2);
  });

  it("a port where nobody listens, until somebody does", async () => {
    const { emulator, server, start } = await served();
    const reopen = await server.refuse();
    expect(await rejection(start())).toMatchObject({ code: "NETWORK", details: { neverSent: true } });
    await reopen();
    await start();
    expect(emulator.tasks).toHaveLength(1);
  });

  it("but a connection that is lost after the handshake is another matter", async () => {
    const port = await listening(createServer((socket) => socket.on("data", () => socket.destroy())));
    const { start, events } = clientOf(`http://127.0.0.1:${port}`);
    expect(await rejection(start())).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(events).not.toContain("retry");
  });
});

describe("a certificate that is not trusted", () => {
  const untrusted = async () =>
    clientOf(`https://localhost:${await listening(createHttps({ key, cert }, (_, answer) => answer.end()))}`);

  it("is a matter of configuration, and the error says what to do", async () => {
    const { start, events } = await untrusted();
    const error = await rejection<ExportError>(start());
    expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: false, operation: "start" });
    expect(error.message).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT.*NODE_EXTRA_CA_CERTS/);
    expect(events).not.toContain("retry");
  });

  it("at a poll too", async () => {
    const { start, client } = await served();
    const job = await start();
    const { client: other } = await untrusted();
    const moved = other.parseJob(JSON.parse(JSON.stringify(job)));
    expect(await rejection(other.waitForExport(moved))).toMatchObject({
      code: "CONFIG_INVALID",
      job: { id: job.id },
    });
    expect(client.parseJob(job).id).toBe(job.id);
  });

  it.each([
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CERT_UNTRUSTED",
  ])("is known by %s", async (code) => {
    const set = harness({
      intercept: async () => Promise.reject(new TypeError("fetch failed", { cause: { code } })),
    });
    const error = await rejection(set.client.startExport("users", request));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: false });
    expect(set.sent).toHaveLength(1);
  });
});

it.each([6000, 6667, 10080])("refuses port %i, which fetch refuses to use", async (port) => {
  const { start, events } = clientOf(`http://127.0.0.1:${port}`);
  const error = await rejection<ExportError>(start());
  expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: false });
  expect(error.message).toContain(`port ${port}`);
  expect(events).not.toContain("request");
});

describe("an answer of 421, which fetch would repeat", () => {
  it.each(["start", "poll"] as const)("at a %s", async (on) => {
    const fault = { type: "status", status: 421 } as const;
    const { emulator, start, client } = await served({ faults: [{ on, times: 9, fault }] });
    const call = on === "start" ? start() : start().then((job) => client.pollExport(job));
    expect(await rejection(call)).toMatchObject({ code: "REQUEST_INVALID", status: 421 });
    expect(emulator.requests.filter(({ operation }) => operation === "start")).toHaveLength(1);
  });
});

describe("a global fetch that was put in place of the runtime's", () => {
  it("gets the start", async () => {
    const { emulator, start } = await served();
    const calls: unknown[] = [];
    const real = globalThis.fetch;
    vi.stubGlobal("fetch", (...args: Parameters<typeof fetch>) => {
      calls.push(args[0]);
      return real(...args);
    });
    await start();
    expect(calls).toEqual([`${emulator.endpoint}/_api/admin/users/export`]);
    expect(emulator.tasks).toHaveLength(1);
  });

  it("proves nothing by failing", async () => {
    const { start } = await served();
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("fetch failed")));
    expect(await rejection(start())).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
  });
});

describe("words of a fetch of the caller's own prove nothing", () => {
  it.each([
    "gateway: upstream connect error: Connection refused",
    "dns error: failed to lookup address information",
    "client error (Connect): tcp connect error",
    "getaddrinfo ENOTFOUND internal.example",
    "ECONNREFUSED",
    "could not resolve host",
  ])("%s", async (words) => {
    for (const thrown of [
      new Error(words),
      new TypeError("fetch failed", { cause: new Error(words) }),
      words,
    ]) {
      const set = harness({
        intercept: async (_, proceed) => {
          await proceed();
          throw thrown;
        },
      });
      const error = await rejection(set.client.startExport("users", request));
      expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "NETWORK" } });
      expect(set.emulator.tasks).toHaveLength(1);
    }
  });
});
