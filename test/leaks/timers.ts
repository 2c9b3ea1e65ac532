export interface TimerCount {
  /** How many timers of ours have neither fired nor been cleared. */
  running(): number;
}

/** Counts the timers started from now on, but for those that the runtime starts for itself. */
export function countTimers(): TimerCount {
  const timers = new Set<unknown>();
  const { setTimeout: start, clearTimeout: end } = globalThis;
  globalThis.setTimeout = ((callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const [, , caller = ""] = new Error().stack?.split("\n") ?? [];
    if (caller.includes("node:internal")) return start(callback, ms, ...args);
    const timer = start(() => {
      timers.delete(timer);
      callback(...args);
    }, ms);
    timers.add(timer);
    return timer;
  }) as typeof start;
  globalThis.clearTimeout = (timer) => {
    timers.delete(timer);
    end(timer);
  };
  return { running: () => timers.size };
}
