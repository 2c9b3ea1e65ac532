import { expect, it } from "vitest";
import type { FetchedPage } from "../../src/pages/fetch-page.js";
import type { Listing } from "../../src/pages/listing.js";
import { isSameOrder, type PageBatch } from "../../src/pages/page-items.js";
import { PageQueue } from "../../src/pages/page-queue.js";
import { readPages } from "../../src/pages/read-pages.js";
import { type Entry, entries, pageOf, pagesOf } from "./listing-provider.js";

it("a page's records are let go when the next page is asked for, and its place can still be told", async () => {
  const queue = new PageQueue({
    fetch: async (cursor) =>
      ({ ...pagesOf(entries(4), 2)(cursor), cursor, bytes: 1, sentAt: 0, receivedAt: 0 }) as FetchedPage,
    predict: (cursor) => ({ page: pageOf(cursor) + 1 }),
    most: 2,
    maxBytes: 100,
    signal: new AbortController().signal,
  });
  const records = { kind: "pages", map: (item: unknown) => item as Entry, identify: ({ id }: Entry) => id };
  const batches = readPages({ records, queue } as unknown as Listing<Entry>, undefined);
  const first = (await batches.next()).value as PageBatch<Entry>;
  expect(first.entries).toHaveLength(2);
  const place = first.stateAfter(1);
  expect(place).toMatchObject({ offset: 2, record: 2, page: 1, known: ["e0", "e1"] });
  await batches.next();
  expect(first.entries).toEqual([]);
  expect(first.stateAfter(1)).toEqual(place);
  await batches.return();
});

it("a page that goes on behind another's last record is not the same page", () => {
  expect(isSameOrder(["a", "b"], ["a", "b"])).toBe(true);
  expect(isSameOrder(["a", "b"], ["a", "b", "c"])).toBe(false);
  expect(isSameOrder(["a", "b", "c"], ["a", "b"])).toBe(false);
  expect(isSameOrder([], ["a"])).toBe(false);
  expect(isSameOrder(["a", "b"], ["b", "a"])).toBe(false);
});
