import { checkFunctions } from "./check-options.js";
import type { EmulatorClock } from "./emulator-contract.js";

/** A clock that can be put wrong. */
export interface ShiftableClock extends EmulatorClock {
  /** The time as it is, which is what an export's duration goes by. */
  trueNow(): number;
  /** Lets it be off by so many ms, from the true time. */
  shift(offsetMs: number): void;
}

/**
 * A clock that runs as another does, and can be set ahead or back.
 *
 * @example
 * ```ts
 * const clock = createShiftableClock({ now: () => 1_000 });
 * clock.shift(60_000);
 * clock.now() - clock.trueNow(); // 60_000
 * ```
 */
export function createShiftableClock(clock: EmulatorClock = { now: () => Date.now() }): ShiftableClock {
  checkFunctions("createShiftableClock", "clock", clock, ["now"], "a clock, such as createTestClock()");
  let offset = 0;
  const sleep = clock.sleep?.bind(clock);
  const silence = clock.silence?.bind(clock);
  return {
    now: () => clock.now() + offset,
    trueNow: () => clock.now(),
    ...(sleep && { sleep }),
    ...(silence && { silence }),
    shift(offsetMs) {
      offset = offsetMs;
    },
  };
}
