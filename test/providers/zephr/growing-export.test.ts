import { zephrUserId } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { growingExport, mistakes, none } from "./growing-export.js";

const WITHOUT_END = Number.POSITIVE_INFINITY;

/** Numbers by turn, and nothing after so many, so that every export ends. */
function byTurn(numbers: readonly number[], turns = 15): (turn: number) => number {
  return (turn) => (turn > turns ? 0 : (numbers[turn % numbers.length] ?? 0));
}

const order = fc.constantFrom("newest", "oldest", "scattered");
const latencies = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 7 });

describe("a listing that grows while it is read", () => {
  it("comes whole and once, whatever the order in which pages are answered, where totals are told", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          users: fc.nat(40),
          pageSize: fc.integer({ min: 1, max: 7 }),
          prefetchPages: fc.integer({ min: 1, max: 5 }),
          order,
          shape: fc.constantFrom("object", "nested"),
          links: fc.boolean(),
          added: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
          latencies,
        }),
        async ({ users, added, latencies, ...options }) => {
          const run = await growingExport({
            ...options,
            users,
            addedPerPage: byTurn(added),
            latencyMs: byTurn(latencies, WITHOUT_END),
          });
          await run.read(WITHOUT_END);
          expect(mistakes(run.ids, users)).toEqual(none);
        },
      ),
      { numRuns: runs(8) },
    );
  });

  it("comes whole and once page by page where no total is told, as long as less than a page is added meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          users: fc.nat(40),
          pageSize: fc.integer({ min: 3, max: 7 }),
          order,
          added: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
        }),
        async ({ users, added, ...options }) => {
          const run = await growingExport({
            ...options,
            users,
            prefetchPages: 1,
            shape: "array",
            addedPerPage: byTurn(added),
          });
          await run.read(WITHOUT_END);
          expect(mistakes(run.ids, users)).toEqual(none);
        },
      ),
      { numRuns: runs(8) },
    );
  });

  it("comes whole and once with pages fetched ahead and no total, where users are added at one end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          users: fc.nat(60),
          pageSize: fc.integer({ min: 6, max: 9 }),
          prefetchPages: fc.integer({ min: 2, max: 4 }),
          order: fc.constantFrom("newest", "oldest"),
          added: fc.array(fc.nat(1), { minLength: 1, maxLength: 6 }),
          latencies,
        }),
        async ({ users, added, latencies, ...options }) => {
          const run = await growingExport({
            ...options,
            users,
            shape: "array",
            addedPerPage: byTurn(added),
            latencyMs: byTurn(latencies, WITHOUT_END),
          });
          await run.read(WITHOUT_END);
          expect(mistakes(run.ids, users)).toEqual(none);
        },
      ),
      { numRuns: runs(8) },
    );
  });
});

describe("an export interrupted and continued", () => {
  it("after any record gives the same users, none lost and none twice, while users are added", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          users: fc.integer({ min: 1, max: 25 }),
          pageSize: fc.integer({ min: 2, max: 7 }),
          prefetchPages: fc.integer({ min: 1, max: 4 }),
          order,
          added: fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }),
          parts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
          meanwhile: fc.array(fc.nat(25), { minLength: 1, maxLength: 5 }),
          latencies,
        }),
        async ({ users, added, parts, meanwhile, latencies, ...options }) => {
          const run = await growingExport({
            ...options,
            users,
            addedPerPage: byTurn(added),
            latencyMs: byTurn(latencies, WITHOUT_END),
          });
          for (let part = 0; await run.read(parts[part % parts.length] ?? 1); part++) {
            if (part < 8) run.emulator.addUsers(meanwhile[part % meanwhile.length] ?? 0);
          }
          expect(mistakes(run.ids, users)).toEqual(none);
        },
      ),
      { numRuns: runs(4) },
    );
  });

  it("after every single record finds its place again, also without totals", async () => {
    for (const order of ["newest", "oldest", "scattered"] as const) {
      const users = 17;
      const run = await growingExport({ users, pageSize: 4, prefetchPages: 1, order, shape: "array" });
      for (let part = 0; await run.read(1); part++) if (part < users) run.emulator.addUsers(part % 4);
      expect(mistakes(run.ids, users)).toEqual(none);
    }
  });

  it("finds its place after far more users were added than a page holds", async () => {
    const run = await growingExport({ users: 30, pageSize: 5, prefetchPages: 4 });
    await run.read(13);
    run.emulator.addUsers(1000);
    await run.read(WITHOUT_END);
    expect(mistakes(run.ids, 30)).toEqual(none);
    expect(run.ids).toHaveLength(30);
  });

  it("loses nobody when up to a page of users was deleted meanwhile", async () => {
    for (const removed of [1, 3, 5]) {
      const run = await growingExport({ users: 30, pageSize: 5, prefetchPages: 2, order: "oldest" });
      await run.read(13);
      for (let user = 0; user < removed; user++) run.emulator.removeUser(user);
      await run.read(WITHOUT_END);
      expect(mistakes(run.ids, 30)).toEqual(none);
    }
  });

  it("ends with an error where nothing of its place is left, rather than guess", async () => {
    const run = await growingExport({ users: 300, pageSize: 50, prefetchPages: 1, order: "oldest" });
    await run.read(207);
    for (let user = 100; user < 210; user++) run.emulator.removeUser(user);
    await expect(run.read(WITHOUT_END)).rejects.toMatchObject({
      code: "ARTIFACT_CHANGED",
      operation: "page",
      message: expect.stringContaining("download the job from its beginning"),
    });
    expect(run.ids).toHaveLength(207);
  });

  it("finds its place by any of the last hundred users handed over", async () => {
    const run = await growingExport({ users: 300, pageSize: 50, prefetchPages: 1, order: "oldest" });
    await run.read(207);
    for (let user = 110; user < 210; user++) run.emulator.removeUser(user);
    await run.read(WITHOUT_END);
    expect(mistakes(run.ids, 300)).toEqual({
      lost: [zephrUserId(207), zephrUserId(208), zephrUserId(209)],
      twice: [],
    });
  });

  it("hands over the rest where everybody who came is gone", async () => {
    const run = await growingExport({ users: 20, pageSize: 5, prefetchPages: 1, order: "oldest" });
    await run.read(7);
    for (let user = 0; user < 7; user++) run.emulator.removeUser(user);
    await run.read(WITHOUT_END);
    expect(mistakes(run.ids, 20)).toEqual(none);
  });

  it("costs two more pages at most where nothing has changed", async () => {
    const run = await growingExport({ users: 20, pageSize: 5, prefetchPages: 1 });
    await run.read(10);
    const before = run.emulator.requests.length;
    await run.read(WITHOUT_END);
    expect(run.emulator.requests.length - before).toBe(4);
    expect(mistakes(run.ids, 20)).toEqual(none);
  });
});

describe("users deleted while pages are read", () => {
  it("do not hide others, where the total tells of it", async () => {
    for (const prefetchPages of [1, 4]) {
      let toRemove = 0;
      const run = await growingExport({
        users: 60,
        pageSize: 5,
        prefetchPages,
        order: "oldest",
        latencyMs: 10,
        addedPerPage: (pagesRead) => {
          if (pagesRead % 4 === 0 && toRemove < 6) run.emulator.removeUser(toRemove++);
          return 0;
        },
      });
      await run.read(WITHOUT_END);
      expect(toRemove).toBeGreaterThan(2);
      expect(mistakes(run.ids, 60)).toEqual(none);
    }
  });

  it("hide others where as many are added: what cannot be noticed is lost", async () => {
    const run = await growingExport({
      users: 20,
      pageSize: 5,
      prefetchPages: 1,
      order: "oldest",
      addedPerPage: (pagesRead) => {
        if (pagesRead !== 2) return 0;
        run.emulator.removeUser(0);
        return 1;
      },
    });
    await run.read(WITHOUT_END);
    expect(mistakes(run.ids, 20).lost).toHaveLength(1);
  });
});
