import { describe, expect, it } from "vitest";
import { growingExport, mistakes, none } from "../providers/zephr/growing-export.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";

const USERS = 600;

interface Listing {
  readonly pageSize: number;
  readonly prefetchPages: number;
  readonly addedPerPage: number;
  readonly order: "newest" | "oldest" | "scattered";
}

/** Everything that invocations deliver together, each with so many requests and no more. */
async function delivered(listing: Listing, budgets: readonly number[]): Promise<readonly string[]> {
  const { ids, read } = await growingExport({ users: USERS, ...listing });
  for (let invocation = 0; ; invocation++) {
    expect(invocation).toBeLessThan(200);
    const more = await read(Infinity, { requests: budgets[invocation % budgets.length] ?? 8 });
    if (!more) return ids;
  }
}

describe("a listing that grows while invocations with budgets read it", () => {
  it.each([3, 4, 6, 8, 12])("comes whole and once, %i requests at a time", async (requests) => {
    const listing: Listing = { pageSize: 200, prefetchPages: 4, addedPerPage: 1, order: "newest" };
    expect(mistakes(await delivered(listing, [requests]), USERS)).toEqual(none);
  });

  // What stands behind a checkpoint's place must be known there, too.
  it("comes whole and once where budgets end in the middle of scattered additions", async () => {
    const listing: Listing = { pageSize: 50, prefetchPages: 2, addedPerPage: 1, order: "scattered" };
    expect(mistakes(await delivered(listing, [6, 5]), USERS)).toEqual(none);
  });

  // Pages that are read together never agree there, and what they cost was all that a budget had behind its place.
  it("comes whole and once where it grows with every page, in few invocations", async () => {
    const listing: Listing = { pageSize: 50, prefetchPages: 4, addedPerPage: 7, order: "scattered" };
    const { ids, read } = await growingExport({ users: USERS, ...listing });
    let invocations = 1;
    for (const requests of [5, 8, 7, 8, 5, 5]) {
      if (!(await read(Infinity, { requests }))) break;
      invocations += 1;
    }
    expect(invocations).toBeLessThan(6);
    expect(mistakes(ids, USERS)).toEqual(none);
  });

  it("comes whole and once, whatever the budgets and however it grows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          pageSize: fc.constantFrom(50, 150, 300),
          prefetchPages: fc.integer({ min: 1, max: 5 }),
          addedPerPage: fc.integer({ min: 0, max: 10 }),
          order: fc.constantFrom("newest", "oldest", "scattered"),
        }),
        // With fewer a listing may grow faster than its place is found again.
        fc.array(fc.integer({ min: 5, max: 12 }), { minLength: 1, maxLength: 5 }),
        async (listing, budgets) => {
          expect(mistakes(await delivered(listing, budgets), USERS)).toEqual(none);
        },
      ),
      { numRuns: runs(8) },
    );
  });
});
