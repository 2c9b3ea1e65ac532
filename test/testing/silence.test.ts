import { createAuthgearEmulator, createTestClock, serveEmulator } from "exportkit/testing";
import { expect, it, onTestFinished } from "vitest";

const start = Date.UTC(2026, 0, 1);
const path = "/_api/admin/users/export";
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
};

/** A request that is given up after so many ms of the clock. */
function patient(clock: ReturnType<typeof createTestClock>, ms: number) {
  const controller = new AbortController();
  clock.setTimer(ms, () => controller.abort(new Error(`gave up at ${clock.now() - start}`)));
  return controller.signal;
}

it("time advances to the timeout of a request that is never answered", async () => {
  const clock = createTestClock(start);
  const emulator = createAuthgearEmulator({ clock, faults: [{ on: "any", fault: { type: "hang" } }] });
  clock.setTimer(3_600_000, () => expect.unreachable());
  const signal = patient(clock, 60_000);
  const answer = emulator.fetch(`${emulator.endpoint}${path}`, { method: "POST", signal });
  await expect(answer).rejects.toThrow("gave up at 60000");
  // The request is over, and time stands still.
  await turns(50);
  expect(clock.now() - start).toBe(60_000);
  expect(clock.waiting).toBe(1);
});

it.each([false, true])("a body that stalls comes as far as it goes first; sockets: %s", async (sockets) => {
  const clock = createTestClock(start);
  const fault = { type: "stall", afterBytes: 5 } as const;
  const emulator = createAuthgearEmulator({ clock, faults: [{ on: "any", fault }] });
  const server = sockets ? await serveEmulator(emulator) : undefined;
  onTestFinished(() => server?.close());
  const signal = patient(clock, 30_000);
  const send = sockets ? fetch : emulator.fetch;
  const response = await send(`${emulator.endpoint}${path}`, { method: "POST", signal });
  const reader = response.body?.getReader();
  expect((await reader?.read())?.value).toHaveLength(5);
  await expect(reader?.read()).rejects.toThrow("gave up at 30000");
});

it("timers stand while anything is under way, and where no emulator is silent", async () => {
  const clock = createTestClock(start);
  clock.setTimer(10, () => expect.unreachable());
  await turns(50);
  const silent = new AbortController();
  clock.silence(silent.signal);
  for (let turn = 0; turn < 50; turn++) {
    clock.now();
    await turns(1);
  }
  silent.abort();
  clock.silence(silent.signal);
  await turns(50);
  expect(clock.now()).toBe(start);
});

it("whoever begins to wait during a silence is waited for", async () => {
  const clock = createTestClock(start);
  clock.silence(new AbortController().signal);
  await turns(50);
  const fired = await new Promise((resolve) => clock.setTimer(10, () => resolve(clock.now() - start)));
  expect(fired).toBe(10);
});

it("without autoAdvance a silence waits for the hand that moves the clock", async () => {
  const clock = createTestClock(start, { autoAdvance: false });
  clock.setTimer(10, () => expect.unreachable());
  clock.silence(new AbortController().signal);
  await turns(50);
  expect(clock.now()).toBe(start);
});
