import { it } from "vitest";
import fc from "../support/fast-check.js";
import { runs, times } from "../support/runs.js";
import { seed } from "../support/seed.js";

// A long run with new inputs, which prints how many cases each property got, is `npm run test:properties 50 fuzz`.
// A failure names its seed and its path; the same seed and number of runs bring it back.

/** Cases in a fixed order: `most` of them, times the number of runs, spread over the whole and begun by the seed. */
export function fuzzEvery<T>(
  name: string,
  most: number,
  cases: () => Promise<readonly T[]>,
  check: (input: T) => Promise<void>,
): void {
  it(name, async () => {
    const all = await cases();
    const step = Math.max(1, Math.ceil(all.length / runs(most)));
    let done = 0;
    for (let index = seed % step; index < all.length; index += step) {
      const input = all[index] as T;
      done += 1;
      await check(input).catch((cause: unknown) => {
        throw new Error(`with ${JSON.stringify(input)}: ${String(cause)}`, { cause });
      });
    }
    if (times > 1) console.info(`${name}: ${done} cases`);
  });
}

/** A test that gives generated inputs to `check`, which throws where something is wrong. */
export function fuzz<T>(
  name: string,
  cases: number,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => Promise<void> | void,
): void {
  const numRuns = runs(cases);
  it(name, async () => {
    let done = 0;
    try {
      await fc.assert(
        fc.asyncProperty(inputs, async (input) => {
          done += 1;
          await check(input);
        }),
        { numRuns, seed },
      );
    } finally {
      if (times > 1) console.info(`${name}: ${done} cases, seed ${seed}`);
    }
  });
}
