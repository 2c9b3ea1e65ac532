import { describe, expect, it } from "vitest";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { settle } from "../support/turns.js";
import {
  type Change,
  change,
  end,
  type Model,
  type Outcome,
  readChanging,
  shape,
  wrongs,
} from "./changing-listing.js";
import {
  type Entry,
  entries,
  idsOf,
  type ListingOptions,
  names,
  open,
  pageOf,
  pagesOf,
} from "./listing-provider.js";

// The promise of the README, "Who comes, and how often", as properties, tried with 1,000 listings; 20,000, always new
// ones, are `npm run test:properties 20 changing-listing`.
const RUNS = 1_000;
// They take seconds, and many of them on a machine that has other work.
const PATIENCE_MS = 180_000;

const EVERYTHING: readonly Change["kind"][] = ["add", "delete", "update"];
const none = { lost: [], twice: [] };

/** Checks a share of all runs; gives how many listings came whole, and how many were refused as changed. */
async function check(
  share: number,
  models: fc.Arbitrary<Model>,
  expected: (outcome: Outcome) => void = (outcome) => expect(wrongs(outcome)).toEqual(none),
): Promise<{ whole: number; refused: number }> {
  const outcomes = { whole: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(models, async (model) => {
      const outcome = await readChanging(model);
      if (outcome.error === undefined) {
        outcomes.whole += 1;
        expected(outcome);
      } else {
        outcomes.refused += 1;
        expect(outcome.error).toMatchObject({ operation: "page", job: { id: "job" } });
        // A page's worth of records exchanged in one moment looks like a page that is answered twice.
        if (!isExchanging(model)) expect(outcome.error.code).toBe("ARTIFACT_CHANGED");
        expect(wrongs(outcome).twice).toEqual([]);
      }
    }),
    { numRuns: runs(RUNS * share) },
  );
  return outcomes;
}

const changes = (kinds: readonly Change["kind"][], most: number) =>
  fc.array(change(kinds, most), { maxLength: 8 });
/** Several things in one moment. */
const moments = (things: fc.Arbitrary<Change>) =>
  fc.array(fc.array(things, { maxLength: 3 }), { maxLength: 8 });
const isExchanging = ({ changes }: Model): boolean => changes.some((moment) => Array.isArray(moment));
const fewerThanAPage = ({ changes, size }: Model): boolean =>
  (changes.flat() as readonly Change[]).every(({ count }) => count < size);

describe("everybody who stays comes once, or the listing is refused as changed,", () => {
  it(
    "with totals: whatever happens between two answers, and at checkpoints",
    async () => {
      const { whole, refused } = await check(0.3, fc.record({ ...shape, changes: changes(EVERYTHING, 9) }));
      expect(refused).toBeLessThan((whole + refused) / 20);
    },
    PATIENCE_MS,
  );

  it(
    "with totals: added anywhere and deleted at the end, in one moment",
    async () => {
      const atEnd = fc.record({
        kind: fc.constant("delete" as const),
        count: fc.nat(9),
        place: fc.constant(1),
      });
      const things = fc.oneof(change(["add", "update"], 9), atEnd);
      const { whole, refused } = await check(0.15, fc.record({ ...shape, changes: moments(things) }));
      expect(refused).toBeLessThan((whole + refused) / 10);
    },
    PATIENCE_MS,
  );

  it(
    "and nobody comes twice whatever is added and deleted in one moment, with totals and without",
    async () => {
      const told = {
        totals: fc.boolean(),
        unique: fc.constant(true),
        changes: moments(change(EVERYTHING, 9)),
      };
      const { whole, refused } = await check(0.15, fc.record({ ...shape, ...told }), (outcome) =>
        expect(wrongs(outcome).twice).toEqual([]),
      );
      expect(refused).toBeLessThan((whole + refused) / 10);
    },
    PATIENCE_MS,
  );

  it("with a total that is no longer believed, which says nothing of how far a record has moved", async () => {
    const changes: Change[] = [
      { kind: "delete", count: 1, place: 1 },
      { kind: "add", count: 4, place: 1 },
      { kind: "add", count: 8, place: 0 },
      { kind: "delete", count: 8, place: 0 },
    ];
    const outcome = await readChanging({
      initial: 1,
      size: 3,
      prefetchPages: 2,
      totals: true,
      links: false,
      waits: [0],
      parts: [1, 9, 1],
      meanwhile: [[]],
      changes,
    });
    expect([outcome.error, wrongs(outcome)]).toEqual([undefined, none]);
  });

  it("with totals that go down and up again while reading returns", async () => {
    const changes: Change[] = [
      { kind: "delete", count: 9, place: 1 },
      { kind: "add", count: 9, place: 0 },
      { kind: "add", count: 2, place: 0 },
      { kind: "delete", count: 1, place: 1 },
    ];
    const model: Model = {
      initial: 1,
      size: 4,
      prefetchPages: 1,
      totals: true,
      links: false,
      waits: [0],
      parts: [],
      meanwhile: [[]],
      changes,
    };
    const outcome = await readChanging(model);
    expect([outcome.error, wrongs(outcome)]).toEqual([undefined, none]);
  });

  const still: readonly Change[] = Array.from({ length: 40 }, () => ({ kind: "add", count: 0, place: 0 }));

  it.each<[string, Partial<Model>]>([
    [
      "there and back, with a page between that was guessed wrong",
      {
        initial: 3,
        prefetchPages: 3,
        waits: [1, 0],
        changes: [
          { kind: "delete", count: 1, place: 0 },
          { kind: "add", count: 1, place: 1 },
        ],
      },
    ],
    [
      "by as many as were added while reading returned",
      {
        initial: 10,
        size: 3,
        prefetchPages: 1,
        changes: [
          { kind: "add", count: 4, place: 0.75 },
          { kind: "add", count: 4, place: 0.55 },
          { kind: "delete", count: 4, place: 0 },
          ...still,
        ],
      },
    ],
  ])("with totals that go %s", async (_, special) => {
    const model = { size: 2, totals: true, waits: [0], parts: [], meanwhile: [[]], ...special } as Model;
    for (const links of [true, false]) {
      const outcome = await readChanging({ ...model, links });
      expect([outcome.error, wrongs(outcome)]).toEqual([undefined, none]);
    }
  });

  it("with totals that go there and back, as only the answer tells that nobody wants any more", async () => {
    let list = names(6);
    let arrive = () => {};
    const guessed = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const asked: number[] = [];
    const download = await open({
      prefetchPages: 3,
      predict: (_job, cursor) => ({ page: cursor === undefined ? 2 : 9 }),
      async fetchPage(cursor) {
        const page = pageOf(cursor);
        asked.push(page);
        if (page === 9) {
          const total = list.length - 1;
          await guessed;
          return { items: [], total };
        }
        if (page === 3 && list[0] === "e0") {
          // One was gone when the wrong page was read, and another one is there by now.
          list = [...list.slice(1), "e6"];
          void settle().then(arrive);
        }
        const items = list.slice(2 * page - 2, 2 * page).map((id) => ({ id }));
        return { items, total: list.length, ...(2 * page < list.length && { next: { page: page + 1 } }) };
      },
    });
    expect(await idsOf(download)).toEqual(names(7));
    expect(asked).toContain(9);
  });

  // The first page read again was passed over to find the place; the same records later are no circle.
  it("with totals that grow faster than it is read, in many parts", async () => {
    const outcome = await readChanging({
      initial: 3,
      size: 1,
      prefetchPages: 1,
      totals: true,
      links: false,
      waits: [0],
      parts: [3, 5],
      meanwhile: [[{ kind: "delete", count: 2, place: 1 }], [], []],
      changes: [
        { kind: "add", count: 0, place: 0 },
        { kind: "add", count: 7, place: 0 },
      ],
    });
    expect([outcome.error, wrongs(outcome)]).toEqual([undefined, none]);
    expect(outcome.ids).toContain("e4");
  });

  it("without totals, where pages given up are answered too", async () => {
    const add = (count: number): Change => ({ kind: "add", count, place: 0 });
    const outcome = await readChanging({
      initial: 7,
      size: 7,
      prefetchPages: 7,
      totals: false,
      links: false,
      waits: [0, 0, 2, 14, 0, 0],
      parts: [1, 8, 6],
      meanwhile: [[{ kind: "delete", count: 6, place: 0 }], []],
      changes: [5, 1, 1, 2, 3, 0, 4].map(add),
    });
    expect([outcome.error, wrongs(outcome)]).toEqual([undefined, none]);
  });

  it(
    "without totals, page by page: fewer than a page are added between two answers, anything at checkpoints",
    async () => {
      const models = fc
        .record({
          ...shape,
          totals: fc.constant(false),
          prefetchPages: fc.constant(1),
          changes: changes(["add", "update"], 6),
        })
        .filter(fewerThanAPage);
      const { whole, refused } = await check(0.2, models);
      expect(refused).toBeLessThan((whole + refused) / 20);
    },
    PATIENCE_MS,
  );

  it(
    "without totals, pages ahead: fewer than a page are added between two answers, at one end",
    async () => {
      const models = fc
        .record({
          ...shape,
          totals: fc.constant(false),
          changes: fc.oneof(...[0, 1].map((at) => end(at)), fc.constant([])),
        })
        .filter(fewerThanAPage);
      const { whole, refused } = await check(0.2, models);
      expect(refused).toBeLessThan((whole + refused) / 20);
    },
    PATIENCE_MS,
  );

  it.each([
    ["in front of a short page", 6],
    ["in front of a full page", 10],
    ["in front of two pages", 12],
  ])("without totals, where the end is read before the page %s", async (_, initial) => {
    for (const waits of [
      [0, 0, 1],
      [0, 0, 4, 0, 0, 0],
      [0, 0, 9, 0, 0, 0, 0, 0],
      [0, 0, 5, 0, 2, 0, 0, 0],
    ]) {
      const model: Model = {
        initial,
        size: 5,
        prefetchPages: 4,
        totals: false,
        links: false,
        waits,
        parts: [],
        meanwhile: [[]],
        changes: [{ kind: "add", count: 4, place: 0 }],
      };
      for (const links of [false, true]) {
        const outcome = await readChanging({ ...model, links });
        expect([outcome.error, wrongs(outcome)]).toEqual([undefined, none]);
      }
    }
  });
});

describe("records that are deleted behind as many as are added, in one moment,", () => {
  const SIZE = 100;

  /** A listing that moves by so many records, once, before page 21 is read. */
  async function readMoved(count: number, totals: boolean, unique = true, resumes = false) {
    let list: readonly Entry[] = entries(5_000);
    let isOver = false;
    const warnings: string[] = [];
    const options: ListingOptions = {
      prefetchPages: 1,
      ...(unique !== totals && { records: { unique } }),
      onEvent: (event) => {
        if (event.type === "warning") warnings.push(event.message);
      },
      fetchPage: async (cursor) => {
        if (pageOf(cursor) === 21 && !isOver) {
          isOver = true;
          list = [...entries(count, 10_000), ...list.slice(0, list.length - count)];
        }
        return { ...pagesOf(list, SIZE)(cursor), ...(totals && { total: list.length }) };
      },
    };
    const ids: string[] = [];
    let checkpoint: unknown;
    if (resumes) {
      const download = await open(options);
      for await (const { id } of download) if (ids.push(id) === 20 * SIZE) break;
      checkpoint = download.checkpoint();
    }
    ids.push(...(await idsOf(await open({ ...options, checkpoint }))));
    const stayed = list.map(({ id }) => id).filter((id) => Number(id.slice(1)) < 10_000);
    const came = new Set(ids);
    return { twice: ids.length - came.size, lost: stayed.filter((id) => !came.has(id)), warnings };
  }
  const told = expect.arrayContaining([
    expect.stringMatching(/may have come more than once, and some may be missing/),
  ]);

  it("do not come twice as far back as a thousand are remembered, and with totals it is told", async () => {
    for (const count of [50, 350, 850]) {
      expect(await readMoved(count, true)).toMatchObject({ twice: 0, lost: [], warnings: told });
      expect(await readMoved(count, false)).toMatchObject({ twice: 0, lost: [], warnings: [] });
    }
  });

  it("come twice from further back, and that is told", async () => {
    for (const totals of [true, false]) {
      const outcome = await readMoved(1_450, totals);
      expect(outcome).toMatchObject({ lost: [], warnings: told });
      expect(outcome.twice).toBeGreaterThan(0);
      expect(outcome.twice).toBeLessThanOrEqual(1_450);
    }
  });

  it("come twice from before the hundred that a checkpoint holds, and with totals that is told", async () => {
    expect(await readMoved(50, true, true, true)).toMatchObject({ twice: 0, lost: [], warnings: told });
    const outcome = await readMoved(450, true, true, true);
    expect(outcome).toMatchObject({ lost: [], warnings: told });
    expect(outcome.twice).toBeGreaterThan(0);
    expect(outcome.twice).toBeLessThanOrEqual(450);
  });

  it("are not told of where rows may be alike, and come again long after", async () => {
    const warnings: string[] = [];
    const list = Array.from({ length: 4_000 }, (_, index) => ({ id: `row ${index % 1_510}` }));
    const download = await open({
      records: { unique: false },
      onEvent: (event) => {
        if (event.type === "warning") warnings.push(event.message);
      },
      fetchPage: async (cursor) => ({ ...pagesOf(list, SIZE)(cursor), total: list.length }),
    });
    expect(await idsOf(download)).toEqual(list.map(({ id }) => id));
    expect(warnings).toEqual([]);
  });

  it("come twice from behind the page before where rows may be alike", async () => {
    expect((await readMoved(50, false, false)).twice).toBe(0);
    expect(await readMoved(350, false, false)).toMatchObject({ lost: [], twice: 350 });
  });
});
