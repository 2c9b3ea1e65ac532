import { beforeEach, describe, expect, it } from "vitest";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { type Change, readChanging, wrongs } from "./changing-listing.js";

interface Model {
  readonly size: number;
  readonly initial: number;
  readonly prefetchPages: number;
  readonly totals: boolean;
  readonly place: Change["place"];
  /** How many are added after each page that is read, by turn. */
  readonly added: readonly number[];
  readonly waits: readonly number[];
}

const model = {
  initial: fc.nat(40),
  size: fc.integer({ min: 1, max: 7 }),
  prefetchPages: fc.integer({ min: 1, max: 6 }),
  totals: fc.constant(true),
  place: fc.constantFrom<Change["place"]>(0, 1, "scattered"),
  added: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
  waits: fc.array(fc.nat(40), { minLength: 1, maxLength: 9 }),
};

const quietModel = {
  ...model,
  prefetchPages: fc.constant(1),
  totals: fc.constant(false),
  size: fc.integer({ min: 3, max: 7 }),
  added: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
};

/** What is wrong after a reading, in one go or in parts between which more are added. */
async function mistakes(
  { added, place, ...options }: Model,
  parts: readonly number[] = [],
  meanwhile: readonly number[] = [],
) {
  const add = (count: number): Change => ({ kind: "add", count, place });
  const outcome = await readChanging({
    ...options,
    links: true,
    changes: added.map(add),
    parts,
    meanwhile: meanwhile.map((count) => [add(count)]),
  });
  // Where more than a page is added with every page it may outgrow the reading, and then that is said.
  const isOutgrown =
    outcome.error?.code === "ARTIFACT_CHANGED" && added.some((count) => count > options.size);
  if (outcome.error && !isOutgrown) throw outcome.error;
  const { lost, twice } = wrongs(outcome);
  if (isOutgrown) outgrown += 1;
  return { lost: isOutgrown ? [] : lost, twice };
}

let outgrown = 0;
beforeEach(() => {
  outgrown = 0;
});

const none = { lost: [], twice: [] };

describe("a listing that grows while it is read", () => {
  it("comes whole and once wherever records are added and in whatever order pages are read, with a total", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(model), async (options) => {
        expect(await mistakes(options)).toEqual(none);
      }),
      { numRuns: runs(60) },
    );
    expect(outgrown).toBeLessThanOrEqual(runs(60) / 20);
  });

  it("comes whole and once without a total, page by page, where less than a page is added between two", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(quietModel), async (options) => {
        expect(await mistakes(options)).toEqual(none);
      }),
      { numRuns: runs(60) },
    );
  });

  it("comes whole and once without a total, fetched ahead, where records are added at one end", async () => {
    const atOneEnd = fc.record({
      ...model,
      totals: fc.constant(false),
      size: fc.integer({ min: 8, max: 12 }),
      prefetchPages: fc.integer({ min: 2, max: 4 }),
      place: fc.constantFrom<Change["place"]>(0, 1),
      added: fc.array(fc.nat(1), { minLength: 1, maxLength: 6 }),
      initial: fc.nat(90),
    });
    await fc.assert(
      fc.asyncProperty(atOneEnd, async (options) => {
        expect(await mistakes(options)).toEqual(none);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe("a listing read in parts", () => {
  const parts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  const meanwhile = fc.array(fc.nat(12), { minLength: 1, maxLength: 5 });

  it("comes whole and once although records are added during the parts and between them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(model), parts, meanwhile, async (options, sizes, added) => {
        expect(await mistakes(options, sizes, added)).toEqual(none);
      }),
      { numRuns: runs(12) },
    );
    expect(outgrown).toBeLessThanOrEqual(Math.ceil(runs(12) / 20));
  });

  it("finds its place without a total as well", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(quietModel), parts, meanwhile, async (options, sizes, added) => {
        expect(await mistakes(options, sizes, added)).toEqual(none);
      }),
      { numRuns: runs(12) },
    );
  });
});
