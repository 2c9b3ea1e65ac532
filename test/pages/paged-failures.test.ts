import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { settleTimers } from "../support/turns.js";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { entries, idsOf, names, open, overHttp, pagesOf, server } from "./listing-provider.js";

refuseUnhandledRejections();

const SIZE = 10;
const PAGES = 25;
const page = (number: number) => pagesOf(entries(SIZE * PAGES), SIZE)({ page: number });

describe("what fails", () => {
  it("on a later page shows when its turn comes, and not before", async () => {
    const clock = createTestClock();
    const listing = server(
      (number) => (number === 3 ? new Response(null, { status: 403 }) : page(number)),
      clock,
      (number) => (number === 3 ? 1 : 100),
    );
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch });
    const ids: string[] = [];
    const reading = (async () => {
      for await (const { id } of download) ids.push(id);
    })();
    await expect(reading).rejects.toMatchObject({ code: "FORBIDDEN", operation: "page", connection: "list" });
    expect(ids).toEqual(names(2 * SIZE));
  });

  it("for a moment is repeated, page by page", async () => {
    const clock = createTestClock();
    const listing = server(
      (number, ask) => (ask % 3 === 0 ? new Response(null, { status: 503 }) : page(number)),
      clock,
    );
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch });
    expect(await idsOf(download)).toEqual(names(SIZE * PAGES));
  });

  it("on the first page is an error of download itself", async () => {
    const clock = createTestClock();
    const listing = server(() => new Response(null, { status: 401 }), clock);
    await expect(open({ clock, fetchPage: overHttp, fetch: listing.fetch })).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      job: { id: "job" },
    });
  });
});

describe("what is under way ends", () => {
  const opened = async (signal?: AbortSignal) => {
    const clock = createTestClock();
    // Time stands still for all but the first page.
    const listing = server(
      page,
      {
        sleep: (ms, abort) =>
          ms === 0
            ? Promise.resolve()
            : new Promise((_, reject) => abort?.addEventListener("abort", () => reject(abort.reason))),
      },
      (number) => (number === 1 ? 0 : 1),
    );
    const download = await open({
      clock,
      fetchPage: overHttp,
      fetch: listing.fetch,
      ...(signal && { signal }),
    });
    const records = download[Symbol.asyncIterator]();
    await records.next();
    await settleTimers();
    expect(listing.open).toBe(3);
    return { listing, download, records };
  };

  it("with break", async () => {
    const { listing, records } = await opened();
    await records.return?.();
    await settleTimers();
    expect(listing).toMatchObject({ open: 0, aborted: 3 });
  });

  it("with the caller's signal, whose reason the reading gets", async () => {
    const abort = new AbortController();
    const { listing, records } = await opened(abort.signal);
    for (let read = 1; read < SIZE; read++) await records.next();
    const waiting = records.next();
    await settleTimers();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await settleTimers();
    expect(listing.open).toBe(0);
  });

  it("with the download's disposal, which a waiting consumer is told of", async () => {
    const { listing, download, records } = await opened();
    for (let read = 1; read < SIZE; read++) await records.next();
    const waiting = records.next();
    await settleTimers();
    await Promise.all([
      download[Symbol.asyncDispose](),
      expect(waiting).rejects.toMatchObject({
        name: "AbortError",
        message: expect.stringContaining("disposed"),
      }),
    ]);
    await settleTimers();
    expect(listing.open).toBe(0);
  });

  it("with a stream that is cancelled", async () => {
    const clock = createTestClock();
    const listing = server(page, clock);
    const download = await open({ clock, fetchPage: overHttp, fetch: listing.fetch });
    const reader = download.bytes().getReader();
    await reader.read();
    await reader.cancel();
    await settleTimers();
    expect(listing.open).toBe(0);
    expect(listing.asked.length).toBeLessThanOrEqual(4);
  });
});
