import type { ExportEvent, LogFields, Logger } from "exportkit";
import { describe, expect, it } from "vitest";
import { collect, harness } from "./harness.js";

/** An event as its type and the names of what it carries. */
function shape({ type, ...fields }: ExportEvent): string {
  return `${type}: ${Object.keys(fields).sort().join(" ")}`;
}

async function wholeExport(options: Parameters<typeof harness>[0] = {}) {
  const { emulator: emulated, ...rest } = options;
  const set = harness({ emulator: { users: 50, pendingPolls: 1, ...emulated }, ...rest });
  const { emulator } = set;
  emulator.faults.add({ on: "poll", after: 1, fault: { type: "status", status: 503 } });
  emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5_000 } });
  const records = await collect(await set.client.runExport("users", { format: "ndjson" }));
  expect(records).toHaveLength(50);
  return set;
}

describe("onEvent", () => {
  it("tells one whole export in order, in a stable shape", async () => {
    const { events } = await wholeExport();
    const base = "connection provider time";
    expect(events.map(shape)).toEqual([
      // start
      "request: connection durationMs method operation provider status time url",
      // a poll that is pending
      "request: connection durationMs jobId method operation provider status time url",
      "poll: connection jobId polls provider retryAfterMs status time",
      // one that fails, and the one after it
      "request: connection durationMs jobId method operation provider status time url",
      "retry: code connection delayMs jobId operation provider retry time",
      "request: connection durationMs jobId method operation provider status time url",
      "poll: connection jobId polls provider retryAfterMs status time",
      // where the file is, and the file, which breaks off
      "request: connection durationMs jobId method operation provider status time url",
      "request: connection durationMs jobId method operation provider status time url",
      "resume: connection jobId offset provider time",
      "request: connection durationMs jobId method operation provider status time url",
      "done: bytes connection jobId provider records time",
    ]);
    expect(events.every((event) => base.split(" ").every((name) => name in event))).toBe(true);
  });

  it("carries the values", async () => {
    const { events, emulator } = await wholeExport();
    const jobId = emulator.tasks[0]?.id;
    const api = `${emulator.endpoint}/_api/admin/users/export`;
    const base = { connection: "users", provider: "authgear" };
    const now = Date.UTC(2026, 0, 1);
    expect(events[0]).toEqual({
      type: "request",
      ...base,
      time: now,
      operation: "start",
      method: "POST",
      url: api,
      status: 200,
      durationMs: 0,
    });
    expect(events[1]).toEqual({
      type: "request",
      ...base,
      time: now + 500,
      operation: "poll",
      method: "GET",
      url: `${api}/${jobId}`,
      status: 200,
      durationMs: 0,
      jobId,
    });
    expect(events[2]).toEqual({
      type: "poll",
      ...base,
      time: now + 500,
      jobId,
      status: "pending",
      polls: 1,
      retryAfterMs: 750,
    });
    expect(events[4]).toEqual({
      type: "retry",
      ...base,
      time: now + 1250,
      operation: "poll",
      retry: 1,
      delayMs: 125,
      code: "PROVIDER_UNAVAILABLE",
      jobId,
    });
    expect(events[7]).toMatchObject({ operation: "locate", url: `${api}/${jobId}` });
    // The store's path may be a secret as well, so only its origin is told.
    expect(events[8]).toMatchObject({ operation: "artifact", url: emulator.storeOrigin, status: 200 });
    expect(events[9]).toMatchObject({ type: "resume", offset: 5_000 });
    expect(events[11]).toMatchObject({ type: "done", records: 50 });
  });

  it("tells a request without an answer without a status", async () => {
    const { client, emulator, events } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "reset" } });
    await client.pollExport(job).catch(() => {});
    expect(events.map(shape).at(-1)).toBe(
      "request: connection durationMs jobId method operation provider time url",
    );
  });

  it("measures a request by the clock", async () => {
    const { client, events } = harness({ emulator: { latencyMs: 40 } });
    await client.startExport("users", { format: "ndjson" });
    expect(events[0]).toMatchObject({ durationMs: 40 });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("a bug of the observer's");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a bug of the observer's"))],
  ])("breaks nothing when it %s", async (_, onEvent) => {
    await wholeExport({ settings: { onEvent } });
  });
});

describe("logger", () => {
  function memory() {
    const lines: [level: string, message: string, fields: LogFields][] = [];
    const at = (level: string) => (message: string, fields: LogFields) => {
      lines.push([level, message, fields]);
    };
    const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
    return { lines, logger };
  }

  it("gets one line an event, at a level by what it means", async () => {
    const { lines, logger } = memory();
    await wholeExport({ settings: { logger } });
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ["debug", "exportkit: request"],
      ["debug", "exportkit: request"],
      ["debug", "exportkit: poll"],
      ["debug", "exportkit: request"],
      ["warn", "exportkit: poll failed (PROVIDER_UNAVAILABLE), trying again"],
      ["debug", "exportkit: request"],
      ["debug", "exportkit: poll"],
      ["debug", "exportkit: request"],
      ["debug", "exportkit: request"],
      ["warn", "exportkit: download broke off, going on at byte 5000"],
      ["debug", "exportkit: request"],
      ["info", "exportkit: download complete"],
    ]);
    expect(lines[4]?.[2]).toMatchObject({
      connection: "users",
      provider: "authgear",
      retry: 1,
      delayMs: 125,
    });
  });

  it("keeps its this", async () => {
    class Counter implements Logger {
      lines = 0;
      debug() {
        this.lines += 1;
      }
      info() {
        this.lines += 1;
      }
      warn() {
        this.lines += 1;
      }
      error() {
        this.lines += 1;
      }
    }
    const logger = new Counter();
    await wholeExport({ settings: { logger } });
    expect(logger.lines).toBe(12);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("disk full");
      },
    ],
    ["rejects", () => Promise.reject(new Error("disk full"))],
  ])("breaks nothing when it %s", async (_, write) => {
    await wholeExport({ settings: { logger: { debug: write, info: write, warn: write, error: write } } });
  });
});
