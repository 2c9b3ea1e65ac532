import { createAuthgearEmulator, createTestClock, type Fault } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { insightsApi } from "./avepoint/insights-api.js";

const now = Date.UTC(2026, 0, 1);
const token = "ready-made-token";

/** What a poll for no task is answered, under faults one after the other. */
async function poll(...faults: readonly Fault[]) {
  const emulator = createAuthgearEmulator({ tokens: [token], clock: createTestClock(now) });
  for (const fault of faults) emulator.faults.add({ on: "poll", fault });
  const ask = () =>
    emulator.fetch(`${emulator.endpoint}/_api/admin/users/export/x`, {
      headers: { authorization: `Bearer ${token}` },
    });
  return { emulator, ask };
}

describe("too many requests", () => {
  it.each([
    ["whole seconds, rounded up", { type: "rate-limit", retryAfterMs: 1_500 }, "2"],
    ["ten years", { type: "rate-limit", retryAfterMs: 315_360_000_000, form: "seconds" }, "315360000"],
    ["a date", { type: "rate-limit", retryAfterMs: 90_000, form: "date" }, "Thu, 01 Jan 2026 00:01:30 GMT"],
  ] as const)("are told to stay away for %s", async (_, fault, header) => {
    const { ask } = await poll(fault);
    const { status, headers } = await ask();
    expect([status, headers.get("retry-after")]).toEqual([429, header]);
  });
});

describe("a clock that is off", () => {
  it("shows in the Date header from that request on, and is right again after a reset", async () => {
    const { emulator, ask } = await poll({ type: "clock", offsetMs: 600_000 });
    const date = async () => Date.parse((await ask()).headers.get("date") ?? "");
    expect([await date(), await date()]).toEqual([now + 600_000, now + 600_000]);
    emulator.reset();
    expect(await date()).toBe(now);
  });

  it("does not change how long an export runs", async () => {
    const { emulator, clock, get, start } = insightsApi({ jobDurationMs: 60_000 });
    const jobId = await start();
    emulator.faults.add({ on: "poll", fault: { type: "clock", offsetMs: 600_000 } });
    const status = async () => (await (await get(`/insights/job/${jobId}/exportstatus`)).json()).jobStatus;
    expect(await status()).toBe(1);
    clock.advance(60_000);
    expect(await status()).toBe(2);
  });
});

it("a key that is revoked stays so until a reset", async () => {
  const { emulator, ask } = await poll({ type: "revoke" });
  expect([(await ask()).status, (await ask()).status]).toEqual([403, 403]);
  emulator.reset();
  expect((await ask()).status).toBe(404);
});
