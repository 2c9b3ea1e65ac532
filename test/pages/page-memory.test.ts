import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { settleTimers } from "../support/turns.js";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { entries, idsOf, names, open, overHttp, pagesOf, server } from "./listing-provider.js";

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
});
