import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/model/clock.js";
import { rejection } from "../support/outcome.js";

const DAY = 86_400_000;

describe("systemClock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("tells the system's time", () => {
    vi.setSystemTime(1_234);
    expect(systemClock.now()).toBe(1_234);
  });

  it.each([1, 5_000, 60 * DAY])("sleeps for %d ms, and no shorter", async (ms) => {
    let awake = false;
    const sleeping = systemClock.sleep(ms).then(() => {
      awake = true;
    });
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not sleep for nothing", async () => {
    await systemClock.sleep(0);
    await systemClock.sleep(-5);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("wakes with the signal's reason, and leaves no timer", async () => {
    const controller = new AbortController();
    const error = rejection(systemClock.sleep(60 * DAY, controller.signal));
    controller.abort("up");
    expect(await error).toBe("up");
    expect(vi.getTimerCount()).toBe(0);
    expect(await rejection(systemClock.sleep(0, controller.signal))).toBe("up");
    expect(await rejection(systemClock.sleep(5, controller.signal))).toBe("up");
  });

  it.each([1, 30_000, 60 * DAY])("calls back after %d ms, once", (ms) => {
    const callback = vi.fn();
    systemClock.setTimer(ms, callback);
    vi.advanceTimersByTime(ms - 1);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1 + 60 * DAY);
    expect(callback).toHaveBeenCalledOnce();
  });

  it("does not call back what is cancelled, however late", () => {
    const callback = vi.fn();
    const cancel = systemClock.setTimer(60 * DAY, callback);
    vi.advanceTimersByTime(40 * DAY);
    cancel();
    vi.advanceTimersByTime(40 * DAY);
    expect(callback).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("never calls back after an endless time", () => {
    const callback = vi.fn();
    const cancel = systemClock.setTimer(Number.POSITIVE_INFINITY, callback);
    vi.advanceTimersByTime(365 * DAY);
    expect(callback).not.toHaveBeenCalled();
    cancel();
  });
});
