import { zip as archives, xlsx as workbooks } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { openFile } from "../../cases/open-case.js";
import { collect } from "../../support/collect.js";
import { zip } from "../zip/zip-writer.js";
import { type Workbook, workbookMembers, xlsx } from "./workbook-writer.js";

const rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="7"><c r="A7"><v>1</v></c></row>';
const two = (data: string): Workbook => ({
  sheets: [
    { name: "First", rows: [[1]] },
    { name: "Second", data },
  ],
});
const damaged = (workbook: Workbook) =>
  zip(
    workbookMembers(workbook).map((member) =>
      member.name === "xl/worksheets/sheet2.xml" ? { ...member, crc32: 1 } : member,
    ),
  );

/** The same in an archive, where the workbook has a name there, in one that lies in another, and by itself. */
const ways = [
  ["report.xlsx", archives(workbooks()), (bytes: Uint8Array) => zip([{ name: "report.xlsx", data: bytes }])],
  [
    "day.zip/report.xlsx",
    archives(archives(workbooks())),
    (bytes: Uint8Array) =>
      zip([{ name: "day.zip", data: zip([{ name: "report.xlsx", data: bytes, method: 0 }]) }]),
  ],
  ["workbook.xlsx", workbooks(), (bytes: Uint8Array) => bytes],
] as const;

describe.each(ways)("what is wrong with %s is told with its place", (file, decoder, pack) => {
  const failure = async (bytes: Uint8Array) => {
    const base64 = Buffer.from(pack(bytes)).toString("base64");
    return collect(await openFile(decoder, { base64 })).catch((error: unknown) => error);
  };

  it.each([
    ["a sheet that breaks off", xlsx(two(`${rows}<row r="8"><c`)), { sheet: "Second", row: 8 }],
    [
      "an entity that is unknown",
      xlsx(two('<row r="3"><c><v>&x;</v></c></row>')),
      { sheet: "Second", row: 3 },
    ],
    ["damage that the end of a sheet shows", damaged(two(rows)), { sheet: "Second", row: 7 }],
    [
      "a page in the place of a sheet",
      xlsx({ ...two(""), parts: { "xl/worksheets/sheet2.xml": "<a/>" } }),
      { sheet: "Second" },
    ],
    ["no workbook part", xlsx({ ...two(""), parts: { "xl/workbook.xml": "<a/>" } }), {}],
    ["no workbook", new TextEncoder().encode("<html>"), {}],
  ])("%s", async (_, bytes, place) => {
    const error = await failure(bytes);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(DECODE_FAILED|INTEGRITY)$/) });
    expect((error as { details?: unknown }).details).toEqual({ file, ...place });
  });
});

it.each([
  ["no archive", new TextEncoder().encode("<html>"), "day.zip"],
  ["nothing in it to read", zip([{ name: "a.txt", data: "x" }]), "day.zip"],
  ["a member that is damaged", zip([{ name: "a.xlsx", data: "PK", crc32: 1 }]), "day.zip/a.xlsx"],
])("of an archive within another one it names both: %s", async (_, data, file) => {
  const base64 = Buffer.from(zip([{ name: "day.zip", data }])).toString("base64");
  const reading = openFile(archives(archives(workbooks())), { base64 }).then(collect);
  await expect(reading).rejects.toMatchObject({ details: { file } });
});
