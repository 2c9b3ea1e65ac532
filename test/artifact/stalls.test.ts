import { createTestClock } from "exportkit/testing";
import { expect, it } from "vitest";
import { authgearExport } from "./authgear-export.js";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { breaking, file, part, whole } from "./store-answers.js";

const silentAt400 = whole({}, breaking(0, 400, "silence"));

it("a body that falls silent is given up after the stall timeout, and resumed", async () => {
  const clock = createTestClock();
  const store = scriptedStore([silentAt400, part(400)], { clock });
  const reader = (await store.open()).bytes().getReader();
  for (let at = 0; at < 400; at += 100) await reader.read();
  const next = reader.read();
  // Two timers' worth of nothing but the watchdog: the request's own timer ended with the headers.
  await expect.poll(() => clock.waiting).toBe(1);
  clock.advance(29_999);
  expect(store.openBodies).toBe(1);
  clock.advance(1);
  expect((await next).value).toEqual(file.subarray(400, 500));
  expect(store.ranges).toEqual([undefined, "bytes=400-"]);
  expect(store.openBodies, "the silent connection is closed").toBe(1);
  await reader.cancel();
  expect(store.openBodies).toBe(0);
  expect(clock.waiting).toBe(0);
});

it("silence for ever is DOWNLOAD_STALLED after the budget", async () => {
  const clock = createTestClock();
  const store = scriptedStore(
    ({ headers }) =>
      headers.range
        ? part(400, 1000, {}, breaking(400, 400, "silence"))({} as never)
        : silentAt400({} as never),
    { clock, client: { timeouts: { stallMs: 5_000 }, retry: { retries: 3 } } },
  );
  const drained = drain(store.open());
  for (let attempt = 1; attempt <= 5; attempt++) {
    await expect.poll(() => store.requests.length).toBe(attempt);
    await expect.poll(() => clock.waiting).toBe(1);
    expect(store.openBodies, "silent connections are not kept").toBe(1);
    clock.advance(5_000);
  }
  const { bytes, error } = await drained;
  expect(error).toMatchObject({ code: "DOWNLOAD_STALLED", retryable: true, operation: "artifact" });
  expect((error as Error).message).toContain("5000 ms");
  expect(bytes).toEqual(file.subarray(0, 400));
  expect(store.openBodies).toBe(0);
});

it("a body that trickles is no stall", async () => {
  const run = await authgearExport({ users: 2 });
  // 100 bytes every 20 seconds: far longer than the timeout in all, never in one piece.
  run.emulator.faults.add({ on: "artifact", fault: { type: "drip", bytes: 100, everyMs: 20_000 } });
  expect(await drain(run.client.download(run.job))).toEqual({ bytes: run.whole });
  expect(run.requests()).toEqual(["locate 200", "artifact 200"]);
});

it("a consumer that takes its time is no stall", async () => {
  const clock = createTestClock();
  const store = scriptedStore([whole()], { clock });
  const reader = (await store.open()).bytes().getReader();
  clock.advance(3_600_000);
  for (let at = 0; at < 1000; at += 100) {
    expect((await reader.read()).value).toEqual(file.subarray(at, at + 100));
    expect(clock.waiting, "nothing watches while nothing is awaited").toBe(0);
    clock.advance(3_600_000);
  }
  expect((await reader.read()).done).toBe(true);
  expect(store.requests).toHaveLength(1);
});

it("a connection held open after the last byte costs a wait, and no request", async () => {
  const clock = createTestClock();
  const store = scriptedStore([whole({}, breaking(0, 1000, "silence"))], { clock });
  const drained = drain(store.open());
  await expect.poll(() => clock.waiting).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  expect(await drained).toEqual({ bytes: file });
  expect(store.requests).toHaveLength(1);
});
