import { describe, expect, it } from "vitest";
import { cellsOf, readReport } from "../../cases/read-report.js";
import { xlsx } from "./workbook-writer.js";

// A cell has one value. Its type says which child holds it: `is` for text in place, `v` for every other type.

const styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>';
const sharedXml =
  "<si><t>first</t></si><si><t>second</t></si><si><t>a</t><t>b</t></si><si><r><t>c</t></r><r><t>d</t></r></si>";

/** The one row that a cell makes, beside a sound cell in column B. */
async function readCell(attributes: string, children: string, others: { styles?: string } = { styles }) {
  const data = `<row r="1"><c r="A1" ${attributes}>${children}</c><c r="B1"><v>7</v></c></row>`;
  const seen = await readReport(xlsx({ sheets: [{ name: "S", data }], sharedXml, ...others }));
  expect(seen.error).toBeUndefined();
  return { ...seen, cells: cellsOf(seen.rows).S?.[1] };
}

const types = [
  ["", "5", 5],
  ['t="n"', "5", 5],
  ['t="s"', "1", "second"],
  ['t="str"', "5", "5"],
  ['t="b"', "1", true],
  ['t="e"', "#REF!", { error: "#REF!" }],
  ['t="d"', "2024-03-17", "2024-03-17"],
] as const;
const is = "<is><t>text</t></is>";

describe.each(types)("a cell of %j", (type, text, value) => {
  const v = `<v>${text}</v>`;
  it.each([
    ["v", v],
    ["v, then is", v + is],
    ["is, then v", is + v],
    ["is twice, and v", is + v + is],
    ["a formula, then v", `<f>1+1</f>${v}`],
    ["v, then an extension with another", `${v}<extLst><ext><v>9</v></ext></extLst>`],
    ["v in a comment, then v", `<!-- <v>9</v> -->${v}`],
    ["an empty is", `<is/>${v}`],
    ["an element called as the cell is", `<x:c xmlns:x="x"><v>9</v></x:c>${v}`],
  ])("takes the v of %s", async (_, children) => {
    const seen = await readCell(type, children);
    expect(seen.cells).toEqual([value, 7]);
    expect(seen.issues).toEqual([]);
    expect(seen.warnings).toHaveLength(children.includes("<is") ? 1 : 0);
  });

  it.each([
    ["two equal v", v + v],
    ["two v", `${v}<v>9</v>`],
    ["two v around an is", `${v}${is}<v>0</v>`],
    ["an empty v and another", `<v/>${v}`],
    ["three v", v + v + v],
  ])("is reported where it has %s", async (_, children) => {
    const seen = await readCell(type, children);
    expect(seen.rows).toEqual([]);
    expect(seen.issues).toMatchObject([
      { message: expect.stringContaining("the cell in column 1 has two values"), position: { row: 1 } },
    ]);
  });

  it("has no value where it has no v, and text of another type is told of", async () => {
    const seen = await readCell(type, is);
    expect(seen.cells).toEqual([null, 7]);
    expect(seen.warningEvents).toEqual([expect.stringContaining("Row 1 of xl/worksheets/sheet1.xml")]);
    expect((await readCell(type, "<f>1+1</f>")).cells).toEqual([null, 7]);
    expect((await readCell(type, "")).cells).toEqual([null, 7]);
  });
});

describe("a cell with text in place", () => {
  it.each([
    ["is", is],
    ["v, then is", `<v>5</v>${is}`],
    ["is, then v", `${is}<v>5</v>`],
    ["two v and an is", `<v>5</v><v>6</v>${is}`],
    ["is between two v", `<v>5</v>${is}<v>6</v>`],
    ["runs", "<is><r><t>te</t></r><r><t>xt</t></r></is><v>5</v>"],
    ["a text and its reading", "<is><t>text</t><rPh><t>reading</t></rPh></is>"],
    ["an element of its own name", '<is><x:is xmlns:x="x"/><t>text</t></is>'],
  ])("takes the is of %s", async (_, children) => {
    const seen = await readCell('t="inlineStr"', children);
    expect(seen).toMatchObject({ cells: ["text", 7], issues: [], warnings: [] });
  });

  it("takes the v where there is nothing else", async () => {
    expect((await readCell('t="inlineStr"', "<v>5</v>")).cells).toEqual(["5", 7]);
    expect((await readCell('t="inlineStr"', "<f>A2</f><v>5</v>")).cells).toEqual(["5", 7]);
  });

  it.each([
    ["two is", is + is],
    ["two is around a v", `${is}<v>5</v>${is}`],
    ["two v and no is", "<v>5</v><v>6</v>"],
    ["two texts in one is", "<is><t>a</t><t>b</t></is>"],
  ])("is reported where it has %s", async (_, children) => {
    const seen = await readCell('t="inlineStr"', children);
    expect(seen.rows).toEqual([]);
    expect(seen.issues).toMatchObject([{ message: expect.stringContaining("has two values") }]);
  });
});

describe("an index into the shared strings", () => {
  it.each(
    ["0x0", "0x1", "1.0", "1e0", "-0", "+1", "0b1", "", "1 1", "٣", "4", "99999999999999999999"].filter(
      Boolean,
    ),
  )("that is none makes an issue of the row: %s", async (index) => {
    const seen = await readCell('t="s"', `<v>${index}</v>`);
    expect(seen.rows).toEqual([]);
    expect(seen.issues).toMatchObject([{ message: expect.stringContaining("not readable as its type (s)") }]);
  });

  it.each([
    ["1", "second"],
    [" 1\n", "second"],
    ["001", "second"],
    ["3", "cd"],
  ])("that is one is read: %j", async (index, value) => {
    expect((await readCell('t="s"', `<v>${index}</v>`)).cells).toEqual([value, 7]);
  });

  it("to a string that has two texts makes an issue of the row", async () => {
    const seen = await readCell('t="s"', "<v>2</v>");
    expect(seen).toMatchObject({ rows: [], issues: [{ position: { row: 1 } }] });
  });
});

// A comment makes the reader go the long way.
describe("what most cells and strings look like is read as all others are", () => {
  const read = (data: string, sharedXml: string) =>
    readReport(xlsx({ sheets: [{ name: "S", data }], sharedXml }));

  it.each(["A1", "C1", "A2", "1", "XFD1", "XFE1", "ZZZZ1", "B1"])("a cell at %s", async (reference) => {
    const row = (cell: string) => `<row r="1">${cell}<c r="B1"><v>7</v></c></row>`;
    const cell = (comment: string, index: number) =>
      `<c r="${reference}" t="s"><v>${index}</v>${comment}</c>`;
    for (const index of [0, 1, 9]) {
      const plain = await read(row(cell("", index)), sharedXml);
      expect(plain).toEqual(await read(row(cell("<!-- -->", index)), sharedXml));
      expect(plain.rows.length + plain.issues.length).toBe(1);
    }
  });

  it.each(["", " ", "a&amp;b &#x1F600;", "_x0041_", "Zoë"])("a string of %j", async (text) => {
    const row = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>';
    const table = (comment: string) => `<si>${comment}<t>${text}</t></si><si><t>next</t></si>`;
    const plain = await read(row, table(""));
    expect(plain).toEqual(await read(row, table("<!-- -->")));
    expect(cellsOf(plain.rows)).toMatchObject({ S: { 1: [expect.anything(), "next"] } });
  });
});

describe("a cell without a style has the first one, whatever that is", () => {
  it.each([
    ["a date", 14, "2024-03-17"],
    ["date and time", 22, "2024-03-17T00:00:00"],
    ["a number", 2, 45368],
    ["elapsed time", 46, "PT1088832H"],
  ])("%s", async (_, id, value) => {
    const styles = `<cellXfs><xf numFmtId="${id}"/><xf numFmtId="0"/></cellXfs>`;
    const seen = await Promise.all(
      ["", 's="0"', 't="n"', 's="1"'].map((style) => readCell(style, "<v>45368</v>", { styles })),
    );
    expect(seen.map(({ rows }) => rows[0]?.cells[0])).toEqual([value, value, value, 45368]);
  });

  it("and a number where there are no styles, or no style of that number", async () => {
    const read = async (style: string, styles: string) =>
      (await readCell(style, "<v>45368</v>", { styles })).rows[0]?.cells[0];
    expect(await read("", "")).toBe(45368);
    expect(await read("", "<cellXfs/>")).toBe(45368);
    for (const style of ['s="5"', 's="0x0"', 's=""', 's="-0"']) {
      expect(await read(style, '<cellXfs><xf numFmtId="14"/></cellXfs>')).toBe(45368);
    }
  });
});

describe("a date that is written out", () => {
  const read = async (text: string, format: number) => {
    const seen = await readCell('t="d" s="1"', `<v>${text}</v>`, {
      styles: `<cellXfs><xf numFmtId="0"/><xf numFmtId="${format}"/></cellXfs>`,
    });
    return seen.issues.length > 0 ? "an issue" : (seen.rows[0]?.cells[0] ?? null);
  };
  const [general, date, time, moment, elapsed] = [0, 14, 21, 22, 46];

  it.each([
    ["2024-03-17T00:00:00", date, "2024-03-17"],
    ["2024-03-17T00:00:00.000Z", date, "2024-03-17"],
    ["2024-03-17T00:00:00+02:00", date, "2024-03-17T00:00:00+02:00"],
    ["2024-03-17T13:45:30", date, "2024-03-17T13:45:30"],
    ["2024-03-17", date, "2024-03-17"],
    ["2024-03-17", moment, "2024-03-17T00:00:00"],
    ["2024-03-17", general, "2024-03-17"],
    ["2024-03-17T00:00:00", general, "2024-03-17T00:00:00"],
    ["2024-03-17T13:45:30Z", moment, "2024-03-17T13:45:30Z"],
    ["2024-03-17T13:45", moment, "2024-03-17T13:45:00"],
    ["2024-03-17T13:45:30.5", moment, "2024-03-17T13:45:30.500"],
    ["2024-03-17T13:45:30.000", moment, "2024-03-17T13:45:30"],
    ["2024-03-17T13:45:30,1234567", moment, "2024-03-17T13:45:30.1234567"],
    [" 2024-02-29 ", date, "2024-02-29"],
    ["13:45:30", time, "13:45:30"],
    ["T13:45", time, "13:45:00"],
    ["1899-12-31T13:45:30", time, "13:45:30"],
    ["2024-03-17T13:45:30", time, "2024-03-17T13:45:30"],
    ["PT36H30M", elapsed, "PT36H30M"],
    ["-P1DT0.5S", elapsed, "-P1DT0.5S"],
    ["", date, null],
  ])("%j with format %i is %j", async (text, format, value) => {
    expect(await read(text, format)).toBe(value);
  });

  it.each([
    "hello",
    "45368",
    "2024-3-17",
    "2024-13-01",
    "2024-02-30",
    "2023-02-29",
    "0000-01-01",
    "2024-03-17T24:30:00",
    "2024-03-17T13:60",
    "2024-03-17T13:45:61",
    "2024-03-17T",
    "2024-03-17 13:45:30",
    "2024-03-17T13:45:30+25:00",
    "17.03.2024",
    "03/17/2024",
    "20240317x",
    "P",
    "PT",
    "P1",
    "T",
    "2024-03-17T13:45:30ZZ",
  ])("%j is an issue", async (text) => {
    expect(await read(text, date)).toBe("an issue");
  });
});
