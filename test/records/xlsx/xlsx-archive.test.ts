import { describe, expect, it } from "vitest";
import { sheetRowCsv } from "../../../src/records/xlsx/sheet-row.js";
import { csvEncoder } from "../csv-encoder.js";
import { written } from "../encoded.js";
import { memoryArtifact } from "../zip/memory-artifact.js";
import { noise } from "../zip/noise.js";
import { zip } from "../zip/zip-writer.js";
import { codeOf, decodeAll, decodeCells, decodeRows, xlsxArchive } from "./decode.js";
import { type Cell, workbookMembers, xlsx } from "./workbook-writer.js";

const one = (rows: readonly (readonly Cell[])[]) => [{ name: "S", rows }];

describe("the archive", () => {
  const first = xlsx({ sheets: one([["Name"], ["Ada"]]) });
  const second = xlsx({ sheets: one([["Name"], ["Bo"]]), shared: true, descriptor: true });
  const rows = [
    { file: "a.xlsx", sheet: "S", row: 2, cells: ["Ada"], values: { Name: "Ada" } },
    { file: "sub/b.XLSX", sheet: "S", row: 2, cells: ["Bo"], values: { Name: "Bo" } },
  ];
  const members = (method: number) => [
    { name: "readme.txt", data: "not a workbook" },
    { name: "a.xlsx", data: first, method },
    { name: "sub/", method: 0 },
    { name: "sub/b.XLSX", data: second, method, descriptor: true },
    { name: "__MACOSX/._a.xlsx", data: "notes", method },
    { name: "~$a.xlsx", data: "who has it open", method },
    { name: "sub/._b.xlsx", data: "notes", method },
  ];

  it.each([
    ["stored", 0, { ranges: true }],
    ["stored", 0, { ranges: false, chunk: 7 }],
    ["deflated", 8, { ranges: true }],
    ["deflated", 8, { ranges: false, chunk: 1000 }],
    ["deflated", 8, { sized: false, ranges: false }],
  ])("of several workbooks, %s (method %i, %j)", async (_, method, artifact) => {
    expect(await decodeRows(zip(members(method)), { artifact })).toEqual(rows);
  });

  it("may itself be a workbook, called by the artifact's name", async () => {
    expect(await decodeRows(first, { artifact: { fileName: "report.xlsx" } })).toEqual([
      { ...rows[0], file: "report.xlsx" },
    ]);
    expect(await decodeRows(first)).toEqual([{ ...rows[0], file: "workbook.xlsx" }]);
  });

  it("is read by ranges, and not from front to back", async () => {
    const workbook = xlsx({ sheets: one([["Name"], ["Ada"]]) });
    const bytes = zip([
      { name: "junk.bin", data: noise(3_000_000), method: 0 },
      { name: "a.xlsx", data: workbook, method: 0 },
    ]);
    const artifact = memoryArtifact(bytes);
    expect(await decodeRows(artifact)).toHaveLength(1);
    expect(artifact.requests).toEqual([expect.stringMatching(/^28/)]);
  });

  it("tells of a name that is there twice, and of a folder with content", async () => {
    const warnings: string[] = [];
    const book = { name: "a.xlsx", data: xlsx({ sheets: one([["Name"], ["Ada"]]) }) };
    const archive = memoryArtifact(zip([book, { name: "b.xlsx/", data: "content" }, { name: "c/" }, book]));
    const options = { maxBufferedBytes: 1_000_000, warn: (message: string) => void warnings.push(message) };
    let rows = 0;
    for await (const { entries } of xlsxArchive().decode(archive, options)) rows += entries.length;
    expect(rows).toBe(2);
    expect(warnings).toEqual([
      "The archive holds a.xlsx more than once; all are read.",
      "The folder b.xlsx/ in the archive has content, which was passed over.",
    ]);
  });

  it("without a workbook, or with one of another format, is refused", async () => {
    expect(await codeOf(decodeAll(zip([{ name: "a.txt", data: "x" }])))).toBe("DECODE_FAILED");
    expect(await codeOf(decodeAll(zip([])))).toBe("DECODE_FAILED");
    for (const name of ["a.xls", "a.xlsb", "b.ods"]) {
      expect(await codeOf(decodeAll(zip([{ name, data: "x" }])))).toBe("NOT_SUPPORTED");
    }
  });

  it("with a workbook that is protected by a password is refused", async () => {
    const ole = new Uint8Array(2000);
    ole.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    for (const bytes of [ole, zip([{ name: "a.xlsx", data: ole }])]) {
      expect(await codeOf(decodeAll(bytes))).toBe("NOT_SUPPORTED");
    }
  });

  it("is released when the reader stops", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => [`name ${index}`]);
    const artifact = memoryArtifact(xlsx({ sheets: one(many), stored: true }), { ranges: false, chunk: 500 });
    for await (const _ of xlsxArchive().decode(artifact, { maxBufferedBytes: 1e6 })) break;
    expect(artifact.open).toBe(0);
  });
});

describe("sheets", () => {
  it("come in the order of the tabs, hidden ones too, and can be chosen", async () => {
    const sheets = ["z", "a", "h"].map((name) => ({
      name,
      rows: [["H"], [name]],
      ...(name === "h" && { state: "hidden" }),
    }));
    const bytes = xlsx({ sheets });
    expect((await decodeRows(bytes)).map(({ sheet, values }) => [sheet, values.H])).toEqual([
      ["z", "z"],
      ["a", "a"],
      ["h", "h"],
    ]);
    const options = {
      sheets: (name: string, file: string) => name !== "z" && file === "f.xlsx",
      artifact: { fileName: "f.xlsx" },
    };
    expect((await decodeRows(bytes, options)).map(({ sheet }) => sheet)).toEqual(["a", "h"]);
    expect(await decodeRows(bytes, { sheets: () => false })).toEqual([]);
  });

  it("are found by their relationships, whatever their parts are called", async () => {
    const sheets = [
      { name: "One & only", rows: [["x"]], target: "any/where/data%20sheet.bin.xml" },
      { name: "chart", target: "chartsheets/sheet1.xml", type: "chartsheet" },
      { name: "macro", target: "macrosheets/sheet1.xml", type: "xlMacrosheet" },
    ];
    const rows = await decodeRows(xlsx({ sheets }), { headerRow: "none" });
    expect(rows.map(({ sheet, cells }) => [sheet, cells])).toEqual([["One & only", ["x"]]]);
  });

  it("of documents with other prefixes, strict namespaces and absolute targets", async () => {
    const ns = "http://purl.oclc.org/ooxml";
    const parts = {
      "_rels/.rels": `<p:Relationships xmlns:p="urn:p"><p:Relationship Id="x" Type="${ns}/officeDocument/relationships/officeDocument" Target="/book/Main.XML"/></p:Relationships>`,
      "book/main.xml": `<x:workbook xmlns:x="${ns}/spreadsheetml/main" xmlns:q="${ns}/officeDocument/relationships"><x:sheets><x:sheet name="S" sheetId="1" id="no" q:id="s1"/></x:sheets></x:workbook>`,
      "book/_rels/main.xml.rels": `<Relationships><Relationship Id="s1" Type="${ns}/officeDocument/relationships/worksheet" Target="../data/./s.xml"/><Relationship Id="s2" Type="${ns}/officeDocument/relationships/sharedStrings" Target="/strings.xml"/><Relationship Id="s3" Type="urn:hyperlink" Target="http://example.com/../../x" TargetMode="External"/></Relationships>`,
      "strings.xml": `<y:sst xmlns:y="urn:y"><y:si><y:t>shared</y:t></y:si></y:sst>`,
      "data/s.xml": `<x:worksheet xmlns:x="urn:x"><x:dimension ref="A1"/><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
    };
    const members = Object.entries({ "[Content_Types].xml": "<Types/>", ...parts }).map(([name, xml]) => ({
      name,
      data: xml,
    }));
    expect(await decodeCells(zip(members))).toEqual([["shared"]]);
  });

  it("that cannot be found are an error", async () => {
    const members = workbookMembers({ sheets: one([["x"]]) });
    const without = (name: string) => zip(members.filter((member) => member.name !== name));
    for (const name of ["xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"]) {
      expect(await codeOf(decodeAll(without(name)))).toBe("DECODE_FAILED");
    }
    // The one relationship with a customary place.
    expect(await decodeCells(without("_rels/.rels"))).toEqual([["x"]]);
  });
});

describe("options", () => {
  it.each([
    { headerRow: 0 },
    { headerRow: 1.5 },
    { headerRow: "first" },
    { memoryBytes: 0 },
    { maxRatio: -1 },
    { maxInflatedBytes: Number.NaN },
  ])("%j is refused", (options) => {
    expect(() => xlsxArchive(options as object)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });

  it("a header row that a function chose is checked, too", async () => {
    expect(await codeOf(decodeAll(xlsx({ sheets: one([["x"]]) }), { headerRow: () => -1 }))).toBe(
      "CONFIG_INVALID",
    );
  });
});

it("rows as CSV: where they come from, then their columns", async () => {
  const bytes = xlsx({
    sheets: one([
      ["Name", "n", "__proto__"],
      ["Ada", { xml: '<c t="e"><v>#N/A</v></c>' }, "p"],
    ]),
  });
  const encoder = csvEncoder({ layout: sheetRowCsv });
  expect(written(encoder, await decodeRows(bytes))).toBe(
    "_file,_sheet,_row,Name,n,__proto__,_extra\nworkbook.xlsx,S,2,Ada,#N/A,p,\n",
  );
});
