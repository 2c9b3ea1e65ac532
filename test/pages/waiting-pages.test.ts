import type { Page, PageCursor } from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { settleTimers } from "../support/turns.js";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { entries, names, open, overHttp, pageOf, pagesOf, server } from "./listing-provider.js";

refuseUnhandledRejections();

const SIZE = 10;
const PAGES = 25;
const ALL = SIZE * PAGES;
const list = entries(ALL);
const page = (number: number): Page => ({ ...pagesOf(list, SIZE)({ page: number }), total: ALL });
const untold = (number: number): Page => pagesOf(list, SIZE)({ page: number });
const predict = (_: unknown, cursor: PageCursor | undefined, total?: number) =>
  total !== undefined && pageOf(cursor) * SIZE >= total ? undefined : { page: pageOf(cursor) + 1 };

interface Seen {
  readonly ids: readonly string[];
  readonly asked: readonly number[];
  readonly mostOpen: number;
  /** How many requests were under way when each of these was made, itself among them. */
  readonly openAt: readonly number[];
  /** How many pages were asked for and not read to their ends, at most. */
  readonly mostHeld: number;
  readonly tookMs: number;
}

type Options = Omit<Parameters<typeof open>[0], "fetchPage">;

/** Reads a listing whose pages take 100 ms each, by a consumer that takes 10 ms for each page. */
async function read(answer: Parameters<typeof server>[0], options: Options = {}): Promise<Seen> {
  const clock = createTestClock();
  const listing = server(answer, clock);
  const ids: string[] = [];
  const openAt: number[] = [];
  let mostHeld = 0;
  const download = await open({
    clock,
    predict,
    fetchPage: overHttp,
    fetch: (input, init) => {
      const answered = listing.fetch(input, init);
      openAt.push(listing.open);
      mostHeld = Math.max(mostHeld, new Set(listing.asked).size - Math.floor(ids.length / SIZE));
      return answered;
    },
    ...options,
  });
  const begun = clock.now();
  for await (const { id } of download) if (ids.push(id) % SIZE === 0) await clock.sleep(10);
  const { asked, mostOpen } = listing;
  return { ids, asked, mostOpen, openAt, mostHeld, tookMs: clock.now() - begun };
}

describe("pages that came and wait", () => {
  it("are not counted against those under way where totals are told: twice as many are held, and none is asked for twice", async () => {
    for (const prefetchPages of [2, 4, 8]) {
      const { ids, asked, mostOpen, mostHeld } = await read(page, { prefetchPages });
      expect(ids).toEqual(names(ALL));
      expect(asked).toHaveLength(PAGES);
      expect(mostOpen).toBe(prefetchPages);
      expect(mostHeld).toBeGreaterThan(prefetchPages);
      expect(mostHeld).toBeLessThanOrEqual(2 * prefetchPages);
    }
  });

  it("are counted where none is told, where one page tells none, with a budget, and one at a time", async () => {
    const budget = { requests: 1000 };
    for (const [answer, options] of [
      [untold, {}],
      [(number: number) => (number === 3 ? untold(3) : page(number)), {}],
      [page, { budget }],
      [page, { budget: { deadline: Date.UTC(2030, 0) } }],
      [page, { prefetchPages: 1 }],
    ] as const) {
      const { ids, mostHeld } = await read(answer, options);
      expect(ids).toEqual(names(ALL));
      expect(mostHeld).toBe("prefetchPages" in options ? 1 : 4);
    }
  });

  it("take no more bytes than allowed", async () => {
    const wide = (number: number): Page => ({ ...page(number), filling: "x".repeat(1000) }) as Page;
    const maxBufferedBytes = Math.ceil(5.5 * JSON.stringify(wide(12)).length);
    const { ids, mostHeld } = await read(wide, { prefetchPages: 4, maxBufferedBytes });
    expect(ids).toEqual(names(ALL));
    expect(mostHeld).toBe(5);
  });

  it("stop to come when the consumer stops", async () => {
    const clock = createTestClock();
    const listing = server(page, clock);
    const download = await open({
      clock,
      predict,
      prefetchPages: 3,
      fetchPage: overHttp,
      fetch: listing.fetch,
    });
    const records = download[Symbol.asyncIterator]();
    for (let count = 0; count < 9 * SIZE + 1; count++) await records.next();
    for (let turn = 0; turn < 5; turn++) await settleTimers();
    // Page 10 is in hand.
    expect(Math.max(...listing.asked)).toBe(9 + 2 * 3);
    await records.return?.();
    expect(listing.open).toBe(0);
  });

  it("stay where a 429 calls back others, and count until there are as many at a time as before", async () => {
    let refusals = 0;
    const { ids, asked, mostOpen, openAt } = await read(
      (number) => {
        const refuses = number === 10 && refusals++ === 0;
        return refuses ? new Response(null, { status: 429, headers: { "retry-after": "60" } }) : page(number);
      },
      { prefetchPages: 8 },
    );
    expect(ids).toEqual(names(ALL));
    expect(mostOpen).toBe(8);
    const twice = asked.filter((number, at) => asked.indexOf(number) < at);
    // The one refused, and of those under way at the same time the half that came last.
    expect(twice.length).toBeLessThanOrEqual(1 + 4);
    expect(Math.min(...twice)).toBe(10);
    // Half as many from then on, and slowly more again, though pages wait beside them.
    const resumed = asked.findIndex((number, at) => asked.indexOf(number) < at);
    expect(Math.max(...openAt.slice(resumed))).toBeLessThanOrEqual(4 + 1);
  });

  it("are few where the total is wrong: no more is asked for beyond the end of a short listing than without waiting", async () => {
    for (const pages of [1, 2, 3]) {
      const short = pagesOf(entries(pages * SIZE), SIZE);
      const { asked } = await read((number) => ({ ...short({ page: number }), total: 5000 }), {
        prefetchPages: 4,
      });
      expect(Math.max(...asked)).toBeLessThanOrEqual(pages + 3);
    }
  });
});
