import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { entries, idsOf, names, open, overHttp, pagesOf, server } from "./listing-provider.js";

refuseUnhandledRejections();

const SIZE = 10;
const PAGES = 40;
const page = (number: number) => pagesOf(entries(SIZE * PAGES), SIZE)({ page: number });

describe("a provider that says 429", () => {
  it("gets fewer requests at a time, and none while it asks for patience", async () => {
    const clock = createTestClock();
    const openAt: number[] = [];
    const listing = server((number, ask) => {
      openAt[ask] = listing.open;
      const refuses = number === 6 && listing.asked.filter((asked) => asked === 6).length === 1;
      return refuses ? new Response(null, { status: 429, headers: { "retry-after": "60" } }) : page(number);
    }, clock);
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch, prefetchPages: 4 });
    expect(await idsOf(download)).toEqual(names(SIZE * PAGES));
    expect(clock.sleeps).toContain(60_000);
    const { asked } = listing;
    const again = asked.lastIndexOf(6);
    // Under way at the refusal were 7, 8 and 9, of which the last two were called back.
    expect(asked.slice(asked.indexOf(6) + 1, again)).toEqual([7, 8, 9]);
    expect(asked.slice(again, again + 4)).toEqual([6, 8, 9, 10]);
    const after = openAt.slice(again + 1);
    expect(Math.max(...after.slice(0, 6))).toBe(2);
    // With no refusal for a while it is 4 again.
    expect(Math.max(...after)).toBe(4);
  });

  it("is left alone by every page for as long as it asks, also by those called back", async () => {
    const clock = createTestClock();
    const askedAt: number[] = [];
    const listing = server(
      (number) => {
        const refuses = number === 6 && listing.asked.filter((asked) => asked === 6).length === 1;
        return refuses ? new Response(null, { status: 429, headers: { "retry-after": "60" } }) : page(number);
      },
      clock,
      (number) => (number === 6 ? 10 : 100),
    );
    const download = await open({
      clock,
      fetchPage: overHttp,
      fetch: (input, init) => {
        askedAt.push(clock.now());
        return listing.fetch(input, init);
      },
      prefetchPages: 8,
    });
    expect(await idsOf(download)).toEqual(names(SIZE * PAGES));
    const refusedAt = (askedAt[listing.asked.indexOf(6)] ?? 0) + 10;
    expect(askedAt.filter((time) => time > refusedAt && time < refusedAt + 60_000)).toEqual([]);
    expect(askedAt.filter((time) => time >= refusedAt + 60_000).length).toBeGreaterThan(10);
  });

  it("is asked for one page at a time as long as it takes no more, and nothing is lost", async () => {
    const clock = createTestClock();
    const listing = server(
      (number) =>
        listing.open > 1
          ? new Response(null, { status: 429, headers: { "retry-after": "1" } })
          : page(number),
      clock,
    );
    const download = await open({
      clock,
      fetchPage: overHttp,
      fetch: listing.fetch,
      prefetchPages: 4,
      retry: { retries: 10 },
    });
    expect(await idsOf(download)).toEqual(names(SIZE * PAGES));
    expect(listing.asked.length).toBeLessThan(PAGES * 2);
  });

  it("ends the export with RATE_LIMITED and the time to come back where the wait is too long", async () => {
    const clock = createTestClock();
    const listing = server(
      (number) =>
        number < 3 ? page(number) : new Response(null, { status: 429, headers: { "retry-after": "3600" } }),
      clock,
    );
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch });
    await expect(idsOf(download)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAt: expect.any(Date) });
  });
});
