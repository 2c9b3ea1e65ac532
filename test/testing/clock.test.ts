import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";

describe("sleeping", () => {
  it("moves time by itself and is recorded", async () => {
    const clock = createTestClock(1000);
    await clock.sleep(250);
    await clock.sleep(0);
    await clock.sleep(3_600_000);
    expect(clock.now()).toBe(3_601_250);
    expect(clock.sleeps).toEqual([250, 0, 3_600_000]);
    expect(clock.waiting).toBe(0);
  });

  it("several sleepers wake in the order of their times", async () => {
    const clock = createTestClock(0);
    const woken: [string, number][] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.now()]);
    };
    await Promise.all([sleeper("late", 300), sleeper("early", 100), sleeper("middle", 200)]);
    expect(woken).toEqual([
      ["early", 100],
      ["middle", 200],
      ["late", 300],
    ]);
  });

  it("fires the timers it passes, each at its own time", async () => {
    const clock = createTestClock(0);
    const fired: number[] = [];
    clock.setTimer(50, () => fired.push(clock.now()));
    clock.setTimer(200, () => fired.push(clock.now()));
    await clock.sleep(100);
    expect(fired).toEqual([50]);
    expect(clock.waiting).toBe(1);
  });

  it("waits for a request that is worked on before its timeout runs out", async () => {
    const clock = createTestClock(0);
    let isLate = false;
    const end = clock.setTimer(1_000, () => {
      isLate = true;
    });
    const answer = async () => {
      for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      end();
    };
    await Promise.all([clock.sleep(5_000), answer()]);
    expect(isLate).toBe(false);
    expect(clock.now()).toBe(5_000);
  });

  it("passes a timer in the end, though somebody looks at the time again and again", async () => {
    const clock = createTestClock(0);
    let isUp = false;
    clock.setTimer(1_000, () => {
      isUp = true;
    });
    let isAwake = false;
    const sleep = clock.sleep(5_000).then(() => {
      isAwake = true;
    });
    while (!isAwake) {
      clock.now();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await sleep;
    expect(isUp).toBe(true);
    expect(clock.now()).toBe(5_000);
  });

  it("rejects with the signal's reason, before and during", async () => {
    const clock = createTestClock(0);
    const aborted = new AbortController();
    aborted.abort(new Error("before"));
    await expect(clock.sleep(10, aborted.signal)).rejects.toThrow("before");
    const running = new AbortController();
    const sleep = clock.sleep(10, running.signal);
    running.abort(new Error("during"));
    await expect(sleep).rejects.toThrow("during");
    expect(clock.now()).toBe(0);
    expect(clock.sleeps).toEqual([10]);
    expect(clock.waiting).toBe(0);
  });

  it("can be made to wait for the hand that moves it", async () => {
    const clock = createTestClock(0, { autoAdvance: false });
    let awake = false;
    const sleep = clock.sleep(100).then(() => {
      awake = true;
    });
    clock.advance(99);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(awake).toBe(false);
    clock.advance(1);
    await sleep;
    expect(clock.now()).toBe(100);
  });
});

describe("timers", () => {
  it("fire in order, also those set by others on the way", () => {
    const clock = createTestClock(0);
    const fired: [string, number][] = [];
    clock.setTimer(30, () => fired.push(["c", clock.now()]));
    clock.setTimer(10, () => {
      fired.push(["a", clock.now()]);
      clock.setTimer(10, () => fired.push(["b", clock.now()]));
      clock.setTimer(1000, () => fired.push(["never", clock.now()]));
    });
    clock.setTimer(30, () => fired.push(["d", clock.now()]));
    clock.advance(40);
    expect(fired).toEqual([
      ["a", 10],
      ["b", 20],
      ["c", 30],
      ["d", 30],
    ]);
    expect(clock.now()).toBe(40);
  });

  it("do not fire once cancelled, nor move time", async () => {
    const clock = createTestClock(0);
    const cancel = clock.setTimer(10, () => expect.unreachable());
    cancel();
    clock.advance(100);
    clock.setTimer(10, () => expect.unreachable());
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(clock.now()).toBe(100);
  });
});
