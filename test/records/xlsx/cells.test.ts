import { describe, expect, it } from "vitest";
import { InvalidRecord } from "../../../src/spec/records.js";
import { decodeAll, decodeCells, decodeRows } from "./decode.js";
import { xlsx } from "./workbook-writer.js";

const data = (xml: string) => [{ name: "S", data: xml }];

describe("cells", () => {
  it("of every type", async () => {
    const xml = `<row r="1"><c r="A1"><v>1.5</v></c><c r="B1" t="n"><v>-2E3</v></c><c r="C1" t="b"><v>1</v></c><c r="D1" t="b"><v>false</v></c>
      <c r="E1" t="str"><f>A1&amp;"x"</f><v>1.5x</v></c><c r="F1" t="e"><v>#N/A</v></c><c r="G1" t="d"><v>2026-01-31T10:00:00</v></c>
      <c r="H1" t="inlineStr"><is><t>in</t></is></c><c r="I1" t="inlineStr"><is><r><rPr><b/></rPr><t>rich </t></r><r><t xml:space="preserve"> text</t></r><rPh sb="0" eb="1"><t>reading</t></rPh></is></c>
      <c r="J1" t="s"><v>0</v></c><c r="K1"><f>NOW()</f></c><c r="L1" s="1"/><c r="M1" t="str"><v></v></c><c r="N1"><v/></c><c r="O1" t="s"><v/></c><c r="P1"><v> 0.5 </v></c></row>`;
    const sharedXml = "<si><r><t>a</t></r><r><t>b</t></r><rPh><t>x</t></rPh><phoneticPr/></si>";
    expect(await decodeCells(xlsx({ sheets: data(xml), sharedXml }))).toEqual([
      [
        1.5,
        -2000,
        true,
        false,
        "1.5x",
        { error: "#N/A" },
        "2026-01-31T10:00:00",
        "in",
        "rich  text",
        "ab",
        null,
        null,
        "",
        null,
        null,
        0.5,
      ],
    ]);
  });

  it("with dates by number format", async () => {
    const styles = `<numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;h&quot;"/><numFmt numFmtId="171" formatCode="[h]:mm"/><numFmt numFmtId="14" formatCode="0.00"/></numFmts>
      <cellStyleXfs><xf numFmtId="22"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="22"/><xf numFmtId="14"/><xf/></cellXfs>
      <dxfs><dxf><numFmt numFmtId="0" formatCode="yyyy"/></dxf></dxfs>`;
    const cells = [0, 1, 2, 3, 4, 5, 99].map(
      (style, x) => `<c r="${"ABCDEFG"[x]}1" s="${style}"><v>46053.5</v></c>`,
    );
    const sheets = data(`<row r="1">${cells.join("")}<c r="H1" s="1"><v>-5</v></c></row>`);
    expect(await decodeCells(xlsx({ sheets, styles }))).toEqual([
      [46053.5, "2026-01-31T12:00:00", "PT1105284H", "2026-01-31T12:00:00", 46053.5, 46053.5, 46053.5, -5],
    ]);
    expect(
      await decodeCells(
        xlsx({ sheets: data('<row r="1"><c r="A1" s="1"><v>44591</v></c></row>'), styles, date1904: true }),
      ),
    ).toEqual([["2026-01-31"]]);
  });

  it("with escapes, entities and space", async () => {
    const sharedXml = [
      "<si><t>_x0041__x005F_x0042_ _x00e9_ _xD83D__xDE00_ _x12_ _X0041_</t></si>",
      "<si><t>&lt;&#65;&#x1F600;&amp;amp;&gt;</t></si>",
      '<si><t xml:space="preserve">  a\r\nb  </t></si>',
      "<si><t>  c</t></si>",
      "<si/>",
      "<si><t><![CDATA[<d>&amp;]]></t></si>",
    ].join("");
    const cells = [0, 1, 2, 3, 4, 5].map((index) => `<c t="s"><v>${index}</v></c>`).join("");
    expect(await decodeCells(xlsx({ sheets: data(`<row>${cells}</row>`), sharedXml }))).toEqual([
      ["A_x0042_ é 😀 _x12_ _X0041_", "<A😀&amp;>", "  a\nb  ", "  c", "", "<d>&amp;"],
    ]);
  });

  it("in sparse rows, and without references", async () => {
    const v = (text: string, r = "") => `<c${r && ` r="${r}"`} t="str"><v>${text}</v></c>`;
    const xml = `<row>${v("a")}${v("b")}</row><row r="5">${v("c", "C5")}${v("d")}</row><row>${v("e", "AA9")}</row><row/><row r="12"><c r="A12" s="1"/></row><row r="13">${v("g", "B13")}${v("f", "A13")}</row>`;
    const rows = await decodeRows(xlsx({ sheets: data(xml) }), { headerRow: "none" });
    expect(rows.map(({ row, cells }) => [row, cells])).toEqual([
      [1, ["a", "b"]],
      [5, [null, null, "c", "d"]],
      [9, [...Array(26).fill(null), "e"]],
      [13, ["f", "g"]],
    ]);
  });

  it("in elements of extensions do not count", async () => {
    const xml = `<row r="1"><c r="A1"><v>1</v><extLst><v>2</v><c r="B1"><v>3</v></c></extLst></c><extLst><c r="C1"><v>4</v></c></extLst></row><extra><row r="2"><c r="A2"><v>5</v></c></row></extra>`;
    expect(await decodeCells(xlsx({ sheets: data(xml) }))).toEqual([[1]]);
  });

  it("keep every digit and sign that a number has", async () => {
    const numbers = [
      "0",
      "-0.5",
      "+7",
      ".5",
      "007",
      "1e5",
      "1E-7",
      "123456789012345",
      "-1.7976931348623157E308",
    ];
    const cells = numbers.map((number) => `<c><v>${number}</v></c>`).join("");
    expect(await decodeCells(xlsx({ sheets: data(`<row>${cells}</row>`) }))).toEqual([numbers.map(Number)]);
  });
});

describe("a row that cannot be read is one record", () => {
  it.each([
    ["a number that is none", '<c r="A2"><v>12x</v></c>'],
    ["a number in hexadecimal", '<c r="A2"><v>0x1F</v></c>'],
    ["a number of blanks", '<c r="A2"><v> </v></c>'],
    ["an infinite number", '<c r="A2"><v>1E999</v></c>'],
    ["a string that is not in the table", '<c r="A2" t="s"><v>7</v></c>'],
    ["an index that is none", '<c r="A2" t="s"><v>-1</v></c>'],
    ["a boolean that is none", '<c r="A2" t="b"><v>maybe</v></c>'],
    ["an unknown type", '<c r="A2" t="zebra"><v>1</v></c>'],
    ["a reference that is none", '<c r="2A"><v>1</v></c>'],
    ["a reference to another row", '<c r="A7"><v>1</v></c>'],
    ["a column too far", '<c r="XFE2"><v>1</v></c>'],
    ["a column far too far", '<c r="AAAAAAAAAAAAAA2"><v>1</v></c>'],
  ])("%s", async (_, cell) => {
    const xml = `<row r="1"><c r="A1" t="str"><v>H</v></c></row><row r="2">${cell}</row><row r="3"><c r="A3"><v>1</v></c></row>`;
    const [broken, sound, ...rest] = await decodeAll(xlsx({ sheets: data(xml) }), {
      artifact: { fileName: "f.xlsx" },
    });
    expect(rest).toEqual([]);
    expect(broken).toBeInstanceOf(InvalidRecord);
    expect((broken as InvalidRecord).issue.position).toEqual({
      record: 1,
      file: "f.xlsx",
      sheet: "S",
      row: 2,
    });
    expect(sound).toMatchObject({ row: 3, values: { H: 1 } });
  });

  it("a number of a row that is none", async () => {
    for (const number of ["0", "x", "1048577", ""]) {
      const [entry] = await decodeAll(xlsx({ sheets: data(`<row r="${number}"><c><v>1</v></c></row>`) }), {
        headerRow: "none",
      });
      expect(entry).toBeInstanceOf(InvalidRecord);
    }
  });
});
