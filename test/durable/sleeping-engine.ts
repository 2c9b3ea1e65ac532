import type { Engine } from "exportkit/durable";
import type { TestClock } from "exportkit/testing";

/** An engine without a memory, whose sleeps move the clock; `sleeps` has their lengths in ms. */
export function sleepingEngine(clock: TestClock) {
  const sleeps: number[] = [];
  const engine: Engine = {
    step: async (_, run) => JSON.parse(JSON.stringify(await run())),
    async sleepUntil(_, at) {
      const ms = Math.max(0, at - clock.now());
      sleeps.push(ms);
      clock.advance(ms);
    },
  };
  return { engine, sleeps };
}
