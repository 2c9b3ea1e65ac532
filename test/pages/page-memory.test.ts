import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Page } from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { settleTimers } from "../support/turns.js";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { entries, idsOf, names, open, overHttp, pageOf, pagesOf, server } from "./listing-provider.js";

refuseUnhandledRejections();

const SIZE = 10;
const PAGES = 25;
const page = (number: number) => pagesOf(entries(SIZE * PAGES), SIZE)({ page: number });

describe("memory", () => {
  const large = (number: number) => ({
    items: [{ id: `f${number}`, filling: "x".repeat(2000) }],
    ...(number < 12 && { next: { page: number + 1 } }),
  });

  it("bounds how many pages are fetched ahead by their size", async () => {
    const clock = createTestClock();
    const listing = server(large, clock);
    const download = await open({
      clock,
      prefetchPages: 8,
      maxBufferedBytes: 7000,
      fetchPage: overHttp,
      fetch: listing.fetch,
    });
    expect(await idsOf(download)).toHaveLength(12);
    // Three of a good 2,000 bytes are within 7,000.
    expect(listing.mostOpen).toBe(3);
  });

  it("is kept although pages become larger all at once: those furthest ahead are let go and fetched again", async () => {
    const clock = createTestClock();
    const listing = server((number) => (number === 1 ? page(1) : large(number)), clock);
    const download = await open({
      clock,
      prefetchPages: 6,
      maxBufferedBytes: 5000,
      fetchPage: overHttp,
      fetch: listing.fetch,
    });
    const records = download[Symbol.asyncIterator]();
    await records.next();
    await settleTimers();
    // Pages 2 to 6 were on their way; with page 1 in hand there is room for two of them.
    const refetched = listing.asked.length;
    expect(refetched).toBe(6);
    const ids = ["e0"];
    for (let next = await records.next(); !next.done; next = await records.next()) ids.push(next.value.id);
    expect(ids).toEqual([...names(SIZE), ...Array.from({ length: 11 }, (_, index) => `f${index + 2}`)]);
    expect(listing.asked.slice(6)).toContain(6);
  });

  it("of records costs no more with every page that was read before", async () => {
    const count = 25_000;
    const fetchPage = pagesOf(entries(count), SIZE);
    const download = await open({ prefetchPages: 1, fetchPage: async (cursor) => fetchPage(cursor) });
    const { add } = Set.prototype;
    let adds = 0;
    Set.prototype.add = function (value) {
      adds += 1;
      return add.call(this, value);
    };
    try {
      let came = 0;
      for await (const _ of download) came += 1;
      expect(came).toBe(count);
    } finally {
      Set.prototype.add = add;
    }
    expect(adds).toBeLessThan(4 * count);
  });

  it("refuses a page that is larger than allowed", async () => {
    const clock = createTestClock();
    const listing = server((number) => (number < 3 ? page(number) : large(number)), clock);
    const download = await open({ clock, maxBufferedBytes: 1500, fetchPage: overHttp, fetch: listing.fetch });
    const ids: string[] = [];
    const reading = (async () => {
      for await (const { id } of download) ids.push(id);
    })();
    await expect(reading).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", operation: "page" });
    expect(ids).toEqual(names(2 * SIZE));
  });

  it("holds no page twice that is asked for once more, because the end came together with it", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    // By the sizes of the pages: which of them is asked for once more, and how many others are held meanwhile.
    for (const [sizes, asked, held] of [
      [[2, 2, 1], 3, 1],
      [[2, 2, 2, 0], 4, 2],
      [[2, 1, 0], 2, 0],
    ] as const) {
      const list = entries(6);
      const made: WeakRef<object>[] = [];
      const seen: number[] = [];
      let alive = 0;
      const download = await open({
        prefetchPages: 4,
        async fetchPage(cursor): Promise<Page> {
          const number = pageOf(cursor);
          const isAgain = seen.includes(number);
          seen.push(number);
          await new Promise((resolve) => setImmediate(resolve));
          if (isAgain) {
            collectGarbage();
            alive = made.filter((items) => items.deref() !== undefined).length;
          }
          const items = list.slice((number - 1) * 2).slice(0, sizes[number - 1] ?? 0);
          if (items.length > 0) made.push(new WeakRef(items));
          return { items, ...(number < sizes.length && { next: { page: number + 1 } }) };
        },
      });
      expect((await idsOf(download)).length).toBe(sizes.reduce<number>((sum, size) => sum + size, 0));
      expect([seen.filter((page, at) => seen.indexOf(page) < at), alive]).toEqual([[asked], held]);
    }
  });
});
