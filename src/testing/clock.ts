/** A clock that stands still until something sleeps on it or moves it by hand. All times are milliseconds. */
export interface TestClock {
  /** Virtual milliseconds since the epoch. */
  now(): number;
  /**
   * Resolves once `ms` of virtual time have passed. With `autoAdvance` (the default) the clock jumps there by itself;
   * several sleepers wake in the order of their times. Rejects with the signal's reason when aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back when virtual time has moved by `ms`. Returns the function that cancels it. Never moves time itself. */
  setTimer(ms: number, callback: () => void): () => void;
  /** Every duration that was slept, in the order asked for. */
  readonly sleeps: readonly number[];
  /** How many timers and sleeps are waiting: 0 at the end of a test says that nothing leaked. */
  readonly waiting: number;
  /** Moves time on and fires what falls due on the way, in order, each at its own time. */
  advance(ms: number): void;
}

export interface TestClockOptions {
  /** Whether a sleep moves time by itself. Default `true`; with `false` sleepers wait for `advance`. */
  readonly autoAdvance?: boolean;
}

interface Waiting {
  readonly due: number;
  readonly order: number;
  readonly sleeping: boolean;
  readonly fire: () => void;
}

/**
 * A virtual clock for tests: hours of waiting pass at once, and in a known order.
 *
 * @param start - where the clock begins; default 2026-01-01T00:00:00Z
 *
 * @example
 * ```ts
 * const clock = createTestClock();
 * const emulator = createAuthgearEmulator({ clock, keys, jobDurationMs: 90_000 });
 * const client = createExportClient({ providers, fetch: emulator.fetch, clock });
 * ```
 */
export function createTestClock(
  start: number | Date = Date.UTC(2026, 0, 1),
  options: TestClockOptions = {},
): TestClock {
  const autoAdvance = options.autoAdvance ?? true;
  const sleeps: number[] = [];
  const waiting = new Set<Waiting>();
  let current = Number(start);
  let order = 0;
  let jumping = false;

  function next(onlySleepers: boolean): Waiting | undefined {
    let first: Waiting | undefined;
    for (const entry of waiting) {
      if (onlySleepers && !entry.sleeping) continue;
      if (
        first === undefined ||
        entry.due < first.due ||
        (entry.due === first.due && entry.order < first.order)
      )
        first = entry;
    }
    return first;
  }

  function runUntil(time: number): void {
    for (let entry = next(false); entry !== undefined && entry.due <= time; entry = next(false)) {
      waiting.delete(entry);
      current = Math.max(current, entry.due);
      entry.fire();
    }
    current = Math.max(current, time);
  }

  function wait(ms: number, sleeping: boolean, fire: () => void): () => void {
    const entry: Waiting = { due: current + Math.max(0, ms || 0), order: order++, sleeping, fire };
    waiting.add(entry);
    return () => waiting.delete(entry);
  }

  // A macrotask, so that everything that happens "at the same time" settles before time moves on.
  function jumpSoon(): void {
    if (!autoAdvance || jumping) return;
    jumping = true;
    setTimeout(() => {
      jumping = false;
      const sleeper = next(true);
      if (sleeper !== undefined) runUntil(sleeper.due);
      if (next(true) !== undefined) jumpSoon();
    }, 0);
  }

  return {
    now: () => current,
    sleeps,
    get waiting() {
      return waiting.size;
    },
    setTimer: (ms, callback) => wait(ms, false, callback),
    advance: (ms) => runUntil(current + Math.max(0, ms)),
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      sleeps.push(ms);
      return new Promise<void>((resolve, reject) => {
        const cancel = wait(ms, true, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        const onAbort = () => {
          cancel();
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        jumpSoon();
      });
    },
  };
}
