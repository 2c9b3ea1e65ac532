import type { ExportError, ExportEvent } from "exportkit";
import { describe, expect, it } from "vitest";
import { count, harness } from "../client/harness.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";

// A request for the file's place is safe to repeat, so that is what these watch.
async function opened(options: Parameters<typeof harness>[0] = {}) {
  const set = harness(options);
  const job = await set.client.waitForExport(await set.client.startExport("users", { format: "ndjson" }));
  set.events.length = 0;
  const waited = set.clock.sleeps.length;
  const polls = count(set.emulator, "poll");
  return {
    ...set,
    job,
    download: () => set.client.download(job),
    /** The waits since the job has ended. */
    sleeps: () => set.clock.sleeps.slice(waited),
    /** The requests for the file's place. */
    located: () => count(set.emulator, "poll") - polls,
  };
}

describe("the budget of tries", () => {
  it("repeats a safe request after transient failures, with exponential waits", async () => {
    const { emulator, download, sleeps, located, events } = await opened();
    emulator.faults.add({ on: "poll", fault: { type: "reset" } });
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 503 } });
    emulator.faults.add({ on: "poll", fault: { type: "truncate-json" } });
    await download();
    expect(located()).toBe(4);
    expect(sleeps()).toEqual([125, 250, 500]);
    expect(events.filter(({ type }) => type === "retry")).toMatchObject([
      { retry: 1, delayMs: 125, errorCode: "NETWORK" },
      { retry: 2, delayMs: 250, errorCode: "PROVIDER_UNAVAILABLE" },
      { retry: 3, delayMs: 500, errorCode: "RESPONSE_INVALID" },
    ]);
  });

  it("ends after the tries that are set, with the last failure", async () => {
    const { emulator, download, located, job } = await opened({ settings: { retry: { retries: 3 } } });
    emulator.faults.add({ on: "poll", times: 3, fault: { type: "reset" } });
    emulator.faults.add({ on: "poll", times: 9, fault: { type: "status", status: 502 } });
    expect(await rejection(download())).toMatchObject({ code: "PROVIDER_UNAVAILABLE", status: 502, job });
    expect(located()).toBe(4);
  });

  it.each([
    [0, 1],
    [1, 2],
    [6, 7],
  ])("is the caller's to set: %d", async (retries, requests) => {
    const { emulator, download, located } = await opened({ settings: { retry: { retries } } });
    emulator.faults.add({ on: "poll", times: 20, fault: { type: "reset" } });
    expect(await rejection(download())).toMatchObject({ code: "NETWORK" });
    expect(located()).toBe(requests);
  });

  it.each([400, 401, 403, 404, 405, 409, 410, 413, 415, 422])(
    "is not touched by a definite refusal: %d",
    async (status) => {
      const { emulator, download, located, sleeps } = await opened();
      emulator.faults.add({ on: "poll", times: 9, fault: { type: "status", status } });
      expect(await rejection(download())).toMatchObject({ status, retryable: false });
      expect(located()).toBe(1);
      expect(sleeps()).toEqual([]);
    },
  );

  it.each([408, 425, 429, 500, 502, 503, 504, 529])("is spent on %d", async (status) => {
    const { emulator, download, located } = await opened();
    emulator.faults.add({ on: "poll", times: 2, fault: { type: "status", status } });
    await download();
    expect(located()).toBe(3);
  });
});

describe("full jitter", () => {
  it("draws every wait from the injected random", async () => {
    const draws = [0.5, 0.5, 0, 0.99, 0.1];
    const { emulator, download, sleeps } = await opened({ settings: { random: () => draws.shift() ?? 0.5 } });
    emulator.faults.add({ on: "poll", times: 3, fault: { type: "reset" } });
    draws.splice(0, draws.length, 0, 0.99, 0.1);
    await download();
    expect(sleeps()).toEqual([0, 495, 100]);
  });
});

describe("the budget of time", () => {
  it("ends the tries that would exceed it, before the wait", async () => {
    const retry = { retries: 50, minDelayMs: 10_000, maxDelayMs: 10_000, maxElapsedMs: 22_000 };
    const { emulator, download, sleeps, located } = await opened({ settings: { retry } });
    emulator.faults.add({ on: "poll", times: 99, fault: { type: "reset" } });
    expect(await rejection(download())).toMatchObject({ code: "NETWORK" });
    expect(sleeps()).toEqual([5_000, 5_000, 5_000, 5_000]);
    expect(located()).toBe(5);
  });

  it("counts what the requests themselves take", async () => {
    const retry = { retries: 50, minDelayMs: 0, maxElapsedMs: 100_000 };
    const { emulator, download, clock, located } = await opened({ settings: { retry } });
    emulator.faults.add({ on: "poll", times: 99, fault: { type: "hang" } });
    const error = rejection<ExportError>(download());
    for (let request = 1; request <= 4; request++) {
      while (located() < request) await settle();
      clock.advance(30_000);
    }
    expect(await error).toMatchObject({ code: "TIMEOUT" });
    expect(located()).toBe(4);
  });
});

describe("the budget of one request", () => {
  it("ends a request without an answer, which is then repeated", async () => {
    const { emulator, download, clock, located } = await opened({
      settings: { timeouts: { requestMs: 5_000 } },
    });
    emulator.faults.add({ on: "poll", fault: { type: "hang" } });
    const done = download();
    while (located() < 1) await settle();
    clock.advance(4_999);
    await settle();
    expect(located()).toBe(1);
    clock.advance(1);
    await done;
    expect(located()).toBe(2);
  });

  it("covers the whole answer", async () => {
    const { emulator, download, clock, located, job } = await opened({ settings: { retry: { retries: 0 } } });
    emulator.faults.add({ on: "poll", fault: { type: "stall", afterBytes: 10 } });
    const error = rejection<ExportError>(download());
    while (located() < 1) await settle();
    clock.advance(30_000);
    expect(await error).toMatchObject({ code: "TIMEOUT", retryable: true, operation: "locate", job });
    expect((await error).message).toBe(
      "the locate request to myapp.authgearapps.com got no answer within 30000 ms; see docs/errors.md#timeout",
    );
    expect(clock.waiting).toBe(0);
  });

  it("ends a fetch that does not heed its signal", async () => {
    const { client, clock } = harness({ settings: { fetch: () => new Promise<Response>(() => {}) } });
    const error = rejection<ExportError>(client.startExport("users", { format: "ndjson" }));
    await settle();
    clock.advance(30_000);
    expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "TIMEOUT" } });
  });
});

describe("Retry-After", () => {
  it.each([
    ["seconds", { "retry-after": "90" }, 90_000],
    [
      "a date",
      { "retry-after": "Thu, 01 Jan 2026 00:05:00 GMT", date: "Thu, 01 Jan 2026 00:03:00 GMT" },
      120_000,
    ],
    ["exactly the cap", { "retry-after": "300" }, 300_000],
    ["less than the backoff", { "retry-after": "0" }, 125],
  ])("is waited for: %s", async (_, headers, ms) => {
    const { emulator, download, sleeps } = await opened();
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 503, headers } });
    await download();
    expect(sleeps()).toEqual([ms]);
  });

  it.each(["300.001", "86400", "99999999999999999999"])(
    "above the cap is an error with retryAt, at once: %s",
    async (value) => {
      const { emulator, download, sleeps, located, clock } = await opened();
      const headers = { "retry-after": value };
      emulator.faults.add({ on: "poll", times: 9, fault: { type: "status", status: 429, headers } });
      const error = await rejection<ExportError>(download());
      expect(error).toMatchObject({ code: "RATE_LIMITED", retryable: true });
      expect(error.retryAt?.getTime()).toBeGreaterThan(clock.now() + 300_000);
      expect(JSON.stringify(error)).toContain('"retryAt":"2');
      expect(sleeps()).toEqual([]);
      expect(located()).toBe(1);
    },
  );

  it("counts towards the budget of time", async () => {
    const { emulator, download, sleeps } = await opened({ settings: { retry: { maxElapsedMs: 100_000 } } });
    const headers = { "retry-after": "60" };
    emulator.faults.add({ on: "poll", times: 9, fault: { type: "status", status: 503, headers } });
    const error = await rejection<ExportError>(download());
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
    expect(error.retryAt).toBeInstanceOf(Date);
    expect(sleeps()).toEqual([60_000]);
  });
});

describe("a wait between two tries", () => {
  const headers = { "retry-after": "200" };
  // Aborts as soon as the wait has begun, before its time can pass.
  const abortingAtRetry = (controller: AbortController, reason: unknown) => ({
    onEvent: ({ type }: ExportEvent) => {
      if (type === "retry") void Promise.resolve().then(() => controller.abort(reason));
    },
  });

  it("ends with the signal's own reason", async () => {
    const controller = new AbortController();
    const reason = { stop: true };
    const set = await opened({ settings: abortingAtRetry(controller, reason) });
    set.emulator.faults.add({ on: "poll", fault: { type: "status", status: 503, headers } });
    const { signal } = controller;
    expect(await rejection(set.client.download(set.job, { signal }))).toBe(reason);
    expect(set.sleeps()).toEqual([200_000]);
    expect(set.located()).toBe(1);
    expect(set.clock.waiting).toBe(0);
  });

  it("of a start, too", async () => {
    const controller = new AbortController();
    const { client, emulator } = harness({ settings: abortingAtRetry(controller, "stop") });
    emulator.faults.add({ on: "start", fault: { type: "status", status: 429, headers } });
    const { signal } = controller;
    expect(await rejection(client.startExport("users", { format: "ndjson" }, { signal }))).toBe("stop");
    expect(emulator.tasks).toEqual([]);
    expect(emulator.requests).toHaveLength(1);
  });
});
