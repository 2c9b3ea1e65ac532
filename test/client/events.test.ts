import type { ExportEvent, LogFields, Logger, RequestEvent } from "exportkit";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { harness } from "./harness.js";

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
    const ofJob = "request: attempt connection durationMs jobId method operation provider status time url";
    const ofDownload =
      "request: attempt connection downloadId durationMs jobId method operation provider status time url";
    expect(events.map(shape)).toEqual([
      "request: attempt connection durationMs method operation provider startId status time url",
      "start: connection durationMs jobId provider startId status time",
      // a poll that is pending
      ofJob,
      "poll: connection jobId polls provider retryAfterMs status time",
      // one that fails, and the one after it
      ofJob,
      "retry: connection delayMs errorCode jobId operation provider retry time",
      ofJob,
      "poll: connection jobId polls provider retryAfterMs status time",
      // where the file is, and the file, which breaks off
      "open: connection downloadId jobId provider time",
      ofDownload,
      ofDownload,
      "resume: connection downloadId jobId offset provider time",
      ofDownload,
      "end: bytes connection downloadId durationMs jobId outcome provider records time",
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
      attempt: 1,
      durationMs: 0,
      startId: expect.any(String),
    });
    expect(events[1]).toEqual({
      type: "start",
      ...base,
      startId: (events[0] as RequestEvent).startId,
      time: now,
      jobId,
      status: "pending",
      durationMs: 0,
    });
    expect(events[2]).toEqual({
      type: "request",
      ...base,
      time: now + 500,
      operation: "poll",
      method: "GET",
      url: `${api}/${jobId}`,
      status: 200,
      attempt: 1,
      durationMs: 0,
      jobId,
    });
    expect(events[3]).toEqual({
      type: "poll",
      ...base,
      time: now + 500,
      jobId,
      status: "pending",
      polls: 1,
      retryAfterMs: 750,
    });
    expect(events[5]).toEqual({
      type: "retry",
      ...base,
      time: now + 1250,
      operation: "poll",
      retry: 1,
      delayMs: 125,
      errorCode: "PROVIDER_UNAVAILABLE",
      jobId,
    });
    expect(events[6]).toMatchObject({ operation: "poll", attempt: 2 });
    expect(events[9]).toMatchObject({ operation: "locate", url: `${api}/${jobId}` });
    // The store's path may be a secret as well, so only its origin is told.
    expect(events[10]).toMatchObject({
      operation: "artifact",
      url: emulator.storeOrigin,
      status: 200,
      attempt: 1,
    });
    expect(events[11]).toMatchObject({ type: "resume", offset: 5_000 });
    expect(events[13]).toMatchObject({ type: "end", outcome: "complete", records: 50 });
    expect(new Set(events.slice(8).map(({ downloadId }) => downloadId)).size).toBe(1);
  });

  it("tells a request without an answer without a status", async () => {
    const { client, emulator, events } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "reset" } });
    await client.pollExport(job).catch(() => {});
    expect(events.map(shape).at(-1)).toBe(
      "request: attempt connection durationMs errorCode jobId method operation provider time url",
    );
    expect(events.at(-1)).toMatchObject({ errorCode: "NETWORK", attempt: 1 });
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
    const at = (level: string) => (fields: LogFields, message: string) => {
      lines.push([level, message, fields]);
    };
    const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
    return { lines, logger };
  }

  it("gets one line an event, at a level by what it means", async () => {
    const { lines, logger } = memory();
    await wholeExport({ settings: { logger } });
    expect(lines.map(([level, message]) => [level, message.replace(/userexport_\w+/, "…")])).toEqual([
      ["debug", "exportkit: request"],
      ["info", "exportkit: started job …"],
      ["debug", "exportkit: request"],
      ["debug", "exportkit: poll"],
      ["debug", "exportkit: request"],
      ["warn", "exportkit: poll failed (PROVIDER_UNAVAILABLE), trying again"],
      ["debug", "exportkit: request"],
      ["debug", "exportkit: poll"],
      ["debug", "exportkit: open"],
      ["debug", "exportkit: request"],
      ["debug", "exportkit: request"],
      ["warn", "exportkit: download broke off, resuming at byte 5000"],
      ["debug", "exportkit: request"],
      ["info", "exportkit: download complete"],
    ]);
    expect(lines[5]?.[2]).toMatchObject({
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
    expect(logger.lines).toBe(14);
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
