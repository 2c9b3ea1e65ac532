import { describe, expect, it } from "vitest";
import { cellsOf, readReport } from "../../cases/read-report.js";
import { zip } from "../zip/zip-writer.js";
import { type Workbook, workbookMembers, xlsx } from "./workbook-writer.js";

const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const sheet = (name: string) => ({ name, rows: [[name]] });
const one: Workbook = { sheets: [sheet("S")] };

/** Relationships of the workbook part: the sheet, and what else is given. */
const relations = (...more: readonly string[]) => ({
  "xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/>${more.join("")}</Relationships>`,
});
const relation = (type: string, target: string, more = "") =>
  `<Relationship Id="more" Type="${office}/${type}" Target="${target}" ${more}/>`;

/** A workbook part that lists these sheets. */
const listing = (...sheets: readonly string[]) => ({
  "xl/workbook.xml": `<workbook xmlns:r="${office}"><sheets>${sheets.join("")}</sheets></workbook>`,
});
const good = '<sheet name="S" sheetId="1" r:id="rId1"/>';

describe("a relationship that nobody follows", () => {
  it.each([
    ["climbs out", relation("customXml", "../../../../etc/passwd")],
    ["climbs out by backslashes", relation("theme", "..\\..\\..\\theme.xml")],
    ["leads nowhere", relation("pivotCacheDefinition", "pivotCache/none.xml")],
    ["leads to another host", relation("externalLinkPath", "https://elsewhere.example.org/a.xlsx")],
    ["has no target", '<Relationship Id="x" Type="y"/>'],
    ["is external", relation("hyperlink", "file:///etc/passwd", 'TargetMode="External"')],
    ["is broken percent encoding", relation("image", "%zz/%2e%2e/%2e%2e/a.png")],
  ])("%s, and costs nothing", async (_, more) => {
    const seen = await readReport(xlsx({ ...one, parts: relations(more) }));
    expect(seen).toMatchObject({ error: undefined, issues: [], warnings: [] });
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: ["S"] } });
  });
});

describe("a part that nobody reads", () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>';
  it.each([
    ["declares entities", [{ name: "xl/theme/theme1.xml", data: bomb }]],
    ["is no XML", [{ name: "docProps/app.xml", data: "\u0000\u0001<<<" }]],
    ["is damaged", [{ name: "docProps/core.xml", data: "x", crc32: 1 }]],
    ["is encrypted", [{ name: "xl/vbaProject.bin", data: "x", flags: 0x801 }]],
    ["is compressed in a way that is not read", [{ name: "xl/media/a.png", data: "x", method: 12 }]],
    ["unfolds beyond all measure", [{ name: "xl/media/b.png", data: new Uint8Array(3_000_000) }]],
    [
      "is there twice",
      [
        { name: "docProps/app.xml", data: "<a/>" },
        { name: "DocProps/App.xml", data: "<b/>" },
      ],
    ],
  ])("%s, and costs nothing", async (_, members) => {
    const seen = await readReport(zip([...workbookMembers(one), ...members]));
    expect(seen).toMatchObject({ error: undefined, issues: [], warnings: [] });
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: ["S"] } });
  });
});

describe("a part that is read", () => {
  it("is found where a surplus of .. leads, which is within the archive", async () => {
    const parts = {
      "xl/_rels/workbook.xml.rels": `<Relationships>${relation("worksheet", "../../../xl/worksheets/sheet1.xml").replace('"more"', '"rId1"')}</Relationships>`,
    };
    expect(cellsOf((await readReport(xlsx({ ...one, parts }))).rows)).toEqual({ S: { 1: ["S"] } });
  });

  it("is found by a target with backslashes", async () => {
    const parts = {
      "xl/_rels/workbook.xml.rels": `<Relationships>${relation("worksheet", "worksheets\\sheet1.xml").replace('"more"', '"rId1"')}</Relationships>`,
    };
    expect(cellsOf((await readReport(xlsx({ ...one, parts }))).rows)).toEqual({ S: { 1: ["S"] } });
  });

  it.each(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])(
    "is refused where it is there twice: %s",
    async (name) => {
      const { error } = await readReport(
        zip([...workbookMembers(one), { name: name.toUpperCase(), data: "<x/>" }]),
      );
      expect(error).toMatchObject({ code: "DECODE_FAILED", message: expect.stringContaining("two parts") });
    },
  );

  it("is told of where it is missing, and other sheets are read", async () => {
    const seen = await readReport(
      xlsx({ sheets: [sheet("S")], parts: relations(relation("styles", "no-styles.xml")) }),
    );
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: ["S"] } });
    expect(seen.warningEvents).toEqual([expect.stringMatching(/ lacks the part of its styles\.$/)]);
  });
});

it("shared strings that are named and not there make an issue of each row that refers to one", async () => {
  const rows = [[{ xml: '<c t="s"><v>0</v></c>' }], [7], ["text", { xml: '<c t="s"><v>0</v></c>' }]];
  const parts = relations(relation("sharedStrings", "none.xml"));
  const seen = await readReport(xlsx({ sheets: [{ name: "S", rows }], parts }));
  expect(cellsOf(seen.rows)).toEqual({ S: { 2: [7] } });
  expect(seen.issues.map(({ position }) => position.row)).toEqual([1, 3]);
  expect(seen.warningEvents).toEqual([expect.stringMatching(/ lacks the part of its sharedStrings\.$/)]);
});

describe("a style that is named and not there", () => {
  const cell = (attributes: string, value: string | number) => ({
    xml: `<c ${attributes}><v>${value}</v></c>`,
  });
  const rows = [
    [cell('s="1"', 45368)],
    ["text"],
    [cell("", 45368)],
    [cell('s="0"', "0.5")],
    [cell('s="3"', "9007199254740993")],
    [cell('s="2" t="b"', 1)],
    [cell('s="1" t="d"', "2024-03-17")],
    [cell('s="12"', "-0.25")],
    ["left", cell('s="2"', 0)],
    [cell('s="2"', "")],
    [cell('s="00"', 45368)],
    [cell('ph="1" s="00"', 45368)],
  ];
  const sheets = [{ name: "S", rows }];
  const sound = {
    2: ["text"],
    3: [45368],
    4: [0.5],
    5: ["9007199254740993"],
    6: [true],
    7: ["2024-03-17"],
    11: [45368],
    12: [45368],
  };

  it.each([
    ["no part", relations(relation("styles", "no-styles.xml"))],
    ["a part outside of the archive", relations(relation("styles", "../../../styles.xml"))],
    ["two relationships of one id", relations(relation("styles", "a.xml") + relation("styles", "b.xml"))],
  ])("%s: a number that may be a date makes an issue of its row, and nothing else does", async (_, parts) => {
    for (const ranges of [true, false]) {
      const seen = await readReport(xlsx({ sheets, parts }), { ranges });
      expect(seen.error).toBeUndefined();
      expect(cellsOf(seen.rows)).toEqual({ S: sound });
      expect(seen.issues.map(({ position }) => position.row)).toEqual([1, 8, 9]);
      expect(seen.issues[2]?.message).toContain(
        "the cell in column 2 has a number in a style that the workbook lacks, and may be a date",
      );
      expect(seen.warningEvents).toEqual([expect.stringMatching(/ lacks the part of its styles\.$/)]);
    }
  });

  it("without a word about styles there are none, and numbers are numbers", async () => {
    const seen = await readReport(xlsx({ sheets: [{ name: "S", rows: rows.slice(0, 1) }] }));
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: [45368] } });
    expect(seen.warningEvents).toEqual([]);
  });

  it("a style beyond the last one is a number, and told of once", async () => {
    const numbers = Array.from({ length: 3 }, (_, at) => [cell(`s="${at + 1}"`, 45368)]);
    const named = (name: string) => ({ name, rows: numbers });
    const seen = await readReport(
      xlsx({
        sheets: [named("S"), named("T")],
        styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
      }),
    );
    const rowsOf = { 1: ["2024-03-17"], 2: [45368], 3: [45368] };
    expect(cellsOf(seen.rows)).toEqual({ S: rowsOf, T: rowsOf });
    expect(seen.issues).toEqual([]);
    expect(seen.warningEvents).toEqual([
      expect.stringContaining("has cells in styles that it does not have"),
    ]);
  });
});

describe("a sheet that a workbook lists and does not have", () => {
  it.each([
    ["has no id", '<sheet name="Lost" sheetId="2"/>'],
    ["has an empty id", '<sheet name="Lost" sheetId="2" r:id=""/>'],
    ["has an id of no relationship", '<sheet name="Lost" sheetId="2" r:id="rId9"/>'],
    ["leads to a part that is not there", '<sheet name="Lost" sheetId="2" r:id="more"/>'],
    ["has an id that is not of relationships", '<sheet name="Lost" sheetId="2" id="rId1"/>'],
  ])("%s: it is passed over with a warning, before and after the others", async (_, lost) => {
    for (const sheets of [
      [lost, good],
      [good, lost],
    ]) {
      const parts = { ...relations(relation("worksheet", "worksheets/none.xml")), ...listing(...sheets) };
      const seen = await readReport(zip([{ name: "a.xlsx", data: xlsx({ ...one, parts }) }]));
      expect(seen).toMatchObject({ error: undefined, issues: [] });
      expect(cellsOf(seen.rows)).toEqual({ S: { 1: ["S"] } });
      const warning = 'a.xlsx does not say where its sheet "Lost" is; the sheet was passed over.';
      expect(seen.warningEvents).toEqual([warning]);
      expect(seen.warnings).toEqual([`exportkit: ${warning}`]);
    }
  });

  it.each(["theme", "styles", "sharedStrings", "externalLinkPath", "image", "customXml", "vbaProject"])(
    "leads to a part of another kind, a %s: the same",
    async (type) => {
      for (const content of ["<other/>", "no XML"]) {
        const lost = '<sheet name="Lost" sheetId="2" r:id="more"/>';
        // Strings and styles have parts of their own, in front.
        const own = relation("styles", "own.xml").replace("more", "a");
        const strings = relation("sharedStrings", "strings.xml").replace("more", "b");
        const parts = {
          ...relations(own, strings, relation(type, "other.xml")),
          ...listing(lost, good),
          "xl/own.xml": "<styleSheet/>",
          "xl/strings.xml": "<sst/>",
          "xl/other.xml": content,
        };
        const seen = await readReport(xlsx({ ...one, parts }));
        expect(seen).toMatchObject({ error: undefined, issues: [] });
        expect(cellsOf(seen.rows)).toEqual({ S: { 1: ["S"] } });
        expect(seen.warningEvents).toEqual([expect.stringContaining('where its sheet "Lost" is')]);
        const alone = await readReport(xlsx({ ...one, parts: { ...parts, ...listing(lost) } }));
        expect(alone.error).toMatchObject({ code: "DECODE_FAILED" });
      }
    },
  );

  it("is no warning where nobody wants it", async () => {
    const parts = listing('<sheet name="Lost" sheetId="2"/>', good);
    const workbooks = { headerRow: "none", sheets: (name: string) => name === "S" } as const;
    expect(await readReport(xlsx({ ...one, parts }), { workbooks })).toMatchObject({ warnings: [] });
  });

  it("is an error where no other one is wanted: no rows must mean that there are none", async () => {
    const parts = listing('<sheet name="Lost" sheetId="2"/>', good);
    const workbooks = { sheets: (name: string) => name === "Lost" };
    expect((await readReport(xlsx({ ...one, parts }), { workbooks })).error).toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining('sheet "Lost"'),
    });
  });

  it("steers no terminal by its name, and cannot flood the log", async () => {
    const lost = Array.from({ length: 500 }, (_, at) => `<sheet name="\u202e${at}&#10;forged" sheetId="9"/>`);
    const { warnings, warningEvents } = await readReport(xlsx({ ...one, parts: listing(good, ...lost) }));
    expect(warnings).toHaveLength(20);
    expect(warnings.at(-1)).toContain("Further warnings about this archive are left out");
    expect([...warnings, ...warningEvents].filter((text) => /[\n\u202e]/.test(text))).toEqual([]);
  });

  it("is another thing than a chart sheet, which has no rows", async () => {
    const parts = {
      ...relations(relation("chartsheet", "chartsheets/sheet1.xml")),
      ...listing('<sheet name="Chart" sheetId="2" r:id="more"/>'),
    };
    expect(await readReport(xlsx({ ...one, parts }))).toMatchObject({
      error: undefined,
      rows: [],
      warnings: [],
    });
  });
});
