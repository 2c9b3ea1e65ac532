import type { Checkpoint } from "exportkit";
import { describe, expect, it } from "vitest";
import { type Entry, entries, idsOf, names, open, pageOf, pagesOf } from "./listing-provider.js";

const SIZE = 3;

/** A listing that is changed while nobody reads it. */
function changeable(count: number, tellsTotal: boolean) {
  let list: readonly Entry[] = entries(count);
  const asked: number[] = [];
  return {
    asked,
    change(next: (list: readonly Entry[]) => readonly Entry[]) {
      list = next(list);
      asked.length = 0;
    },
    fetchPage: async (cursor: Parameters<typeof pageOf>[0]) => {
      asked.push(pageOf(cursor));
      return { ...pagesOf(list, SIZE)(cursor), ...(tellsTotal && { total: list.length }) };
    },
  };
}

/** Reads so many records, and stores the checkpoint. */
async function readSome(fetchPage: ReturnType<typeof changeable>["fetchPage"], count: number) {
  const download = await open({ prefetchPages: 1, fetchPage });
  const ids: string[] = [];
  for await (const { id } of download) if (ids.push(id) === count) break;
  const checkpoint: Checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
  return { ids, checkpoint };
}

// With few records read all of them are known, with many only the last ones.
describe.each([30, 200])("more than a page deleted before a checkpoint's page, after %i records", (read) => {
  const count = read + 60;
  const gone = 4 * SIZE;

  it.each([1, 4])("is made up for by a search of the whole listing, %i pages at a time", async (pages) => {
    const { asked, change, fetchPage } = changeable(count, true);
    const { ids, checkpoint } = await readSome(fetchPage, read);
    change((list) => list.slice(gone));
    const rest = await idsOf(await open({ prefetchPages: pages, fetchPage, checkpoint }));
    expect([...ids, ...rest]).toEqual(names(count));
    if (pages > 1) return;
    // The page before the checkpoint's own; the total shows at once that the place lies before it.
    expect(asked.slice(0, 3)).toEqual([Math.ceil(read / SIZE) - 1, 1, 2]);
  });

  it("is found out at the listing's end where no totals are told", async () => {
    const { change, fetchPage } = changeable(count, false);
    const { ids, checkpoint } = await readSome(fetchPage, read);
    change((list) => list.slice(gone));
    const rest = await idsOf(await open({ prefetchPages: 1, fetchPage, checkpoint }));
    expect([...ids, ...rest]).toEqual(names(count));
  });

  it("is found out where as many were added behind, so that the total is the same", async () => {
    const { change, fetchPage } = changeable(count, true);
    const { ids, checkpoint } = await readSome(fetchPage, read);
    change((list) => [...list.slice(gone), ...entries(gone, count)]);
    const rest = await idsOf(await open({ prefetchPages: 1, fetchPage, checkpoint }));
    expect([...ids, ...rest]).toEqual(names(count + gone));
  });
});

it("a place that is nowhere in the whole listing ends in ARTIFACT_CHANGED", async () => {
  const { change, fetchPage } = changeable(300, true);
  const { checkpoint } = await readSome(fetchPage, 200);
  change((list) => list.slice(200));
  await expect(open({ prefetchPages: 1, fetchPage, checkpoint }).then(idsOf)).rejects.toMatchObject({
    code: "ARTIFACT_CHANGED",
    operation: "page",
  });
});
