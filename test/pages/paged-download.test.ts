import { type Checkpoint, ExportError, type RecordIssue } from "exportkit";
import { describe, expect, it } from "vitest";
import { entries, idsOf, type ListingOptions, names, open, pageOf, pagesOf } from "./listing-provider.js";

const listing = (count: number, size: number): Pick<ListingOptions, "fetchPage"> => ({
  fetchPage: async (cursor) => ({ ...pagesOf(entries(count), size)(cursor), total: count }),
});

const text = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

const copy = (checkpoint: Checkpoint): Checkpoint => JSON.parse(JSON.stringify(checkpoint));

describe("a paged download", () => {
  it("is NDJSON by name, type and bytes", async () => {
    const download = await open(listing(5, 2));
    expect(download).toMatchObject({
      format: "ndjson",
      contentType: "application/x-ndjson",
      fileName: "list-job.ndjson",
    });
    expect(download.size).toBeUndefined();
    const response = download.toResponse();
    expect(response.headers.get("content-length")).toBeNull();
    expect(await response.text()).toBe(
      names(5)
        .map((id) => `{"id":"${id}"}\n`)
        .join(""),
    );
  });

  it("tells how far it is, with the total the provider told", async () => {
    const seen: unknown[] = [];
    const client = await open({ ...listing(5, 2), onProgress: (progress) => seen.push(progress) });
    await idsOf(client);
    expect(seen.at(-1)).toEqual({ bytes: 0, records: 5, totalRecords: 5 });
  });

  it("can be read once", async () => {
    const download = await open(listing(5, 2));
    await idsOf(download);
    expect(() => download.bytes()).toThrow(ExportError);
  });

  it("names the page and the place of an item that is none, and continues where asked to", async () => {
    const items = [...entries(3), "broken", ...entries(2, 3)];
    const fetchPage: ListingOptions["fetchPage"] = async (cursor) => {
      const end = pageOf(cursor) * 2;
      return { items: items.slice(end - 2, end), ...(end < 6 && { next: { page: pageOf(cursor) + 1 } }) };
    };
    await expect(idsOf(await open({ fetchPage }))).rejects.toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringContaining("item 1 of page 2"),
      details: { record: 4, page: 2, index: 1 },
    });
    const issues: RecordIssue[] = [];
    const ids: string[] = [];
    const download = await open({ fetchPage });
    for await (const { id } of download.records({ onInvalid: (issue) => issues.push(issue) })) ids.push(id);
    expect(ids).toEqual(names(5));
    expect(issues).toMatchObject([{ message: "the item is not an object", position: { page: 2, index: 1 } }]);
  });

  it("tells of a broken item once, also when it is interrupted behind it", async () => {
    const items = [...entries(2), "broken", ...entries(4, 2)];
    const fetchPage: ListingOptions["fetchPage"] = async (cursor) => {
      const end = pageOf(cursor) * 4;
      return { items: items.slice(end - 4, end), ...(end < 7 && { next: { page: pageOf(cursor) + 1 } }) };
    };
    for (let stop = 3; stop <= 6; stop++) {
      const issues: RecordIssue[] = [];
      const onInvalid = (issue: RecordIssue) => issues.push(issue);
      const ids: string[] = [];
      const download = await open({ fetchPage });
      for await (const { id } of download.records({ onInvalid })) if (ids.push(id) === stop) break;
      const rest = await open({ fetchPage, checkpoint: copy(download.checkpoint()) });
      for await (const { id } of rest.records({ onInvalid })) ids.push(id);
      expect(ids).toEqual(names(6));
      expect(issues).toHaveLength(1);
    }
  });
});

describe("a checkpoint", () => {
  it("in the middle of NDJSON or CSV gives the rest of the very same file", async () => {
    for (const format of ["ndjson", "csv"] as const) {
      const whole = await text((await open(listing(11, 3))).encode(format));
      for (let chunks = 1; chunks <= 4; chunks++) {
        const download = await open(listing(11, 3));
        const reader = download.encode(format).getReader();
        let begun = "";
        for (let read = 0; read < chunks; read++) {
          begun += new TextDecoder().decode((await reader.read()).value);
        }
        const checkpoint = copy(download.checkpoint());
        await reader.cancel();
        const rest = await text((await open({ ...listing(11, 3), checkpoint })).encode(format));
        expect(begun + rest).toBe(whole);
      }
    }
  });

  it("before the first record and after the last is one as well", async () => {
    const unread = await open(listing(5, 2));
    const first = await open({ ...listing(5, 2), checkpoint: copy(unread.checkpoint()) });
    expect(await idsOf(first)).toEqual(names(5));
    const last = await open({ ...listing(5, 2), checkpoint: copy(first.checkpoint()) });
    expect(await idsOf(last)).toEqual([]);
  });

  it("stays small however far the export is and however large its pages are", async () => {
    const download = await open(listing(20_000, 2000));
    let count = 0;
    for await (const _ of download) if (++count === 15_000) break;
    expect(JSON.stringify(download.checkpoint()).length).toBeLessThan(2500);
  });

  it("behind a new record among known ones knows those that follow, however many they are", async () => {
    // 250 records came to the front and one into the middle between the first page of 300 and the second.
    const list = entries(600);
    const grown = [...entries(250, 1000), ...list.slice(0, 51), { id: "new" }, ...list.slice(51)];
    let reads = 0;
    const fetchPage: ListingOptions["fetchPage"] = async (cursor) => {
      const now = reads++ === 0 ? list : grown;
      return { ...pagesOf(now, 300)(cursor), total: now.length };
    };
    const ids: string[] = [];
    const download = await open({ fetchPage });
    for await (const { id } of download) {
      ids.push(id);
      if (id === "new") break;
    }
    const rest = await open({ fetchPage, checkpoint: copy(download.checkpoint()) });
    for await (const { id } of rest) ids.push(id);
    expect([...ids].sort()).toEqual([...names(600), "new"].sort());
  });

  it("counts the records of the parts before", async () => {
    const download = await open(listing(9, 4));
    for await (const { id } of download) if (id === "e5") break;
    const seen: unknown[] = [];
    const checkpoint = copy(download.checkpoint());
    expect(checkpoint.position).toMatchObject({ record: 6, page: 2, offset: 2 });
    const rest = await open({ ...listing(9, 4), checkpoint, onProgress: (progress) => seen.push(progress) });
    await idsOf(rest);
    expect(seen.at(-1)).toMatchObject({ records: 9, totalRecords: 9 });
  });

  it("that is damaged is refused, and says so", async () => {
    const download = await open(listing(9, 4));
    for await (const { id } of download) if (id === "e5") break;
    const sound = copy(download.checkpoint());
    for (const position of [
      { ...sound.position, page: 0 },
      { ...sound.position, cursor: "2" },
      { ...sound.position, known: "e5" },
      { ...sound.position, before: 1 },
      { offset: 3, record: 3 },
    ]) {
      await expect(open({ ...listing(9, 4), checkpoint: { ...sound, position } })).rejects.toMatchObject({
        code: "JOB_INVALID",
        details: { field: "position" },
      });
    }
  });
});
