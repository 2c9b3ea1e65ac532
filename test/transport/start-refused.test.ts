import type { ExportError } from "exportkit";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";

const start = (set: ReturnType<typeof harness>) => set.client.startExport("users", { format: "ndjson" });

describe("a definite refusal of a start is passed on as it is", () => {
  it.each([
    ["400", { type: "status", status: 400 }, "REQUEST_INVALID"],
    ["401", { type: "status", status: 401 }, "UNAUTHORIZED"],
    ["403", { type: "status", status: 403 }, "FORBIDDEN"],
    ["404", { type: "status", status: 404 }, "NOT_FOUND"],
    ["405", { type: "status", status: 405 }, "REQUEST_INVALID"],
    ["307", { type: "redirect", status: 307, to: "/elsewhere" }, "RESPONSE_INVALID"],
    [
      "308 to another host",
      { type: "redirect", status: 308, to: "https://other.example.org/" },
      "RESPONSE_INVALID",
    ],
  ] as const)("%s", async (_, fault, code) => {
    const set = harness();
    set.emulator.faults.add({ on: "start", times: 9, fault });
    expect(await rejection(start(set))).toMatchObject({ code, retryable: false, operation: "start" });
    expect(set.emulator.requests).toHaveLength(1);
    expect(set.clock.sleeps).toEqual([]);
  });

  it("a quota that is used up is not waited for", async () => {
    const set = harness({ emulator: { quota: { limit: 0, period: "day" } } });
    expect(await rejection(start(set))).toMatchObject({ code: "QUOTA_EXCEEDED" });
    expect(set.emulator.requests).toHaveLength(1);
  });

  it("a Retry-After above the cap is told at once, and not waited for", async () => {
    const set = harness({ settings: { retry: { maxRetryAfterMs: 60_000 } } });
    const headers = { "retry-after": "61" };
    set.emulator.faults.add({ on: "start", fault: { type: "status", status: 429, headers } });
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryable: true });
    expect(error.retryAt).toEqual(new Date(set.clock.now() + 61_000));
    expect(set.emulator.requests).toHaveLength(1);
    expect(set.clock.sleeps).toEqual([]);
  });
});

describe("a refusal counts by its status line, whatever becomes of its body", () => {
  /** The answer to each request of an operation: refused, with a body that does not end, or breaks off. */
  const refuse = (on: "start" | "poll", status: number, times = 9, body?: BodyInit) => {
    let left = times;
    return harness({
      settings: { maxBufferedBytes: 1024 },
      intercept: async ({ method }, proceed) => {
        if ((method === "POST") !== (on === "start") || left-- <= 0) return proceed();
        return new Response(body ?? new ReadableStream(), { status });
      },
    });
  };
  const lost = () => new ReadableStream({ pull: (controller) => controller.error(new Error("lost")) });

  it("a body that does not end within the timeout", async () => {
    const set = refuse("start", 403);
    const error = rejection<ExportError>(start(set));
    await settle();
    set.clock.advance(30_000);
    const cause = { code: "TIMEOUT" };
    expect(await error).toMatchObject({ code: "FORBIDDEN", status: 403, retryable: false, cause });
    expect(set.sent).toHaveLength(1);
  });

  it("a body larger than maxBufferedBytes", async () => {
    const set = refuse("start", 413, 9, "x".repeat(1025));
    const cause = { code: "LIMIT_EXCEEDED" };
    expect(await rejection(start(set))).toMatchObject({ code: "REQUEST_INVALID", status: 413, cause });
    expect(set.sent).toHaveLength(1);
  });

  it("too many requests, which is waited for", async () => {
    const set = refuse("start", 429, 1, lost());
    await start(set);
    expect([set.sent.length, set.clock.sleeps]).toEqual([2, [2_000]]);
  });

  it("too many requests, where no wait is named", async () => {
    const set = harness();
    const headers = { "retry-after": "0" };
    set.emulator.faults.add({ on: "start", fault: { type: "status", status: 429, headers } });
    await start(set);
    expect(set.clock.sleeps).toEqual([2_000]);
  });

  it("a request that another try would not mend either", async () => {
    const set = refuse("poll", 403, 9, lost());
    const job = await start(set);
    const cause = { code: "NETWORK" };
    expect(await rejection(set.client.waitForExport(job))).toMatchObject({ code: "FORBIDDEN", cause });
    expect(set.sent).toHaveLength(2);
  });

  it("but a status that the adapter reads itself may mean anything, and is asked for again", async () => {
    const set = refuse("poll", 404, 1, lost());
    const job = await start(set);
    expect(await set.client.waitForExport(job)).toMatchObject({ status: "succeeded" });
    const other = refuse("poll", 404, 1, lost());
    const running = await start(other);
    const cause = expect.objectContaining({ message: "lost" });
    expect(await rejection(other.client.pollExport(running))).toMatchObject({
      code: "NETWORK",
      retryable: true,
      cause,
    });
  });

  it("also to whoever gave up on the start meanwhile: nothing was started", async () => {
    const set = refuse("start", 403);
    const controller = new AbortController();
    const { signal } = controller;
    const error = rejection(set.client.startExport("users", { format: "ndjson" }, { signal }));
    await settle();
    controller.abort("enough");
    await settle();
    set.clock.advance(30_000);
    expect(await error).toBe("enough");
    expect(set.sent).toHaveLength(1);
  });

  it("but whoever gives up meanwhile gets their own reason", async () => {
    const set = refuse("poll", 404);
    const job = await start(set);
    const controller = new AbortController();
    const error = rejection(set.client.pollExport(job, { signal: controller.signal }));
    await settle();
    controller.abort("enough");
    expect(await error).toBe("enough");
  });
});
