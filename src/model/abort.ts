import type { Clock } from "./clock.js";

/** An abort controller that also follows a parent signal, until it is released. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Aborts after `ms` ms, with what `reason` returns then. */
  abortAfter(clock: Clock, ms: number, reason: () => unknown): void;
  /** Stops what was set by `abortAfter`. */
  stopTimers(): void;
  /** Lets go of the parent, so that a long-lived signal gathers no listeners. */
  unfollow(): void;
  /** Lets go of the parent, and stops the timers. */
  release(): void;
}

/**
 * `AbortSignal.any` would do, but not every edge runtime has it, and it cannot be released early.
 *
 * @param follows - whether the parent is heeded at the moment when it is aborted; default always
 */
export function linkAbort(parent: AbortSignal | undefined, follows = () => true): LinkedAbort {
  const controller = new AbortController();
  const timers: (() => void)[] = [];
  const follow = () => {
    if (follows()) controller.abort(parent?.reason);
  };
  const stopTimers = () => {
    for (const stop of timers.splice(0)) stop();
  };
  const unfollow = () => parent?.removeEventListener("abort", follow);
  if (parent?.aborted) follow();
  else parent?.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    abortAfter(clock, ms, reason) {
      timers.push(clock.setTimer(ms, () => controller.abort(reason())));
    },
    stopTimers,
    unfollow,
    release() {
      stopTimers();
      unfollow();
    },
  };
}

/** Settles like what `work` returns, unless the signal is aborted first: then it rejects with the signal's reason. */
export async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      work().then(resolve, reject);
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
