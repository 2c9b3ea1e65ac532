import { zephrUserId } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { growingExport, mistakes, none } from "../providers/zephr/growing-export.js";
import { type Entry, entries, idsOf, names, open, pageOf, pagesOf } from "./listing-provider.js";

/** A listing out of which records are deleted before a request, by the request's number from 1. */
function shrinking(
  count: number,
  size: number,
  deletions: { readonly [request: number]: readonly number[] },
) {
  let list: readonly Entry[] = entries(count);
  const asked: number[] = [];
  return {
    asked,
    fetchPage: async (cursor: Parameters<typeof pageOf>[0]) => {
      asked.push(pageOf(cursor));
      const gone = (deletions[asked.length] ?? []).map((index) => `e${index}`);
      list = list.filter(({ id }) => !gone.includes(id));
      return { ...pagesOf(list, size)(cursor), total: list.length };
    },
  };
}

describe("records deleted while pages are read", () => {
  it("hide nobody, one at each request, whichever they are", async () => {
    for (const first of [0, 1, 2, 3]) {
      for (const second of [0, 1, 2, 3]) {
        const { fetchPage } = shrinking(4, 2, { 2: [first], 3: [second] });
        const ids = await idsOf(await open({ prefetchPages: 1, fetchPage }));
        const stayed = names(4).filter((id) => id !== `e${first}` && id !== `e${second}`);
        expect(ids).toEqual(expect.arrayContaining(stayed));
        expect(new Set(ids).size).toBe(ids.length);
      }
    }
  });

  it("make the reading return as far as they can have moved others, and no further", async () => {
    const deleted = [1, 2, 3, 4, 5, 6, 7];
    const { asked, fetchPage } = shrinking(60, 3, { 9: deleted });
    const ids = await idsOf(await open({ prefetchPages: 1, fetchPage }));
    expect(ids).toEqual(names(60));
    // Seven less are two pages and one record.
    expect(asked.slice(0, 14)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 6, 7, 8, 9, 10]);
  });

  it("make the reading begin its search at the first page where more are gone than is remembered", async () => {
    const deleted = Array.from({ length: 120 }, (_, index) => index);
    const { asked, fetchPage } = shrinking(200, 3, { 60: deleted });
    expect(await idsOf(await open({ prefetchPages: 1, fetchPage }))).toEqual(names(200));
    expect(asked[60]).toBe(1);
  });

  it("end in ARTIFACT_CHANGED where the place is gone, with what to do", async () => {
    const deleted = Array.from({ length: 1_600 }, (_, index) => index + 300);
    const { fetchPage } = shrinking(2_000, 100, { 20: deleted });
    await expect(idsOf(await open({ prefetchPages: 1, fetchPage }))).rejects.toMatchObject({
      code: "ARTIFACT_CHANGED",
      operation: "page",
      job: { id: "job" },
      message: expect.stringMatching(/may be missing; download the job from its beginning/),
    });
  });

  it("end in ARTIFACT_CHANGED where records have nothing to know them by", async () => {
    const { fetchPage } = shrinking(20, 4, { 3: [0] });
    const download = await open({ prefetchPages: 1, fetchPage, records: { identify: () => undefined } });
    await expect(idsOf(download)).rejects.toMatchObject({ code: "ARTIFACT_CHANGED" });
  });

  it("hide nobody at a checkpoint after the very first record", async () => {
    for (const prefetchPages of [1, 4]) {
      const run = await growingExport({
        users: 600,
        pageSize: 100,
        prefetchPages,
        order: "oldest",
        addedPerPage: (pagesRead) => {
          // Not before it is handed over, however soon the pages behind it are asked for.
          if (pagesRead > 1 && run.ids.includes(zephrUserId(1))) run.emulator.removeUser(1);
          return 0;
        },
      });
      await run.read(1);
      run.emulator.removeUser(0);
      await run.read(Number.POSITIVE_INFINITY);
      expect(mistakes(run.ids, 600)).toEqual(none);
    }
  });
});

describe("two records with one identity", () => {
  it("on one page are two, and in a checkpoint between them as well", async () => {
    const list = ["a", "b", "b", "c", "d", "d", "e"].map((id, index) => ({ id, index }));
    const fetchPage = async (cursor: Parameters<typeof pageOf>[0]) => pagesOf(list, 3)(cursor);
    const whole = list.map(({ id }) => id);
    expect(await idsOf(await open({ fetchPage }))).toEqual(whole);
    for (let stop = 1; stop < whole.length; stop++) {
      const download = await open({ fetchPage });
      const ids: string[] = [];
      for await (const { id } of download) if (ids.push(id) === stop) break;
      const checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
      expect([...ids, ...(await idsOf(await open({ fetchPage, checkpoint })))]).toEqual(whole);
    }
  });
});

describe("empty pages", () => {
  const withEmpty = (empty: number) =>
    open({
      prefetchPages: 1,
      fetchPage: async (cursor) => {
        const page = pageOf(cursor);
        if (page > empty + 1) return { items: entries(2, 1) };
        return { items: page === 1 ? entries(1) : [], next: { page: page + 1 } };
      },
    });

  it("may be a hundred in a row, and no more", async () => {
    expect(await idsOf(await withEmpty(100))).toEqual(names(3));
    await expect(withEmpty(101).then(idsOf)).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      details: { page: 102 },
    });
  });
});
