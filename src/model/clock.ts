/**
 * Time as the engine sees it. Replace it to test waits without waiting; `createTestClock` of `exportkit/testing` is one.
 */
export interface Clock {
  /** Milliseconds since the epoch: the wall clock, which people and time servers set back and forth. */
  now(): number;
  /**
   * Milliseconds since some moment, which only ever move on: durations go by it. Default: the runtime's own
   * (`performance.now()`), moved on by every sleep and timer of this clock that came to its end.
   */
  monotonic?(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`; returns what cancels it. Used for timeouts. */
  setTimer(ms: number, callback: () => void): () => void;
}

// Timers hold a signed 32-bit number of milliseconds; a longer one fires at once instead of late.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A clock that can also tell durations. */
export interface SteadyClock extends Clock {
  monotonic(): number;
}

export const systemClock: SteadyClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),

  async sleep(ms, signal) {
    for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
      await sleepOnce(Math.min(left, LONGEST_TIMER_MS), signal);
    }
    signal?.throwIfAborted();
  },

  setTimer(ms, callback) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (left: number) => {
      timer = setTimeout(
        () => (left > LONGEST_TIMER_MS ? arm(left - LONGEST_TIMER_MS) : callback()),
        Math.min(left, LONGEST_TIMER_MS),
      );
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};

/** The clock with a monotonic time. One that brings none is a virtual one as often as not, whose time moves by waiting. */
export function steady(clock: Clock): SteadyClock {
  if (clock.monotonic) return clock as SteadyClock;
  let ahead = 0;
  const monotonic = () => performance.now() + ahead;
  const reach = (moment: number) => {
    ahead = Math.max(ahead, moment - performance.now());
  };
  return {
    now: () => clock.now(),
    monotonic,
    async sleep(ms, signal) {
      const end = monotonic() + ms;
      await clock.sleep(ms, signal);
      reach(end);
    },
    setTimer(ms, callback) {
      const end = monotonic() + ms;
      return clock.setTimer(ms, () => {
        reach(end);
        callback();
      });
    },
  };
}

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
