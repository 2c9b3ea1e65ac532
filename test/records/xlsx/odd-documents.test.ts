import { describe, expect, it } from "vitest";
import { cellsOf, readReport } from "../../cases/read-report.js";
import { zip } from "../zip/zip-writer.js";
import { type Workbook, workbookMembers, xlsx } from "./workbook-writer.js";

const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const book: Workbook = {
  sheets: [
    { name: "S", rows: [["x"]] },
    { name: "T", rows: [["y"]] },
  ],
  styles: "<cellXfs/>",
};
const both = { S: { 1: ["x"] }, T: { 1: ["y"] } };

/** The workbook with some of its parts written otherwise, or under other names. */
const withParts = (parts: { readonly [name: string]: string }) => readReport(xlsx({ ...book, parts }));
/** The workbook whose relationships are these: id, type, target. */
const related = (...relationships: readonly (readonly [id: string, type: string, target: string])[]) => {
  const list = relationships.map(
    ([id, type, target]) => `<Relationship Id="${id}" Type="${type}" Target="${target}"/>`,
  );
  return withParts({ "xl/_rels/workbook.xml.rels": `<Relationships>${list.join("")}</Relationships>` });
};
const second = ["rId2", `${office}/worksheet`, "worksheets/sheet2.xml"] as const;
const read = (data: string, sharedXml?: string) =>
  readReport(xlsx({ sheets: [{ name: "S", data }], ...(sharedXml && { sharedXml }) }));

describe("no rows have to mean that there are none", () => {
  const error = "<Error><Code>AccessDenied</Code></Error>";
  it.each([
    [
      "an error in the place of the workbook",
      { "xl/workbook.xml": error },
      /is not a workbook: its root is <Error>/,
    ],
    [
      "a workbook that lists no sheet",
      { "xl/workbook.xml": "<workbook><sheets/></workbook>" },
      /lists no sheet/,
    ],
    [
      "a page in the place of a sheet",
      { "xl/worksheets/sheet1.xml": "<html/>" },
      /is not a worksheet: its root is <html>/,
    ],
    [
      "an error in the place of the styles",
      { "xl/styles.xml": error },
      /is not a style sheet: its root is <Error>/,
    ],
  ])("%s is refused", async (_, parts, message) => {
    const seen = await withParts(parts);
    expect(seen.error).toMatchObject({ code: "DECODE_FAILED", message: expect.stringMatching(message) });
    expect(seen.rows).toEqual([]);
  });

  it("a document of text is refused", async () => {
    const seen = await readReport(
      zip([
        { name: "[Content_Types].xml", data: "<Types/>" },
        {
          name: "_rels/.rels",
          data: `<Relationships><Relationship Id="a" Type="${office}/officeDocument" Target="word/document.xml"/></Relationships>`,
        },
        { name: "word/document.xml", data: '<w:document xmlns:w="w"><w:body/></w:document>' },
      ]),
    );
    expect(seen.error).toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining("<document>"),
    });
  });

  it("a sheet without a place for rows is told of", async () => {
    const seen = await withParts({ "xl/worksheets/sheet1.xml": "<worksheet><sheetViews/></worksheet>" });
    expect(cellsOf(seen.rows)).toEqual({ T: both.T });
    expect(seen.warningEvents).toEqual([expect.stringContaining("has no place for rows (sheetData)")]);
  });

  it.each(["chartsheet", "dialogsheet"])("a %s that is called a worksheet has none", async (root) => {
    const seen = await withParts({ "xl/worksheets/sheet1.xml": `<${root}/>` });
    expect(seen).toMatchObject({ rows: [{ sheet: "T" }], error: undefined, warnings: [] });
  });
});

describe("a sheet is found", () => {
  it.each([
    ["a type in other letters", `${office}/WorkSheet`, "worksheets/sheet1.xml"],
    ["a type with a slash behind it", `${office}/worksheet/`, "worksheets/sheet1.xml"],
    ["a type with blanks around it", `\n ${office}/worksheet `, "worksheets/sheet1.xml"],
    ["a type that nobody knows", "https://example.org/sheets/grid", "worksheets/sheet1.xml"],
    ["a target with blanks around it", `${office}/worksheet`, " worksheets/sheet1.xml\n"],
    ["a target with a place in it", `${office}/worksheet`, "worksheets/sheet1.xml#S!A1"],
    ["a target from the top without its slash", `${office}/worksheet`, "xl/worksheets/sheet1.xml"],
    ["a target in capitals", `${office}/worksheet`, "Worksheets/SHEET1.xml"],
  ])("by %s", async (_, type, target) => {
    const seen = await related(["rId1", type, target], second);
    expect(seen).toMatchObject({ error: undefined, issues: [], warnings: [] });
    expect(cellsOf(seen.rows)).toEqual(both);
  });

  it.each([
    ["sheet 1 é.xml", "sheet%201%20%C3%A9.xml"],
    ["sheet%201%20%C3%A9.xml", "sheet 1 é.xml"],
    ["sheet%201é.xml", "sheet 1%c3%a9.xml"],
    ["sheet%5B1%5d.xml", "sheet[1].xml"],
    ["50%.xml", "50%.xml"],
  ])("as %j under %j", async (name, target) => {
    const members = workbookMembers({ sheets: [{ name: "S", rows: [["x"]] }] }).map((member) =>
      member.name === "xl/worksheets/sheet1.xml"
        ? { ...member, name: `xl/worksheets/${name}` }
        : { ...member, data: String(member.data).replace("sheet1.xml", target) },
    );
    expect(cellsOf((await readReport(zip(members))).rows)).toEqual({ S: both.S });
  });

  it("under no id that two relationships have: which one counts, nobody can tell", async () => {
    const first = (target: string) => ["rId1", `${office}/worksheet`, target] as const;
    const seen = await related(first("worksheets/sheet1.xml"), first("worksheets/sheet2.xml"), second);
    expect(cellsOf(seen.rows)).toEqual({ T: both.T });
    expect(seen.warningEvents).toEqual([expect.stringContaining('does not say where its sheet "S" is')]);
    const same = await related(first("worksheets/sheet1.xml"), first("/xl/worksheets/sheet1.xml"), second);
    expect(cellsOf(same.rows)).toEqual(both);
  });
});

describe("of what is offered in several versions, the one for everybody is read", () => {
  const versions = (extended: string, plain: string) =>
    `<mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x14">${extended}</mc:Choice><mc:Fallback>${plain}</mc:Fallback></mc:AlternateContent>`;
  const row = (number: number, cells: string) => `<row r="${number}">${cells}</row>`;
  const v = (text: string) => `<v>${text}</v>`;

  it.each([
    ["rows", versions(row(1, `<c r="A1">${v("9")}</c>`), row(1, `<c r="A1">${v("1")}</c>`))],
    ["cells", row(1, versions(`<c r="A1">${v("9")}</c>`, `<c r="A1">${v("1")}</c>`))],
    ["values", row(1, `<c r="A1">${versions(v("9"), v("1"))}</c>`)],
    ["one within another", row(1, versions("<x/>", versions("", `<c r="A1">${v("1")}</c>`)))],
  ])("of %s", async (_, data) => {
    const seen = await read(`${data}${row(2, `<c r="A2">${v("2")}</c>`)}`);
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: [1], 2: [2] } });
  });

  it("of strings, and of the list of sheets", async () => {
    const strings = `${versions("", "<si><t>a</t></si>")}<si>${versions("<t>x</t>", "<t>b</t>")}</si>`;
    const cells = '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>';
    expect(cellsOf((await read(row(1, cells), strings)).rows)).toEqual({ S: { 1: ["a", "b"] } });
    const sheets = (...names: readonly string[]) =>
      `<sheets>${names.map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`).join("")}</sheets>`;
    const seen = await withParts({
      "xl/workbook.xml": `<workbook xmlns:r="${office}">${versions(sheets("X"), sheets("S", "T"))}</workbook>`,
    });
    expect(cellsOf(seen.rows)).toEqual(both);
  });
});

describe("of versions without one for everybody, the first is read", () => {
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const root = `worksheet xmlns="${main}" xmlns:x="${main}" xmlns:x14="urn:x14" xmlns:mc="m"`;
  const choice = (content: string, requires = "x14") =>
    `<mc:Choice Requires="${requires}">${content}</mc:Choice>`;
  const offer = (...content: readonly string[]) =>
    `<mc:AlternateContent>${content.join("<!-- <mc:Fallback> -->")}</mc:AlternateContent>`;
  const fallback = (content: string) => `<mc:Fallback>${content}</mc:Fallback>`;
  const v = (text: string) => `<v>${text}</v>`;
  const cell = (text: string) => `<c r="A1">${v(text)}</c>`;
  const row = (text: string) => `<row r="1">${cell(text)}</row>`;
  const sheet = (content: string) =>
    withParts({ "xl/worksheets/sheet1.xml": `<${root}>${content}</worksheet>` });
  const data = (content: string) =>
    `<sheetData>${content}<row r="2"><c r="A2"><v>2</v></c></row></sheetData>`;
  const controls = `<controls>${'<control name="x"/>'.repeat(40_000)}</controls>`;

  it.each([
    ["sheetData", offer(choice(data(row("1"))))],
    ["rows", data(offer(choice(row("1"))))],
    ["cells", data(`<row r="1">${offer(choice(cell("1")))}</row>`)],
    ["values", data(`<row r="1"><c r="A1">${offer(choice(v("1")))}</c></row>`)],
    ["text", data(row(` ${offer(choice("1"))} `))],
    ["two", data(offer(choice(row("1")), choice(row("9"))))],
    ["what more is offered", data(`${offer("")}<mc:AlternateContent/>${offer(choice(""))}${row("1")}`)],
    ["one within another", data(offer(choice(offer(choice(row("9")), fallback(row("1"))))))],
    ["two, one within another", data(offer(choice(offer(choice(row("1")))), choice(row("9"))))],
    ["one within that for everybody", data(offer(choice(row("9")), fallback(offer(choice(row("1"))))))],
    ["much that is no data", `${data(row("1"))}${offer(choice(controls))}`],
    ["what needs the namespace of the part alone", data(offer(choice(row("1"), " x "), fallback(row("9"))))],
    ["a second of that kind", data(offer(choice(row("9")), choice(row("1"), "x"), fallback(row("9"))))],
    ["what needs more than that", data(offer(choice(row("9"), "x x14"), fallback(row("1"))))],
    ["what needs nothing, against the rules", data(offer(choice(row("9"), ""), fallback(row("1"))))],
    ["one for everybody behind 128 KiB", data(offer(choice(row("9".repeat(2e5))), fallback(row("1"))))],
    ["one for everybody, too far behind", data(offer(choice(`${row("1")}${controls}`), fallback(row("9"))))],
  ])("of %s", async (_, content) => {
    const seen = await sheet(content);
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: [1], 2: [2] }, T: { 1: ["y"] } });
    expect([seen.rows.length, seen.issues, seen.warningEvents]).toEqual([3, [], []]);
  });

  it("of a whole sheet, of strings, and of the list of sheets", async () => {
    const sheetOf = `<${root}>${data('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')}</worksheet>`;
    const list = offer(choice('<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'));
    const file = xlsx({
      ...book,
      sharedXml: `<si>${offer(choice("<t>a</t>"))}</si>`,
      parts: {
        "xl/worksheets/sheet1.xml": offer(choice(sheetOf)),
        "xl/workbook.xml": `<workbook xmlns:r="${office}">${list}</workbook>`,
      },
    });
    expect(cellsOf((await readReport(file)).rows)).toEqual({ S: { 1: ["a"], 2: [2] } });
  });
});

it.each([
  ["row", '<row r="1"><x:row xmlns:x="x"/><c r="A1"><v>1</v></c></row>'],
  ["sheetData", '<x:sheetData xmlns:x="x"/><row r="1"><c r="A1"><v>1</v></c></row>'],
])("an element within one that is called the same ends nothing: %s", async (_, data) => {
  const seen = await read(`${data}<row r="2"><c r="A2"><v>2</v></c></row>`);
  expect(cellsOf(seen.rows)).toEqual({ S: { 1: [1], 2: [2] } });
});

describe("what a row says twice is no value", () => {
  const far = '<c r="XFD1"><v>3</v></c>';
  it.each([
    ["two cells in one column", '<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>', "two cells in column 1"],
    ["two equal ones", '<c r="B1"><v>1</v></c><c r="B1"><v>1</v></c>', "two cells in column 2"],
    [
      "one without a reference, and its own",
      '<c r="A1"><v>1</v></c><c><v>2</v></c><c r="B1"><v>3</v></c>',
      "column 2",
    ],
    ["two in a wide row", `${far}${far}`, "two cells in column 16384"],
    [
      "two in a wide row, apart",
      `<c r="B1"><v>1</v></c>${far}<c r="B1"><v>2</v></c>`,
      "two cells in column 2",
    ],
  ])("%s", async (_, cells, says) => {
    const seen = await read(`<row r="1">${cells}</row><row r="2"><c r="A2"><v>5</v></c></row>`);
    expect(cellsOf(seen.rows)).toEqual({ S: { 2: [5] } });
    expect(seen.issues).toMatchObject([{ message: expect.stringContaining(says), position: { row: 1 } }]);
  });

  it.each([
    ["empty ones", '<c r="A1" s="1"/><c r="A1"><v>1</v></c><c r="A1"><v/></c>', [1]],
    [
      "none, and out of order",
      `<c r="C1"><v>3</v></c><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c>`,
      [1, 2, 3],
    ],
  ])("but %s", async (_, cells, values) => {
    expect(cellsOf((await read(`<row r="1">${cells}</row>`)).rows)).toEqual({ S: { 1: values } });
  });

  it("a header row that does not stand above its rows", async () => {
    const header = '<row r="1"><c r="A1" t="str"><v>h</v></c></row>';
    const below = '<row r="2"><c r="A2"><v>2</v></c></row>';
    const workbooks = { headerRow: 1 } as const;
    for (const [data, names] of [
      [below + header, ["A"]],
      [header + below + header, ["h"]],
      [header + header + below, ["h"]],
    ] as const) {
      const seen = await readReport(xlsx({ sheets: [{ name: "S", data }] }), { workbooks });
      expect(seen.rows.map(({ values }) => Object.keys(values))).toEqual([names]);
      expect(seen.issues).toMatchObject([
        { message: expect.stringContaining("name the columns"), position: { row: 1 } },
      ]);
    }
  });

  it("a header row that cannot be read names what it can, and is told of", async () => {
    const header = '<row r="1"><c r="A1" t="s"><v>9</v></c><c r="B1" t="str"><v>name</v></c></row>';
    const below = '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><v>3</v></c></row>';
    const file = xlsx({ sheets: [{ name: "S", data: header + below }] });
    const seen = await readReport(file, { workbooks: { headerRow: 1 } });
    expect(seen.rows).toMatchObject([{ values: { A: 2, name: 3 } }]);
    expect(seen.issues).toMatchObject([{ message: expect.stringContaining("Row 1"), position: { row: 1 } }]);
  });

  it.each([
    ["a run with two texts", 't="inlineStr"', "<is><r><t>a</t><t>b</t></r></is>"],
    ["a text with an element in it", 't="inlineStr"', "<is><t>a<b/>c</t></is>"],
    ["a number with an element in it", "", "<v>1<b>2</b>3</v>"],
    ["a value in a value", "", "<v>1<v>2</v></v>"],
    ["a string with such a run", 't="s"', "<v>0</v>"],
    ["a string with such a text", 't="s"', "<v>1</v>"],
  ])("%s", async (_, type, children) => {
    const strings =
      "<si><r><t>a</t><t>b</t></r></si><si><t>a<b/>c</t></si><si><r><t>d</t></r><r><t>e</t></r></si>";
    const row = `<row r="1"><c r="A1" ${type}>${children}</c><c r="B1" t="s"><v>2</v></c></row>`;
    const seen = await read(`${row}<row r="2"><c r="A2" t="s"><v>2</v></c></row>`, strings);
    expect(cellsOf(seen.rows)).toEqual({ S: { 2: ["de"] } });
    expect(seen.issues).toMatchObject([{ position: { row: 1 } }]);
  });
});

describe("a cell with nothing in its value", () => {
  it.each(["", 't="n"', 't="s"', 't="b"', 't="e"', 't="d"'])("of type %j is empty", async (type) => {
    const cells = `<c r="A1" ${type}><v/></c><c r="B1" ${type}><v></v></c><c r="C1"><v>7</v></c>`;
    expect(cellsOf((await read(`<row r="1">${cells}</row>`)).rows)).toEqual({ S: { 1: [null, null, 7] } });
  });

  it.each(["<f>1+1</f>", "<f>1+1</f><v></v>", '<f t="shared" si="0"/><v/>'])(
    "of the formula %s is told of, once for a sheet",
    async (formula) => {
      const seen = await read(
        `<row r="2"><c r="A2">${formula}</c><c r="B2"><v>7</v></c></row><row r="3"><c r="A3">${formula}</c></row>`,
      );
      expect(cellsOf(seen.rows)).toEqual({ S: { 2: [null, 7] } });
      expect(seen.warningEvents).toEqual([
        expect.stringMatching(
          /^Row 2 of xl\/worksheets\/sheet1\.xml .* has a formula without the value it gives/,
        ),
      ]);
      const empty = await read('<row r="1"><c r="A1" t="str"><f>""</f><v></v></c></row>');
      expect(empty).toMatchObject({ rows: [{ cells: [""] }], warnings: [] });
    },
  );

  it("that only JavaScript reads as a number is an issue", async () => {
    for (const text of ["\u00a00x1F", "\u00a05", "\ufeff5", "\u20285"]) {
      expect((await read(`<row r="1"><c r="A1"><v>${text}</v></c></row>`)).issues).toHaveLength(1);
    }
    expect((await read('<row r="1"><c r="A1"><v>\t5 </v></c></row>')).rows).toMatchObject([{ cells: [5] }]);
  });
});

describe("an attribute says what it says with blanks around it, too", () => {
  const styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId=" 14\n"/></cellXfs>';
  const cells = (row: string, style: string) => `<row r="${row}"><c s="${style}"><v>1</v></c></row>`;

  it.each([" 1 ", "\n1", "01"])("the number of a row and of a style: %j", async (number) => {
    const seen = await readReport(xlsx({ sheets: [{ name: "S", data: cells(number, number) }], styles }));
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: ["1900-01-01"] } });
  });

  it.each(["1", " 1 ", "true", "\ttrue", "TRUE"])("whether days count from 1904: %j", async (word) => {
    const workbook = `<workbook xmlns:r="${office}"><workbookPr date1904="${word}"/><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`;
    const sheets = [{ name: "S", data: cells("1", "1") }];
    const seen = await readReport(xlsx({ sheets, styles, parts: { "xl/workbook.xml": workbook } }));
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: ["1904-01-02"] } });
  });
});

describe("of the elements of a part only those of its own namespace count", () => {
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const value = (text: string, prefix = "") =>
    `<${prefix}row r="1"><${prefix}c r="A1"><${prefix}v>${text}</${prefix}v></${prefix}c></${prefix}row>`;
  const part = (root: string, content: string) =>
    withParts({ "xl/worksheets/sheet1.xml": `<${root}>${content}</${root.split(" ")[0]}>` });
  const foreign = 'xmlns:q="urn:q"';
  const data = (content: string) => `<sheetData>${content}</sheetData>`;

  it.each([
    ["a place for rows", `<q:sheetData>${value("9")}</q:sheetData>${data(value("1"))}`],
    ["a row", data(`${value("9", "q:")}${value("1")}`)],
    ["a row that holds one", data(`<q:rows>${value("9")}</q:rows>${value("1")}`)],
    ["a cell", data(`<row r="1"><q:c r="B1"><v>9</v></q:c><c r="A1"><v>1</v></c></row>`)],
    ["a value", data('<row r="1"><c r="A1"><q:v>9</q:v><v>1</v><q:f/></c></row>')],
    ["an element in a value", data('<row r="1"><c r="A1"><v>1<q:x>9</q:x></v></c></row>')],
    ["a row that says so itself", data(`${value("9").replace("<row", '<row xmlns="urn:q"')}${value("1")}`)],
    ["a row with a prefix of its own", data(`<p:row xmlns:p="urn:q" r="1"/>${value("1")}`)],
  ])("%s of another one is passed over", async (_, content) => {
    const seen = await part(`worksheet xmlns="${main}" ${foreign}`, content);
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: [1] }, T: { 1: ["y"] } });
    expect([seen.rows.length, seen.issues]).toEqual([2, []]);
  });

  it.each([
    ["a prefix for some", `worksheet xmlns="${main}" xmlns:x="${main}"`, data(value("1", "x:"))],
    [
      "a prefix for the root",
      `x:worksheet xmlns:x="${main}"`,
      `<sheetData xmlns="${main}">${value("1")}</sheetData>`,
    ],
    [
      "a prefix declared where it is used",
      `worksheet xmlns="${main}"`,
      `<x:sheetData xmlns:x="${main}">${value("1", "x:")}</x:sheetData>`,
    ],
    ["no namespace", "worksheet", data(value("1"))],
    [
      "one that was another's before",
      `x:worksheet xmlns:x="${main}"`,
      `<sheetData xmlns="${main}"><e xmlns="urn:q" xmlns:x="urn:q"/>${value("1")}</sheetData>`,
    ],
    [
      "a prefix that was another's before",
      `worksheet xmlns="${main}" xmlns:x="${main}"`,
      `<e xmlns:x="urn:q"><x:e/></e>${data(value("1", "x:"))}`,
    ],
    ["none within one", `worksheet xmlns="${main}"`, `<sheetData xmlns="">${value("1")}</sheetData>`],
    ["a prefix that nothing declares", `worksheet xmlns="${main}"`, data(value("1", "x:"))],
  ])("%s: it is its own", async (_, root, content) => {
    expect(cellsOf((await part(root, content)).rows)).toEqual({ S: { 1: [1] }, T: { 1: ["y"] } });
  });

  it("is told of cells without a prefix, too", async () => {
    const cells = '<c r="B1"><v>9</v></c><x:c r="A1"><x:v>1</x:v></x:c>';
    const rows = `<x:sheetData><x:row r="1">${cells}</x:row></x:sheetData>`;
    const seen = await part(`x:worksheet xmlns:x="${main}" xmlns="urn:q"`, rows);
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: [1] }, T: { 1: ["y"] } });
  });

  it("is told by more than the length of a prefix", async () => {
    const cell = '<x:c r="A1"><q:v>9</q:v><x:v>1</x:v></x:c>';
    const rows = `<x:sheetData>${value("9", "q:")}<x:row r="1">${cell}</x:row></x:sheetData>`;
    const seen = await part(`x:worksheet xmlns:x="${main}" ${foreign}`, rows);
    expect(cellsOf(seen.rows)).toEqual({ S: { 1: [1] }, T: { 1: ["y"] } });
    expect([seen.rows.length, seen.issues]).toEqual([2, []]);
  });

  it.each([
    "q:id='rId2' r:id='rId1'",
    "r:id='rId1' q:id='rId2'",
    "id='rId2' q:id='x' r:id='rId1'",
    "q:id='x'\nr:id='rId1'",
  ])("and of attributes: %s", async (ids) => {
    const sheets = `<sheets><sheet name="S" sheetId="1" ${ids}/></sheets>`;
    const seen = await withParts({
      "xl/workbook.xml": `<workbook xmlns:r="${office}" ${foreign}>${sheets}</workbook>`,
    });
    expect(cellsOf(seen.rows)).toEqual({ S: both.S });
  });
});
