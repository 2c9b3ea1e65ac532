import type { ExportEvent } from "exportkit";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { settleTimers } from "../support/turns.js";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { entries, idsOf, names, open, overHttp, pageOf, pagesOf, server } from "./listing-provider.js";

refuseUnhandledRejections();

const SIZE = 10;
const PAGES = 25;
const page = (number: number) => pagesOf(entries(SIZE * PAGES), SIZE)({ page: number });

describe("pages fetched ahead", () => {
  it("are at least 3 times as fast with 4 as with 1, in the same order, and never more than allowed are held", async () => {
    const durations: number[] = [];
    for (const prefetchPages of [1, 4]) {
      const clock = createTestClock();
      const listing = server(page, clock);
      let handedOver = 0;
      let mostHeld = 0;
      const download = await open({
        clock,
        prefetchPages,
        fetchPage: overHttp,
        fetch: (input, init) => {
          const answered = listing.fetch(input, init);
          mostHeld = Math.max(mostHeld, new Set(listing.asked).size - Math.floor(handedOver / SIZE));
          return answered;
        },
      });
      const begun = clock.now() - 100;
      const ids: string[] = [];
      for await (const { id } of download) {
        ids.push(id);
        handedOver += 1;
      }
      durations.push(clock.now() - begun);
      expect(ids).toEqual(names(SIZE * PAGES));
      expect(mostHeld).toBe(prefetchPages);
      expect(listing.mostOpen).toBe(prefetchPages);
      // Without a total, an end that came together with other pages is asked for once more.
      expect(listing.asked).toHaveLength(prefetchPages > 1 ? PAGES + 1 : PAGES);
    }
    const [alone = 0, ahead = 0] = durations;
    expect(alone).toBe(PAGES * 100);
    expect(alone / ahead).toBeGreaterThanOrEqual(3);
  });

  it("are asked for once where totals say that the listing stands still", async () => {
    const clock = createTestClock();
    const list = entries(SIZE * PAGES);
    const listing = server(
      (number) => ({ ...pagesOf(list, SIZE)({ page: number }), total: list.length }),
      clock,
    );
    const download = await open({ clock, prefetchPages: 4, fetchPage: overHttp, fetch: listing.fetch });
    const begun = clock.now();
    expect(await idsOf(download)).toEqual(names(SIZE * PAGES));
    expect(listing.asked.filter((number) => number <= PAGES)).toHaveLength(PAGES);
    expect(clock.now() - begun).toBeLessThan((PAGES * 100) / 3);
  });

  it("come in order although later ones arrive first", async () => {
    const clock = createTestClock();
    const listing = server(page, clock, (number) => (number * 37) % 200);
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch });
    expect(await idsOf(download)).toEqual(names(SIZE * PAGES));
  });

  it("stop when the consumer stops: what is allowed is fetched and nothing else", async () => {
    const clock = createTestClock();
    const listing = server(page, clock);
    const download = await open({ clock, prefetchPages: 3, fetchPage: overHttp, fetch: listing.fetch });
    await settleTimers();
    expect(listing.asked).toEqual([1]);
    const records = download[Symbol.asyncIterator]();
    await records.next();
    await settleTimers();
    expect(listing.asked).toEqual([1, 2, 3]);
    for (let read = 1; read < SIZE; read++) await records.next();
    await settleTimers();
    expect(listing.asked).toEqual([1, 2, 3]);
    await records.next();
    await settleTimers();
    expect(listing.asked).toEqual([1, 2, 3, 4]);
    await records.return?.();
  });

  it("are not guessed beyond the total", async () => {
    const clock = createTestClock();
    const listing = server((number) => ({ ...page(number), total: SIZE * PAGES }), clock);
    const predict = (_: unknown, cursor: Parameters<typeof pageOf>[0], total: number | undefined) =>
      total !== undefined && pageOf(cursor) * SIZE >= total ? undefined : { page: pageOf(cursor) + 1 };
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch, predict });
    expect(await idsOf(download)).toHaveLength(SIZE * PAGES);
    expect(Math.max(...listing.asked)).toBe(PAGES);
  });

  it("that were guessed beyond the end take their failure with them", async () => {
    const clock = createTestClock();
    const listing = server(
      (number) =>
        number > 2
          ? new Response(null, { status: 404 })
          : { ...page(number), ...(number === 2 && { next: undefined }) },
      clock,
    );
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch });
    expect(await idsOf(download)).toEqual(names(2 * SIZE));
    expect(listing.asked).toContain(3);
  });

  it("that were guessed wrong are fetched again where the provider says they are", async () => {
    const clock = createTestClock();
    const even = (number: number) => ({
      ...page(number),
      next: number < 9 ? { page: number + 2 } : undefined,
    });
    const listing = server(even, clock, (number) => (number % 2 === 0 ? 500 : 50));
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch });
    const expected = [1, 3, 5, 7, 9].flatMap((number) => page(number).items as { id: string }[]);
    expect(await idsOf(download)).toEqual(expected.map(({ id }) => id));
    // The wrong ones were given up at once.
    expect(listing.mostOpen).toBeLessThanOrEqual(4);
    expect(clock.now()).toBeLessThan(Date.UTC(2026, 0, 1) + 500);
  });

  it("follow each other where nothing can be guessed, while the consumer works", async () => {
    const clock = createTestClock();
    const listing = server(page, clock);
    const download = await open({
      clock,
      prefetchPages: 3,
      fetchPage: overHttp,
      fetch: listing.fetch,
      predict: "none",
    });
    const records = download[Symbol.asyncIterator]();
    await records.next();
    await settleTimers();
    expect(listing.asked).toEqual([1, 2, 3]);
    expect(listing.mostOpen).toBe(1);
    await records.return?.();
  });

  it("are told by events, with the number of records and the total", async () => {
    const events: ExportEvent[] = [];
    const download = await open({
      onEvent: (event) => events.push(event),
      fetchPage: async (cursor) => ({ ...pagesOf(entries(5), 2)(cursor), total: 5 }),
    });
    await idsOf(download);
    const pages = events.filter(({ type }) => type === "page");
    expect(pages.slice(0, 3)).toMatchObject([2, 2, 1].map((items) => ({ items, total: 5, jobId: "job" })));
    expect(events.at(-1)).toMatchObject({ type: "end", outcome: "complete", records: 5, bytes: 0 });
  });
});
