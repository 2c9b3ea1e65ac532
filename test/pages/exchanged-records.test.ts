import type { Page, PageCursor } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { type Entry, entries, open, pageOf } from "./listing-provider.js";

interface Setting {
  readonly size: number;
  readonly prefetchPages: number;
  readonly told: boolean;
  /** The page before whose reading the records are exchanged. */
  readonly at: number;
}

const PAGES = 5;

/** A listing in which a page's worth of records is added at the top, and as many are deleted at the end, in one moment. */
function exchanging({ size, told, at }: Setting): (cursor: PageCursor | undefined) => Promise<Page> {
  let list: readonly Entry[] = entries(size * PAGES);
  let isOver = false;
  return async (cursor) => {
    const page = pageOf(cursor);
    if (page === at && !isOver) {
      isOver = true;
      list = [...entries(size, 1000), ...list.slice(0, -size)];
    }
    const end = page * size;
    return {
      items: list.slice(end - size, end),
      ...(told && { total: list.length }),
      ...(end < list.length && { next: { page: page + 1 } }),
    };
  };
}

describe.each([1, 2, 10])(
  "with pages of %d, as many records deleted at the end as added at the top",
  (size) => {
    const left = entries(size * (PAGES - 1)).map(({ id }) => id);
    const settings = [2, 3, 4, 5].flatMap((at) => [
      { size, at, prefetchPages: 1, told: true },
      { size, at, prefetchPages: 4, told: true },
      { size, at, prefetchPages: 1, told: false },
    ]);

    it.each(settings)("loses and refuses nothing: %o", async (setting) => {
      const download = await open({
        prefetchPages: setting.prefetchPages,
        fetchPage: exchanging(setting),
      });
      const ids: string[] = [];
      for await (const { id } of download) ids.push(id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining(left));
      expect(download.complete).toBe(true);
    });

    it("loses and repeats nothing either where the reading resumes from a checkpoint", async () => {
      for (let stop = 1; stop <= size * PAGES; stop++) {
        const fetchPage = exchanging({ size, at: 3, told: true, prefetchPages: 1 });
        const first = await open({ prefetchPages: 1, fetchPage });
        const ids: string[] = [];
        for await (const { id } of first) if (ids.push(id) === stop) break;
        const checkpoint = JSON.parse(JSON.stringify(first.checkpoint()));
        for await (const { id } of await open({ prefetchPages: 1, fetchPage, checkpoint })) ids.push(id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).toEqual(expect.arrayContaining(left));
      }
    });
  },
);

it("a page that was read in place of the one before it is not passed over, but refused", async () => {
  const list = entries(12);
  let asked = 0;
  const download = await open({
    prefetchPages: 1,
    fetchPage: async (cursor) => {
      asked += 1;
      // Page 3 comes in place of page 2, once.
      const page = asked === 2 ? 3 : pageOf(cursor);
      const next = pageOf(cursor) < 4 ? { next: { page: pageOf(cursor) + 1 } } : {};
      return { items: list.slice((page - 1) * 3, page * 3), total: list.length, ...next };
    },
  });
  const reading = (async () => {
    for await (const _ of download);
  })();
  await expect(reading).rejects.toMatchObject({
    code: "RESPONSE_INVALID",
    retryable: true,
    details: { page: 2 },
  });
});

it("reading returns past an empty page to records that it can find again", async () => {
  const size = 3;
  let list: readonly Entry[] = entries(12);
  let asked = 0;
  const download = await open({
    prefetchPages: 1,
    // Page 2 is empty, as with a filter that is applied after paging.
    fetchPage: async (cursor) => {
      const page = pageOf(cursor);
      if (++asked === 3) list = list.slice(1);
      const place = page === 1 ? 0 : page - 2;
      const items = page === 2 ? [] : list.slice(place * size, place * size + size);
      const isLast = page > 2 && (place + 1) * size >= list.length;
      return { items, total: list.length, ...(!isLast && { next: { page: page + 1 } }) };
    },
  });
  const ids: string[] = [];
  for await (const { id } of download) ids.push(id);
  expect(ids).toEqual(entries(12).map(({ id }) => id));
});
