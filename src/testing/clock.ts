import { emulatorOptions, isDate, wrongOption } from "./check-options.js";
import { createSilenceWatch } from "./silence.js";

/**
 * A clock that stands still until something sleeps on it, an emulator leaves a request without an answer, or it is moved
 * by hand. All times are milliseconds.
 */
export interface TestClock {
  /** Virtual milliseconds since the epoch. */
  now(): number;
  /** Virtual milliseconds that only move on, whatever {@link TestClock.setBack} does. */
  monotonic(): number;
  /**
   * Resolves once `ms` of virtual time have passed. With `autoAdvance` (the default) the clock jumps there by itself;
   * several sleepers wake in the order of their times. Rejects with the signal's reason when aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back when virtual time has moved by `ms`. Returns the function that cancels it. Does not move time itself: a
   * timeout runs out when a sleep passes it and nobody has used the clock for some turns of the event loop (fifty, or 500
   * where somebody always does), during a {@link TestClock.silence}, or by `advance`.
   */
  setTimer(ms: number, callback: () => void): () => void;
  /**
   * Told by emulators that go by this clock: one request gets no answer any more (`hang`, `stall`) until `over` is aborted,
   * which is when its caller gives up. With `autoAdvance` time then moves on to the next timer as soon as nothing else
   * happens, so that timeouts run out at once. Call it from a `fetch` of your own that never answers.
   */
  silence(over: AbortSignal): void;
  /** Every duration that was slept, in the order asked for. */
  readonly sleeps: readonly number[];
  /** How many timers and sleeps are waiting: 0 at the end of a test says that nothing leaked. */
  readonly waiting: number;
  /** Moves time on and fires what falls due on the way, in order, each at its own time. */
  advance(ms: number): void;
  /** Sets what {@link TestClock.now} tells back by `ms`, or forward by a negative number, as a time server would. */
  setBack(ms: number): void;
}

/** Options of {@link createTestClock}. */
export interface TestClockOptions {
  /**
   * Whether sleeps, and requests that an emulator never answers, move time by themselves. Default `true`; with `false`
   * sleepers and timers wait for `advance`.
   */
  readonly autoAdvance?: boolean;
}

interface Waiting {
  readonly due: number;
  readonly order: number;
  readonly sleeping: boolean;
  readonly fire: () => void;
}

/**
 * A timer that a sleep is about to pass may be the timeout of a request that is being signed, or answered, on another
 * thread, while somebody else sleeps. So many turns of the event loop must pass in which nobody uses the clock, before
 * time is up for it.
 */
const turnsOfCalm = 50;

/** After so many turns time is up whoever uses the clock: some look at it again and again. */
const turnsAtMost = 500;

const CALL = "createTestClock";

/**
 * A virtual clock for tests: hours of waiting pass at once, and in a known order. Give the same one to the client and to
 * the emulator; then the timeouts of requests that the emulator never answers run out at once too.
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
  const { autoAdvance } = emulatorOptions(CALL, options, { autoAdvance: true });
  const sleeps: number[] = [];
  const waiting = new Set<Waiting>();
  let current = Number(typeof start === "number" || isDate(start) ? start : Number.NaN);
  if (!Number.isFinite(current)) throw wrongOption(CALL, "start", "must be a Date, or ms since the epoch");
  let setBackBy = 0;
  let order = 0;
  let jumping = false;
  let calmTurns = 0;
  let heldTurns = 0;

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
    stir();
    return () => waiting.delete(entry);
  }

  // A macrotask, so that everything that happens "at the same time" settles before time moves on.
  function jumpSoon(): void {
    if (!autoAdvance || jumping) return;
    jumping = true;
    setTimeout(() => {
      jumping = false;
      calmTurns += 1;
      const sleeper = next(true);
      const isHeld = next(false) !== sleeper && calmTurns <= turnsOfCalm && ++heldTurns <= turnsAtMost;
      if (sleeper !== undefined && !isHeld) {
        heldTurns = 0;
        runUntil(sleeper.due);
      }
      if (next(true) !== undefined) jumpSoon();
    }, 0);
  }

  function stir(): void {
    calmTurns = 0;
    watch.stir();
  }

  const watch = createSilenceWatch(() => {
    const entry = next(false);
    if (entry !== undefined) runUntil(entry.due);
    return entry !== undefined;
  });

  return {
    // Whoever asks for the time is at work.
    now() {
      stir();
      return current - setBackBy;
    },
    monotonic: () => current,
    sleeps,
    get waiting() {
      return waiting.size;
    },
    setTimer: (ms, callback) => wait(ms, false, callback),
    silence(over) {
      if (autoAdvance) watch.begin(over);
    },
    advance: (ms) => runUntil(current + Math.max(0, ms)),
    setBack(ms) {
      setBackBy += ms;
    },
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
