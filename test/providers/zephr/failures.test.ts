import { createExportClient, ExportError } from "exportkit";
import { createTestClock, createZephrEmulator, type ZephrEmulatorOptions } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

function connect(options: ZephrEmulatorOptions = {}, prefetchPages?: number) {
  const clock = createTestClock();
  const emulator = createZephrEmulator({
    keys: { "access-canary": "secret-canary" },
    clock,
    users: 40,
    ...options,
  });
  const seen: unknown[] = [];
  const client = createExportClient({
    providers: {
      readers: zephr({ tenantId: "news", accessKey: "access-canary", secretKey: "secret-canary" }),
    },
    fetch: emulator.fetch,
    clock,
    ...(prefetchPages !== undefined && { prefetchPages }),
    onEvent: (event) => seen.push(event),
    logger: Object.fromEntries(
      ["debug", "info", "warn", "error"].map((level) => [level, (...line: unknown[]) => seen.push(line)]),
    ) as never,
  });
  return { clock, emulator, client, seen };
}

const refuse = (status: number, body: unknown, headers = {}) =>
  ({
    on: "page",
    fault: { type: "status", status, body: typeof body === "string" ? body : JSON.stringify(body), headers },
  }) as const;

async function failureOf(work: Promise<unknown>): Promise<ExportError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!ExportError.isInstance(error)) throw new Error(`expected an ExportError, got ${String(error)}`);
  return error;
}

describe("a refusal", () => {
  it.each([
    [400, "REQUEST_INVALID"],
    [401, "UNAUTHORIZED"],
    [403, "FORBIDDEN"],
    [404, "NOT_FOUND"],
    [422, "REQUEST_INVALID"],
    [429, "RATE_LIMITED"],
  ] as const)("with HTTP %i is %s, with the vendor's words where there are any", async (status, code) => {
    for (const [body, words] of [
      [{ error: "Computer says no" }, "Computer says no"],
      [{ message: "Computer says no" }, "Computer says no"],
      [{ error: { message: "Computer says no" } }, "Computer says no"],
      ["", undefined],
      ["<html>", undefined],
      [{ error: null }, undefined],
    ] as const) {
      const { client, emulator } = connect();
      emulator.faults.add({ ...refuse(status, body), times: 9 });
      const error = await failureOf(client.startExport("readers", {}));
      expect(error).toMatchObject({
        code,
        status,
        provider: "zephr",
        connection: "readers",
        operation: "start",
      });
      expect(error.details?.reason).toBe(words);
      expect(error.message).toContain(words ?? "Zephr");
      expect(emulator.requests).toHaveLength(status === 429 ? 4 : 1);
    }
  });

  it("in the emulator's own words is understood in each style", async () => {
    for (const errorBody of ["error", "message", "none"] as const) {
      const { emulator } = connect({ errorBody });
      const client = createExportClient({
        providers: { readers: zephr({ tenantId: "news", accessKey: "someone", secretKey: "else" }) },
        fetch: emulator.fetch,
      });
      const error = await failureOf(client.startExport("readers", {}));
      expect(error.code).toBe("UNAUTHORIZED");
      expect(error.message.includes("Unknown access key")).toBe(errorBody !== "none");
    }
  });

  it("with very many words is cut short", async () => {
    const { client, emulator } = connect();
    emulator.faults.add(refuse(400, { error: "no ".repeat(5000) }));
    const error = await failureOf(client.startExport("readers", {}));
    expect(error.message.length).toBeLessThan(9_000);
  });
});

describe("a start that may have gone wrong", () => {
  it("is sent again: it only reads, and there is no job at Zephr", async () => {
    for (const fault of [
      { type: "reset" },
      { type: "status", status: 500, body: '{"message":"broken"}' },
      { type: "truncate-json" },
    ] as const) {
      const { client, emulator } = connect();
      emulator.faults.add({ on: "page", fault });
      expect(await client.startExport("readers", {})).toMatchObject({ status: "succeeded" });
      expect(emulator.requests).toHaveLength(2);
    }
  });
});

describe("pages", () => {
  const count = async (client: ReturnType<typeof connect>["client"], pageSize = 5) => {
    const job = await client.startExport("readers", { pageSize });
    let records = 0;
    for await (const _ of await client.download(job)) records += 1;
    return records;
  };

  it("survive every transient fault", async () => {
    for (const fault of [
      { type: "reset" },
      { type: "status", status: 500 },
      { type: "status", status: 503, headers: { "retry-after": "2" } },
      { type: "status", status: 429, headers: { "ratelimit-reset": "3" } },
      { type: "truncate-json" },
      { type: "drop", afterBytes: 100 },
      { type: "hang" },
      { type: "stall", afterBytes: 100 },
    ] as const) {
      const { client, emulator } = connect({ latencyMs: 5 });
      emulator.faults.add({ on: "page", after: 3, times: 2, fault });
      expect(await count(client)).toBe(40);
      expect(emulator.faults.remaining).toBe(0);
    }
  });

  it("come in spite of a wrong content type around right JSON", async () => {
    const { client, emulator } = connect();
    emulator.faults.add({ on: "page", after: 1, times: 9, fault: { type: "wrong-content-type" } });
    expect(await count(client)).toBe(40);
  });

  it("wait for a rate limit as the vendor asks, in either header", async () => {
    for (const header of [
      "retry-after",
      "ratelimit-reset",
      "x-ratelimit-reset",
      "x-rate-limit-reset",
    ] as const) {
      // One page at a time: which of several is refused depends on the order in which they arrive.
      const { client, emulator, clock } = connect({ rateLimit: { requests: 3, perMs: 10_000, header } }, 1);
      const begun = clock.now();
      expect(await count(client, 4)).toBe(40);
      // Eleven requests, three in ten seconds, and the fourth of each is refused.
      expect(clock.now() - begun).toBe(30_000);
      const window = [200, 200, 200, 429];
      expect(emulator.requests.map(({ status }) => status)).toEqual([
        ...window,
        ...window,
        ...window,
        200,
        200,
      ]);
    }
  });

  it("that are too many by a gateway that names no wait are asked for again after seconds", async () => {
    // One page at a time: pages that are refused together wait together.
    const { client, emulator, clock } = connect({}, 1);
    emulator.faults.add({ on: "page", after: 3, times: 3, fault: { type: "status", status: 429 } });
    const begun = clock.now();
    expect(await count(client)).toBe(40);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(4_000);
  });

  it("refused for good end the export with the vendor's words", async () => {
    const { client, emulator } = connect();
    emulator.faults.add({ ...refuse(403, { message: "Not your tenant" }), after: 3, times: 9 });
    const job = await client.startExport("readers", { pageSize: 5 });
    const download = await client.download(job);
    const reading = (async () => {
      for await (const _ of download);
    })();
    expect(await failureOf(reading)).toMatchObject({
      code: "FORBIDDEN",
      operation: "page",
      job: { id: job.id },
      details: { reason: "Not your tenant" },
    });
  });
});

describe("secrets", () => {
  it("are in no error, event, log line, job or checkpoint", async () => {
    const { client, emulator, seen } = connect();
    const leaky = { error: "bad key secret-canary of access-canary", message: "access-canary" };
    const job = await client.startExport("readers", { pageSize: 5 });
    const download = await client.download(job);
    const records = download[Symbol.asyncIterator]();
    await records.next();
    seen.push(job, download.checkpoint());
    emulator.faults.add({ ...refuse(400, leaky), times: 99 });
    const rest = (async () => {
      for (;;) if ((await records.next()).done) return;
    })();
    const error = await failureOf(rest);
    seen.push(error.toJSON(), error.message, error.stack);
    const second = await failureOf(client.startExport("readers", {}));
    seen.push(second.toJSON(), second.message, second.stack);
    expect(error.code).toBe("REQUEST_INVALID");
    const shown = JSON.stringify(seen);
    expect(shown).not.toContain("canary");
    expect(shown).not.toMatch(/[0-9a-f]{64}/);
  });
});
