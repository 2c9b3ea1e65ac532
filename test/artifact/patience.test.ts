import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { rejection } from "../support/outcome.js";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, file, part, status, whole } from "./store-answers.js";

const lost: Answer = () => {
  throw new TypeError("fetch failed");
};

/** A store that is away from its first break on, for so long. */
function awayFor(ms: number, away: Answer, client: Parameters<typeof scriptedStore>[1] = {}) {
  const clock = createTestClock();
  let back: number | undefined;
  return scriptedStore(
    (request) => {
      if (back === undefined) {
        back = clock.now() + ms;
        return whole({}, breaking(0, 400))(request);
      }
      return clock.now() < back ? away(request) : part(400)(request);
    },
    { ...client, clock },
  );
}

describe("a download outlasts an outage", () => {
  it.each([2_000, 60_000, 299_000])("of %i ms, in which the store is gone", async (ms) => {
    expect(await drain(awayFor(ms, lost).open())).toEqual({ bytes: file });
  });

  it.each([429, 500, 502, 503, 504, 408])("in which it answers HTTP %i", async (code) => {
    const store = awayFor(120_000, status(code));
    expect(await drain(store.open())).toEqual({ bytes: file });
    expect(store.requests.length, "without hammering").toBeLessThan(30);
  });

  it("asking no more often than once in a second, however short the waits were set", async () => {
    const store = scriptedStore(lost, {
      client: { retry: { minDelayMs: 1, maxDelayMs: 10, patienceMs: 3_500 }, random: () => 0 },
    });
    await drain(store.open());
    expect(store.clock.sleeps).toEqual([0, 0, 0, 1_000, 1_000, 1_000, 500]);
  });

  it("at its very beginning", async () => {
    const clock = createTestClock();
    const back = clock.now() + 100_000;
    const store = scriptedStore((request) => (clock.now() < back ? lost : whole())(request), { clock });
    expect(await drain(store.open())).toEqual({ bytes: file });
  });

  it("whatever the jitter, and not faster than the store can bear", async () => {
    for (const random of [() => 0, () => 0.999999]) {
      const store = awayFor(200_000, lost, { client: { random, retry: { minDelayMs: 0 } } });
      expect(await drain(store.open())).toEqual({ bytes: file });
      expect(store.requests.length).toBeLessThan(210);
    }
  });

  it("with waits that grow to half a minute, of which jitter leaves half at least", async () => {
    const { clock, open } = awayFor(200_000, lost, { client: { random: () => 0 } });
    await drain(open());
    const waits = clock.sleeps.filter((ms) => ms > 0);
    expect(waits.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it("but not for ever: five minutes after the last progress it is told", async () => {
    const store = awayFor(Number.POSITIVE_INFINITY, lost);
    const startedAt = store.clock.now();
    const { bytes, error } = await drain(store.open());
    expect(error).toMatchObject({ code: "NETWORK", retryable: true });
    expect(bytes).toEqual(file.subarray(0, 400));
    expect(store.clock.now() - startedAt).toBeGreaterThanOrEqual(300_000);
    expect(store.clock.now() - startedAt).toBeLessThan(301_000);
  });

  it("for as long as the client says", async () => {
    const retry = { patienceMs: 10_000 };
    expect(await drain(awayFor(9_000, lost, { client: { retry } }).open())).toEqual({ bytes: file });
    const { error } = await drain(awayFor(12_000, lost, { client: { retry } }).open());
    expect(error).toMatchObject({ code: "NETWORK" });
  });

  it("and keeps to a number of retries that is given, patience or not", async () => {
    for (const retry of [{ retries: 3 }, { retries: 3, patienceMs: 600_000 }]) {
      const store = awayFor(Number.POSITIVE_INFINITY, lost, { client: { retry } });
      expect((await drain(store.open())).error).toMatchObject({ code: "NETWORK" });
      expect(store.requests).toHaveLength(5);
    }
  });

  it("within the time that all tries together have", async () => {
    const store = awayFor(Number.POSITIVE_INFINITY, lost, { client: { retry: { maxElapsedMs: 20_000 } } });
    const startedAt = store.clock.now();
    expect((await drain(store.open())).error).toMatchObject({ code: "NETWORK" });
    expect(store.clock.now() - startedAt).toBeLessThanOrEqual(21_000);
  });
});

describe("patience is for outages", () => {
  it.each<[string, Answer, string]>([
    ["a refusal", status(403), "FORBIDDEN"],
    ["a file that is gone", status(404), "ARTIFACT_MISSING"],
    ["a file that ends too early", part(400, 1000, {}, new Uint8Array()), "INTEGRITY"],
  ])("%s is told within seconds", async (_, answer, code) => {
    const store = awayFor(Number.POSITIVE_INFINITY, answer);
    const startedAt = store.clock.now();
    expect((await drain(store.open())).error).toMatchObject({ code });
    expect(store.clock.now() - startedAt).toBeLessThan(10_000);
  });

  it("a refusal amid an outage is judged by itself", async () => {
    const answers = [lost, lost, lost, lost, lost, status(403), lost, status(403), part(400)];
    const store = scriptedStore([whole({}, breaking(0, 400)), ...answers]);
    expect(await drain(store.open())).toEqual({ bytes: file });
  });
});

describe("a wait outlasts an outage", () => {
  it.each([{ type: "reset" }, { type: "status", status: 503 }] as const)("of minutes: %o", async (fault) => {
    const { client, emulator, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const back = clock.now() + 200_000;
    emulator.faults.add({ on: "poll", times: 10, fault });
    expect(await client.waitForExport(job)).toMatchObject({ status: "succeeded" });
    expect(clock.now()).toBeLessThan(back);
    expect(emulator.faults.remaining).toBe(0);
  });

  it("and a start does not: nobody waits minutes for it", async () => {
    const { client, emulator, clock } = harness();
    emulator.faults.add({ on: "start", times: 1_000, fault: { type: "status", status: 429 } });
    const startedAt = clock.now();
    expect(await rejection(client.startExport("users", { format: "ndjson" }))).toMatchObject({
      code: "RATE_LIMITED",
    });
    expect(clock.now() - startedAt).toBeLessThan(60_000);
  });

  it("and a single status request does not either", async () => {
    const { client, emulator, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", times: 1_000, fault: { type: "reset" } });
    const startedAt = clock.now();
    expect(await rejection(client.pollExport(job))).toMatchObject({ code: "NETWORK" });
    expect(clock.now()).toBe(startedAt);
  });
});
