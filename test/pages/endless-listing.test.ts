import type { Page, PageCursor } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { type Entry, entries, idsOf, names, open, pageOf, pagesOf } from "./listing-provider.js";

/** Reads a listing that should be refused; gives what was handed over before, and how many pages were asked for. */
async function refused(
  answer: (cursor: PageCursor | undefined) => Page,
  options: { readonly prefetchPages?: number; readonly identify?: boolean } = {},
): Promise<{ readonly ids: readonly string[]; readonly asked: number }> {
  const ids: string[] = [];
  let asked = 0;
  const download = await open({
    prefetchPages: options.prefetchPages ?? 1,
    ...(options.identify === false && { records: { identify: () => undefined } }),
    async fetchPage(cursor) {
      asked += 1;
      if (asked > 1000) throw new Error("the listing was read for ever");
      return answer(cursor);
    },
  });
  const reading = (async () => {
    for await (const { id } of download) ids.push(id);
  })();
  await expect(reading).rejects.toMatchObject({
    code: "RESPONSE_INVALID",
    operation: "page",
    job: { id: "job" },
    details: { page: expect.any(Number) },
  });
  return { ids, asked };
}

/** A page of a listing that begins again behind its end, each time under new cursors. */
function circleOf(list: readonly Entry[], size: number, cursor: PageCursor | undefined) {
  const page = pageOf(cursor);
  const begin = ((page - 1) * size) % list.length;
  return { items: list.slice(begin, begin + size), next: { page: page + 1 } };
}

describe("a listing without end is refused", () => {
  it("where every page is the first one", async () => {
    const same = (cursor: PageCursor | undefined) => ({
      items: entries(3),
      next: { page: pageOf(cursor) + 1 },
    });
    expect(await refused(same)).toEqual({ ids: names(3), asked: 3 });
    expect((await refused(same, { prefetchPages: 4 })).ids).toEqual(names(3));
  });

  it("where every page is the first one and the total stays what it is", async () => {
    const same = (cursor: PageCursor | undefined) => ({
      items: entries(3),
      next: { page: pageOf(cursor) + 1 },
      total: 30,
    });
    expect((await refused(same)).ids).toEqual(names(3));
  });

  it("where the last page is the one before it, instead of ending with half of the records", async () => {
    const list = entries(4);
    const same = (cursor: PageCursor | undefined) => ({
      ...pagesOf(list, 2)(cursor),
      items: list.slice(0, 2),
    });
    expect((await refused(same)).ids).toEqual(names(2));
  });

  it("where records have no identity: pages are compared as they are", async () => {
    const same = (cursor: PageCursor | undefined) => ({
      items: entries(3),
      next: { page: pageOf(cursor) + 1 },
    });
    expect(await refused(same, { identify: false })).toEqual({ ids: names(3), asked: 2 });
  });

  it("where a page names itself as the next one", async () => {
    const stuck = (cursor: PageCursor | undefined) => ({
      items: entries(2, pageOf(cursor) * 2),
      next: { page: 2 },
    });
    expect((await refused(stuck)).asked).toBe(2);
  });

  it("where pages lead in a circle of any length", async () => {
    for (const length of [2, 3, 7, 20]) {
      const circle = (cursor: PageCursor | undefined) => ({
        items: entries(1, pageOf(cursor)),
        next: { page: (pageOf(cursor) % length) + 1 },
      });
      expect((await refused(circle)).asked).toBeLessThan(length * 4 + 4);
    }
  });

  it("where it begins again behind its end, each time under new cursors, and nothing comes twice", async () => {
    for (const [pages, size] of [
      [2, 3],
      [3, 1],
      [5, 10],
      [30, 50],
    ] as const) {
      const list = entries(pages * size);
      for (const total of [undefined, list.length, list.length * 2 + 1]) {
        const round = (cursor: PageCursor | undefined) => ({
          ...circleOf(list, size, cursor),
          ...(total && { total }),
        });
        for (const prefetchPages of [1, 4]) {
          expect((await refused(round, { prefetchPages })).ids).toEqual(names(pages * size));
          // Without an identity it takes a second page to tell.
          const again = await refused(round, { prefetchPages, identify: false });
          expect(again.ids).toEqual([...names(pages * size), ...names(size)]);
        }
      }
    }
  });

  it("where it begins again behind its end, and is read in parts", async () => {
    const list = entries(12);
    const fetchPage = async (cursor: PageCursor | undefined) => circleOf(list, 3, cursor);
    for (const identify of [({ id }: Entry) => id, () => undefined]) {
      for (const most of [1, 3, 4]) {
        const ids: string[] = [];
        let checkpoint: unknown;
        const readAll = async () => {
          for (let part = 0; part < 40; part++) {
            const download = await open({ prefetchPages: 1, fetchPage, records: { identify }, checkpoint });
            let left = most;
            for await (const { id } of download) {
              ids.push(id);
              if (--left === 0) break;
            }
            const written = download.checkpoint();
            checkpoint = JSON.parse(JSON.stringify(written));
            expect(checkpoint).toStrictEqual(written);
          }
        };
        await expect(readAll()).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
        expect(ids).toEqual(identify({ id: "e" }) ? names(12) : [...names(12), ...names(3)]);
      }
    }
  });

  it("where it leads back to a page in its middle, each time under new cursors", async () => {
    for (const [before, length] of [
      [1, 2],
      [3, 7],
      [10, 4],
    ] as const) {
      const round = (cursor: PageCursor | undefined) => {
        const page = pageOf(cursor);
        const place = page <= before ? page : before + ((page - before) % length);
        return { items: entries(3, place * 3), next: { page: page + 1 } };
      };
      expect((await refused(round)).asked).toBeLessThan(4 * (before + length) + 4);
      expect((await refused(round, { identify: false })).asked).toBeLessThan(4 * (before + length) + 5);
      const withGaps = (cursor: PageCursor | undefined) => {
        const page = pageOf(cursor);
        const { items } = round({ page: page / 2 });
        return { items: page % 2 === 0 ? items : [], next: { page: page + 1 } };
      };
      for (const identify of [true, false])
        expect((await refused(withGaps, { identify })).asked).toBeLessThan(8 * (before + length) + 8);
    }
  });

  it("where it begins again behind its end, and the total counts what was read", async () => {
    for (const [pages, size] of [
      [2, 3],
      [3, 3],
      [5, 10],
    ] as const) {
      const list = entries(pages * size);
      for (const counted of [1, size]) {
        const round = (cursor: PageCursor | undefined) => ({
          ...circleOf(list, size, cursor),
          total: pageOf(cursor) * counted,
        });
        for (const prefetchPages of [1, 4])
          expect((await refused(round, { prefetchPages })).ids).toEqual(names(pages * size));
      }
    }
  });

  it("where every other page is the first one, and those between are empty", async () => {
    const same = (cursor: PageCursor | undefined) => ({
      items: pageOf(cursor) % 2 === 0 ? [] : entries(3),
      next: { page: pageOf(cursor) + 1 },
    });
    expect(await refused(same)).toMatchObject({ ids: names(3) });
    expect(await refused(same, { identify: false })).toMatchObject({ ids: names(3) });
  });

  it("where there are only empty pages", async () => {
    const empty = (cursor: PageCursor | undefined) => ({ items: [], next: { page: pageOf(cursor) + 1 } });
    expect((await refused(empty)).asked).toBe(101);
  });
});

describe("a listing that only looks like one without end is read", () => {
  const read = async (pages: readonly Page[], prefetchPages = 1) =>
    idsOf(
      await open({
        prefetchPages,
        fetchPage: async (cursor) => pages[pageOf(cursor) - 1] ?? { items: [] },
      }),
    );
  const next = (page: number) => ({ next: { page } });

  it("with empty pages in the middle", async () => {
    const pages = [
      { items: entries(2), ...next(2) },
      { items: [], ...next(3) },
      { items: [], ...next(4) },
      { items: entries(2, 2) },
    ];
    expect(await read(pages)).toEqual(names(4));
    expect(await read(pages, 4)).toEqual(names(4));
  });

  it("with 100 empty pages in a row, which is the most", async () => {
    const pages = Array.from({ length: 101 }, (_, index) => ({
      items: index < 100 ? [] : entries(2),
      ...(index < 100 && next(index + 2)),
    }));
    expect(await read(pages)).toEqual(names(2));
  });

  it("with no records at all", async () => {
    expect(await read([{ items: [] }])).toEqual([]);
  });

  it("with a page that holds the one before because a page's worth was added", async () => {
    const pages = [
      { items: entries(2), ...next(2) },
      { items: entries(2), ...next(3) },
      { items: entries(2, 2) },
    ];
    expect(await read(pages)).toEqual(names(4));
  });

  it("with a last page that holds nothing new because one was added", async () => {
    const pages = [{ items: entries(3), ...next(2) }, { items: entries(1, 2) }];
    expect(await read(pages)).toEqual(names(3));
  });

  it("with its first page once more because so many were added in front of it, as the totals tell", async () => {
    const pages = [
      { items: entries(2), total: 4, ...next(2) },
      { items: entries(2, 2), total: 4, ...next(3) },
      { items: entries(2), total: 8, ...next(4) },
      { items: entries(2, 2), total: 8 },
    ];
    expect(await read(pages)).toEqual(names(4));
  });

  it("with a record once more behind an empty page, because one was added", async () => {
    const pages = [{ items: entries(2), ...next(2) }, { items: [], ...next(3) }, { items: entries(2, 1) }];
    expect(await read(pages)).toEqual(names(3));
  });

  it("with an identity once more far from its first place, where it may be another record", async () => {
    const pages = [
      { items: entries(2), ...next(2) },
      { items: entries(2, 2), ...next(3) },
      { items: [...entries(1), ...entries(1, 4)] },
    ];
    expect(await read(pages)).toEqual(["e0", "e1", "e2", "e3", "e0", "e4"]);
  });

  it("with the records of a former page once more, where they have no identity and may be others", async () => {
    const listings = ["abac", "abcadbe", "abcbac", "abcdaecagc", "ab acb ca"];
    for (const listing of listings) {
      const ids = [...listing].filter((id) => id !== " ");
      const fetchPage = async (cursor: PageCursor | undefined) => {
        const page = pageOf(cursor);
        const id = listing[page - 1];
        return { items: id === " " ? [] : [{ id }], ...(page < listing.length && next(page + 1)) };
      };
      const records = { identify: () => undefined };
      for (const prefetchPages of [1, 4])
        expect(await idsOf(await open({ prefetchPages, fetchPage, records }))).toEqual(ids);
      for (let stop = 1; stop < ids.length; stop++) {
        const download = await open({ fetchPage, records });
        const before: string[] = [];
        for await (const { id } of download) if (before.push(id) === stop) break;
        const rest = await idsOf(await open({ fetchPage, records, checkpoint: download.checkpoint() }));
        expect([...before, ...rest]).toEqual(ids);
      }
    }
  });

  it("with as many known records in a row as are remembered, because so many were added", async () => {
    const old = entries(2000);
    const added = entries(990, 5000);
    const download = await open({
      prefetchPages: 1,
      async fetchPage(cursor) {
        const list = pageOf(cursor) > 300 ? [...added, ...old] : old;
        return { ...pagesOf(list, 5)(cursor), total: list.length };
      },
    });
    expect(await idsOf(download)).toEqual(names(2000));
  });

  it("with any number of added records before the place of a checkpoint", async () => {
    const old = entries(130);
    const openAt = (list: readonly Entry[], checkpoint?: unknown) =>
      open({ prefetchPages: 1, fetchPage: async (cursor) => pagesOf(list, 10)(cursor), checkpoint });
    const download = await openAt(old);
    let left = 120;
    for await (const _ of download) if (--left === 0) break;
    const rest = await openAt([...entries(1500, 5000), ...old], download.checkpoint());
    expect(await idsOf(rest)).toEqual(names(130).slice(120));
  });

  it("with items that are no records on every page, each of which is told", async () => {
    const broken = (page: number) => ({
      items: [page, ...entries(1, page)],
      ...(page < 3 && next(page + 1)),
    });
    const download = await open({
      prefetchPages: 1,
      records: { identify: (entry: Entry | undefined) => `${entry?.id}` },
      fetchPage: async (cursor) => broken(pageOf(cursor)),
    });
    const issues: unknown[] = [];
    const ids = await idsOf(download.records({ onInvalid: ({ position }) => issues.push(position.page) }));
    expect([ids, issues]).toEqual([
      ["e1", "e2", "e3"],
      [1, 2, 3],
    ]);
  });

  it("with a total that goes up and down by itself", async () => {
    let turn = 0;
    const list = entries(40);
    const download = await open({
      prefetchPages: 3,
      fetchPage: async (cursor) => ({ ...pagesOf(list, 4)(cursor), total: turn++ % 2 === 0 ? 35 : 45 }),
    });
    expect(await idsOf(download)).toEqual(names(40));
  });

  it("with one answer that is everything, from a provider that passes over paging", async () => {
    for (const identify of [undefined, () => undefined]) {
      for (const prefetchPages of [1, 4]) {
        const download = await open({
          prefetchPages,
          ...(identify && { records: { identify } }),
          fetchPage: async (cursor) => ({
            items: entries(5),
            next: { page: pageOf(cursor) + 1 },
            endsIfRepeated: true,
          }),
        });
        expect(await idsOf(download)).toEqual(names(5));
      }
    }
  });
});

it("an empty page between two answers that are everything changes nothing", async () => {
  for (const identify of [({ id }: Entry) => id, () => undefined]) {
    const download = await open({
      prefetchPages: 1,
      records: { identify },
      fetchPage: async (cursor) => {
        const page = pageOf(cursor);
        return page % 2 === 0
          ? { items: [], next: { page: page + 1 } }
          : { items: entries(5), next: { page: page + 1 }, endsIfRepeated: true };
      },
    });
    expect(await idsOf(download)).toEqual(names(5));
  }
});

describe("records without an identity", () => {
  const unnamed = { identify: undefined };
  const readFrom = async (list: readonly Entry[], checkpoint?: unknown) =>
    open({ fetchPage: async (cursor) => pagesOf(list, 4)(cursor), records: unnamed as never, checkpoint });

  it("come as often as they are in the listing, and continue by counting", async () => {
    const list = Array.from({ length: 11 }, (_, index) => ({ id: index % 2 === 0 ? "even" : `e${index}` }));
    const all = await idsOf(await readFrom(list));
    expect(all).toEqual(list.map(({ id }) => id));
    for (let stop = 1; stop < list.length; stop++) {
      const download = await readFrom(list);
      const ids: string[] = [];
      for await (const { id } of download) if (ids.push(id) === stop) break;
      const rest = await idsOf(await readFrom(list, JSON.parse(JSON.stringify(download.checkpoint()))));
      expect([...ids, ...rest]).toEqual(all);
    }
  });
});
