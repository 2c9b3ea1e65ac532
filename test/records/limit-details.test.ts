import { gzipSync } from "node:zlib";
import { csv, gunzip, ndjson, type RecordDecoder, xlsx, zip } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { openFile } from "../cases/open-case.js";
import { collect } from "../support/collect.js";
import { type Workbook, xlsx as workbook, workbookMembers } from "./xlsx/workbook-writer.js";
import { noise } from "./zip/noise.js";
import { zip as archive, type Member } from "./zip/zip-writer.js";

// Whoever raises a bound has to know which number stood in the way.

const KIBIBYTE = 1024;
const cell = (text: string): Workbook => ({ sheets: [{ name: "S", rows: [[text]] }] });
const data = (xml: string) => workbook({ sheets: [{ name: "S", data: xml }] });
const text = (length: number) => "x".repeat(length);
const zeros = new Uint8Array(3 * KIBIBYTE * KIBIBYTE);

describe("what is beyond a bound names it", () => {
  it.each<[string, number, RecordDecoder<unknown>, Uint8Array | string, number?]>([
    ["a line", KIBIBYTE, ndjson(), `{"a":"${text(KIBIBYTE)}"}\n`, KIBIBYTE],
    ["a row", KIBIBYTE, csv(), `id,n\n1,${text(KIBIBYTE)}\n`, KIBIBYTE],
    ["a row of a workbook", 2000, xlsx(), workbook(cell(text(2001))), 2000],
    ["a shared string", 2000, xlsx(), workbook({ ...cell(text(2001)), shared: true }), 2000],
    ["a part", 2000, xlsx(), workbook({ ...cell("x"), styles: `<!-- ${text(2000)} -->` }), 2000],
    ["a tag", 256 * KIBIBYTE, xlsx(), data(`<row x="${text(512 * KIBIBYTE)}"/>`)],
    ["elements in one another", 256, xlsx(), data("<a>".repeat(256))],
    [
      "a directory",
      KIBIBYTE,
      zip(ndjson()),
      archive(members(20, "a rather long name of a member")),
      KIBIBYTE,
    ],
    ["members", KIBIBYTE, zip(ndjson()), archive(members(9, "a")), KIBIBYTE],
    [
      "memory",
      2000,
      zip(ndjson(), { memoryBytes: 2000 }),
      archive([{ name: "a.ndjson", data: noise(3000) }]),
    ],
    ["a ratio", 50, zip(ndjson(), { maxRatio: 50 }), archive([{ name: "a.ndjson", data: zeros }])],
    [
      "all that is unfolded",
      99,
      zip(ndjson(), { maxInflatedBytes: 99 }),
      archive([{ name: "a.ndjson", data: text(100) }]),
    ],
    ["a ratio of gzip", 50, gunzip(ndjson(), { maxRatio: 50 }), gzipSync(zeros)],
    ["all that gzip unfolds", 99, gunzip(ndjson(), { maxInflatedBytes: 99 }), gzipSync(text(100))],
  ])("%s: %i", async (_, limit, decoder, file, maxBufferedBytes) => {
    const base64 = Buffer.from(file).toString("base64");
    const read = async () =>
      collect(await openFile(decoder, { base64 }, maxBufferedBytes ? { maxBufferedBytes } : {}));
    await expect(read()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit } });
  });

  it("a list of sheets", async () => {
    const sheets = Array.from({ length: 65_537 }, () => '<sheet name="S" r:id="rId1"/>').join("");
    const parts = { "xl/workbook.xml": `<workbook xmlns:r="r"><sheets>${sheets}</sheets></workbook>` };
    const bytes = archive(workbookMembers({ ...cell("x"), parts, stored: true }));
    const download = await openFile(xlsx(), { base64: Buffer.from(bytes).toString("base64") });
    await expect(collect(download)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      details: { limit: 65_536 },
    });
  });
});

function members(count: number, name: string): readonly Member[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${name}${index}.ndjson`, data: "{}" }));
}
