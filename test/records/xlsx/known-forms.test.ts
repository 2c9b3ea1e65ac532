import { expect, it } from "vitest";
import { cellsOf, readReport } from "../../cases/read-report.js";
import { type Member, zip } from "../zip/zip-writer.js";

// The forms in which programs write that no test can run: what they put where, around invented content.

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const strict = "http://purl.oclc.org/ooxml";

const relationships = (
  list: { readonly [id: string]: readonly [type: string, target: string] },
  base = office,
) =>
  `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${Object.entries(
    list,
  )
    .map(([id, [type, target]]) => `<Relationship Type="${base}/${type}" Target="${target}" Id="${id}"/>`)
    .join("")}</Relationships>`;

type Form = { readonly [part: string]: string };

const googleSheets: Form = {
  "xl/worksheets/sheet1.xml": `${head}<worksheet xmlns="${main}" xmlns:r="${office}"><sheetPr><outlinePr summaryBelow="0"/></sheetPr><sheetFormatPr customHeight="1" defaultColWidth="12.63" defaultRowHeight="15.75"/><sheetData><row r="1"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="1"><v>1.0</v></c><c r="C1" s="2"><v>45368.0</v></c><c r="D1" s="1" t="b"><v>1</v></c></row><row r="2"><c r="A2" s="3"><v>9.007199254740991E15</v></c><c r="B2" s="1" t="str"><f t="shared" ref="B2:B3" si="1">A1&amp;"!"</f><v>x!</v></c><c r="C2" s="4"><v>45368.55238425926</v></c><c r="D2" s="1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row></sheetData><drawing r:id="rId1"/></worksheet>`,
  "xl/drawings/drawing1.xml": "<xdr:wsDr/>",
  "xl/worksheets/_rels/sheet1.xml.rels": relationships({ rId1: ["drawing", "../drawings/drawing1.xml"] }),
  "xl/sharedStrings.xml": `${head}<sst xmlns="${main}" count="1" uniqueCount="1"><si><t xml:space="preserve"> text </t></si></sst>`,
  "xl/styles.xml": `${head}<styleSheet xmlns="${main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="d/m/yyyy"/><numFmt numFmtId="165" formatCode="M/d/yyyy H:mm:ss"/></numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" xfId="0"/><xf numFmtId="0" xfId="0"/><xf numFmtId="164" xfId="0" applyNumberFormat="1"/><xf numFmtId="3" xfId="0"/><xf numFmtId="165" xfId="0"/></cellXfs></styleSheet>`,
  "xl/workbook.xml": `${head}<workbook xmlns="${main}" xmlns:r="${office}" xmlns:mx="http://schemas.microsoft.com/office/mac/excel/2008/main"><workbookPr/><sheets><sheet state="visible" name="Sheet1" sheetId="1" r:id="rId4"/></sheets><definedNames/><calcPr/></workbook>`,
  "xl/_rels/workbook.xml.rels": relationships({
    rId1: ["theme", "theme/theme1.xml"],
    rId2: ["styles", "styles.xml"],
    rId3: ["sharedStrings", "sharedStrings.xml"],
    rId4: ["worksheet", "worksheets/sheet1.xml"],
  }),
  "_rels/.rels": relationships({ rId1: ["officeDocument", "xl/workbook.xml"] }),
};

const numbers: Form = {
  "_rels/.rels": relationships({
    rId1: ["officeDocument", "xl/workbook.xml"],
    rId2: ["extended-properties", "docProps/app.xml"],
  }),
  "xl/workbook.xml": `${head}\n<workbook xmlns:r="${office}" xmlns="${main}"><workbookPr showObjects="all"/><bookViews><workbookView/></bookViews><sheets><sheet name="Export Summary" sheetId="1" r:id="rId4"/><sheet name="Sheet 1 - Table 1" sheetId="2" r:id="rId5"/></sheets></workbook>`,
  "xl/_rels/workbook.xml.rels": relationships({
    rId1: ["sharedStrings", "sharedStrings.xml"],
    rId2: ["styles", "styles.xml"],
    rId4: ["worksheet", "worksheets/sheet1.xml"],
    rId5: ["worksheet", "worksheets/sheet2.xml"],
  }),
  "xl/sharedStrings.xml": `${head}\n<sst xmlns="${main}" uniqueCount="2"><si><t>Table 1</t></si><si><r><rPr><b val="1"/></rPr><t xml:space="preserve">bold </t></r><r><t>plain</t></r><rPh sb="0" eb="1"><t>reading</t></rPh></si></sst>`,
  // Formats of its own have numbers that are others' by right.
  "xl/styles.xml": `${head}\n<styleSheet xmlns="${main}"><numFmts count="2"><numFmt numFmtId="0" formatCode="General"/><numFmt numFmtId="59" formatCode="d mmm yyyy"/></numFmts><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="59" applyNumberFormat="1"/></cellXfs></styleSheet>`,
  "xl/worksheets/sheet1.xml": `${head}\n<worksheet xmlns:r="${office}" xmlns="${main}"><sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetData><row r="3" ht="50" customHeight="1"><c r="B3" t="s" s="1"><v>0</v></c><c r="C3"/><c r="D3" s="1"/></row></sheetData></worksheet>`,
  "xl/worksheets/sheet2.xml": `${head}\n<worksheet xmlns:r="${office}" xmlns="${main}"><sheetData><row r="1"><c r="A1" t="s" s="1"><v>1</v></c><c r="B1" s="2"><v>45368</v></c><c r="C1" s="1"><v>7</v></c></row></sheetData></worksheet>`,
};

/** ClosedXML and the OpenXML SDK: a prefix, absolute targets, a mark, the list of types at the end. */
const openXml: Form = {
  "xl/workbook.xml": `\ufeff<?xml version="1.0" encoding="utf-8"?><x:workbook xmlns:r="${office}" xmlns:x="${main}"><x:workbookPr codeName="ThisWorkbook"/><x:sheets><x:sheet xmlns:r="${office}" r:id="R1" sheetId="2" name="S"/></x:sheets></x:workbook>`,
  "_rels/.rels": `\ufeff${relationships({ R0: ["officeDocument", "/xl/workbook.xml"] })}`,
  "xl/worksheets/sheet.xml": `\ufeff<?xml version="1.0" encoding="utf-8"?><x:worksheet xmlns:x="${main}"><x:sheetData><x:row r="1" spans="1:4" x14ac:dyDescent="0.2" xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"><x:c r="A1" s="0" t="s"><x:v>0</x:v></x:c><x:c r="B1" s="1"><x:v>45368.5</x:v></x:c><x:c r="C1" t="inlineStr"><x:is><x:t>inline</x:t></x:is></x:c><x:c r="D1" s="0" t="n"><x:v>-1.5E-07</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
  "xl/_rels/workbook.xml.rels": relationships({
    R1: ["worksheet", "/xl/worksheets/sheet.xml"],
    R2: ["sharedStrings", "/xl/sharedStrings.xml"],
    R3: ["styles", "/xl/styles.xml"],
  }),
  "xl/sharedStrings.xml": `<x:sst xmlns:x="${main}"><x:si><x:t>shared é</x:t></x:si></x:sst>`,
  "xl/styles.xml": `<x:styleSheet xmlns:x="${main}"><x:cellXfs><x:xf numFmtId="0"/><x:xf numFmtId="22" applyNumberFormat="1"/></x:cellXfs></x:styleSheet>`,
  "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
};

const strictForm: Form = {
  "_rels/.rels": relationships(
    { rId1: ["officeDocument", "xl/workbook.xml"] },
    `${strict}/officeDocument/relationships`,
  ),
  "xl/workbook.xml": `${head}<workbook xmlns="${strict}/spreadsheetml/main" xmlns:r="${strict}/officeDocument/relationships" conformance="strict"><workbookPr dateCompatibility="0"/><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="x15"><x15ac:absPath url="C:\\"/></mc:Choice></mc:AlternateContent><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  "xl/_rels/workbook.xml.rels": relationships(
    { rId1: ["worksheet", "worksheets/sheet1.xml"], rId2: ["styles", "styles.xml"] },
    `${strict}/officeDocument/relationships`,
  ),
  "xl/worksheets/sheet1.xml": `${head}<worksheet xmlns="${strict}/spreadsheetml/main"><sheetData><row r="1"><c r="A1" s="1" t="d"><v>2024-03-17T00:00:00.000</v></c><c r="B1" s="2" t="d"><v>1899-12-31T13:15:26.000</v></c><c r="C1" s="1"><v>45368</v></c><c r="D1" cm="1" t="str"><f t="array" ref="D1">A1:A1</f><v>spilled</v></c></row></sheetData></worksheet>`,
  "xl/styles.xml": `<styleSheet xmlns="${strict}/spreadsheetml/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="21"/></cellXfs></styleSheet>`,
};

it.each<[string, Form, Partial<Member>, unknown]>([
  [
    "Google Sheets",
    googleSheets,
    { descriptor: true },
    {
      Sheet1: {
        1: [" text ", 1, "2024-03-17", true],
        2: [9007199254740991, "x!", "2024-03-17T13:15:26", { error: "#DIV/0!" }],
      },
    },
  ],
  [
    "Numbers",
    numbers,
    {},
    {
      "Export Summary": { 3: [null, "Table 1"] },
      "Sheet 1 - Table 1": { 1: ["bold plain", "2024-03-17", 7] },
    },
  ],
  [
    "the OpenXML SDK",
    openXml,
    { descriptor: true, zip64: true },
    { S: { 1: ["shared é", "2024-03-17T12:00:00", "inline", -1.5e-7] } },
  ],
  [
    "strict documents",
    strictForm,
    { method: 0 },
    { S: { 1: ["2024-03-17", "13:15:26", "2024-03-17", "spilled"] } },
  ],
])("the form of %s", async (_, form, how, expected) => {
  const members = Object.entries(form).map(([name, data]) => ({ name, data, ...how }));
  for (const ranges of [true, false]) {
    const seen = await readReport(zip(members), { ranges });
    expect(seen).toMatchObject({ error: undefined, issues: [], warnings: [] });
    expect(cellsOf(seen.rows)).toEqual(expected);
  }
});
