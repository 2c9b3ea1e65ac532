import fc from "fast-check";
import { it } from "vitest";

// Two variables of the environment steer the tests of this folder:
//
//   EXPORTKIT_FUZZ_SEED   a whole number, or "random". Default 20260101, so that an ordinary run is the same every time.
//   EXPORTKIT_FUZZ_RUNS   how many times the ordinary number of cases. Default 1.
//
// A long run with new inputs, which prints how many cases each property got:
//
//   EXPORTKIT_FUZZ_SEED=random EXPORTKIT_FUZZ_RUNS=50 vitest run test/fuzz --maxWorkers=1
//
// A failure names its seed and its path; the same seed and number of runs bring it back.

const runs = Number(process.env.EXPORTKIT_FUZZ_RUNS ?? "1");
const timeoutMs = runs > 1 ? 60 * 60 * 1000 : 30_000;
const seed = seedOf(process.env.EXPORTKIT_FUZZ_SEED ?? "20260101");

function seedOf(text: string): number {
  const number = text === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw new TypeError("EXPORTKIT_FUZZ_SEED must be a whole number or the word random");
}

/** Cases in a fixed order: `most` of them, times the number of runs, spread over the whole and begun by the seed. */
export function fuzzEvery<T>(
  name: string,
  most: number,
  cases: () => Promise<readonly T[]>,
  check: (input: T) => Promise<void>,
): void {
  it(name, { timeout: timeoutMs }, async () => {
    const all = await cases();
    const step = Math.max(1, Math.ceil(all.length / (most * runs)));
    let done = 0;
    for (let index = seed % step; index < all.length; index += step) {
      const input = all[index] as T;
      done += 1;
      await check(input).catch((cause: unknown) => {
        throw new Error(`with ${JSON.stringify(input)}: ${String(cause)}`, { cause });
      });
    }
    if (runs > 1) console.info(`${name}: ${done} cases`);
  });
}

/** A test that gives generated inputs to `check`, which throws where something is wrong. */
export function fuzz<T>(
  name: string,
  cases: number,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => Promise<void> | void,
): void {
  const numRuns = Math.max(1, Math.round(cases * runs));
  it(name, { timeout: timeoutMs }, async () => {
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
      if (runs > 1) console.info(`${name}: ${done} cases, seed ${seed}`);
    }
  });
}
