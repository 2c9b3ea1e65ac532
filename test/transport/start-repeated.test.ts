import { createServer } from "node:net";
import type { ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { count, harness, token } from "../client/harness.js";
import { rejection } from "../support/outcome.js";
import { failing, failure } from "./failing-fetch.js";

const start = (set: ReturnType<typeof harness>) => set.client.startExport("users", { format: "ndjson" });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("a start that certainly had no effect is sent again", () => {
  it.each([
    ["connection refused", () => failure("ECONNREFUSED", "connect")],
    ["name not resolved", () => failure("ENOTFOUND", "getaddrinfo")],
  ])("%s", async (_, fail) => {
    const { intercept, attempts } = failing(2, fail);
    const set = harness({ intercept });
    expect(await start(set)).toMatchObject({ status: "pending" });
    expect(attempts()).toBe(3);
    expect(set.emulator.tasks).toHaveLength(1);
    expect(set.clock.sleeps).toEqual([125, 250]);
  });

  it("a port that really refuses, until the budget is used up", async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    let attempts = 0;
    const set = harness({
      provider: authgear({ endpoint, token }),
      settings: {
        fetch: (input, init) => {
          attempts += 1;
          return fetch(input, init);
        },
      },
    });
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({
      code: "NETWORK",
      operation: "start",
      retryable: true,
      details: { neverSent: true, host: new URL(endpoint).host },
    });
    expect(error.cause).toMatchObject({ cause: { code: "ECONNREFUSED" } });
    expect(attempts).toBe(4);
    expect(set.clock.sleeps).toEqual([125, 250, 500]);
  });

  it("a name that really does not exist", async () => {
    const set = harness({
      provider: authgear({ endpoint: "https://no-such-host.invalid", token }),
      settings: { fetch: (input, init) => fetch(input, init), retry: { retries: 1 } },
    });
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({ code: "NETWORK", details: { neverSent: true } });
    expect(set.clock.sleeps).toHaveLength(1);
  });

  it.each([
    ["429 with Retry-After", { type: "status", status: 429, headers: { "retry-after": "20" } }, [20_000]],
    [
      "429 with ratelimit-reset",
      { type: "status", status: 429, headers: { "ratelimit-reset": "7" } },
      [7_000],
    ],
    ["429 alone", { type: "status", status: 429, body: "slow down" }, [2_000]],
    ["425 Too Early", { type: "status", status: 425 }, [125]],
  ] as const)("%s", async (_, fault, sleeps) => {
    const set = harness();
    set.emulator.faults.add({ on: "start", fault });
    expect(await start(set)).toMatchObject({ status: "pending" });
    expect(count(set.emulator, "start")).toBe(2);
    expect(set.emulator.tasks).toHaveLength(1);
    expect(set.clock.sleeps).toEqual(sleeps);
  });

  it("a 401 that a fresh token cures, at once", async () => {
    let made = 0;
    const set = harness({
      emulator: { tokens: ["made-token-0", "made-token-1"] },
      provider: authgear({ endpoint: "https://myapp.authgearapps.com", token: () => `made-token-${made++}` }),
    });
    set.emulator.faults.add({ on: "start", fault: { type: "status", status: 401 } });
    expect(await start(set)).toMatchObject({ status: "pending" });
    expect(set.emulator.requests.map(({ status }) => status)).toEqual([401, 200]);
    expect(set.emulator.tasks).toHaveLength(1);
  });

  it("a 403 that a fresh token cures, at once", async () => {
    const tokens = ["stale-token-1", token];
    const set = harness({
      provider: authgear({
        endpoint: "https://myapp.authgearapps.com",
        token: () => tokens.shift() ?? token,
      }),
    });
    expect(await start(set)).toMatchObject({ status: "pending" });
    expect(set.sent.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer stale-token-1",
      `Bearer ${token}`,
    ]);
    expect(set.emulator.tasks).toHaveLength(1);
    expect(set.clock.sleeps).toEqual([]);
    expect(set.events).toContainEqual(expect.objectContaining({ type: "refresh", what: "credentials" }));
  });
});
