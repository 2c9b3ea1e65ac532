import { type ComputedBytes, concatBytes, utf8Bytes } from "./computed-bytes.js";
import { type ReportCell, reportHeaders, sharedTexts } from "./report-row.js";
import { reportRows } from "./row-run.js";
import {
  columnName,
  escapeXml,
  mainNamespace,
  rowXml,
  type StringIndex,
  sharedStringsXml,
  xmlHead,
} from "./sheet-xml.js";
import { type ZipMember, type ZipOptions, zipArchive } from "./zip.js";

export interface WorkbookOptions extends ZipOptions {
  /** From 1. */
  readonly workbook: number;
  readonly revision: number;
  /** The sheets with details: their names, and how many rows below the header each has. */
  readonly details: readonly string[];
  readonly rows: number;
  /** The first sheet: pairs of a property and its value. */
  readonly summary: readonly (readonly ReportCell[])[];
  readonly sharedStrings: "before" | "after" | "none";
  readonly method: ZipMember["method"];
}

const relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packageRelationships = "http://schemas.openxmlformats.org/package/2006/relationships";
const contentType = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** An XLSX workbook (ECMA-376) of any size: a summary, and sheets of details. */
export function workbookFile(options: WorkbookOptions): ComputedBytes {
  const texts = sharedTexts(options.workbook);
  const strings: StringIndex =
    options.sharedStrings === "none" ? undefined : new Map(texts.map((text, index) => [text, index]));
  const sheets = [
    summarySheet(options, strings),
    ...options.details.map(() => detailsSheet(options, strings)),
  ];
  const table: readonly Part[] =
    strings === undefined ? [] : [["xl/sharedStrings.xml", utf8Bytes(sharedStringsXml(texts))]];
  const worksheets = sheets.map((sheet, index): Part => [`xl/worksheets/sheet${index + 1}.xml`, sheet]);
  const parts: readonly Part[] = [
    ["[Content_Types].xml", utf8Bytes(contentTypes(sheets.length, strings !== undefined))],
    ["_rels/.rels", utf8Bytes(relationshipsXml([["officeDocument", "xl/workbook.xml"]]))],
    ["xl/workbook.xml", utf8Bytes(workbookXml(["Summary", ...options.details]))],
    ["xl/_rels/workbook.xml.rels", utf8Bytes(workbookRelationships(sheets.length, strings !== undefined))],
    ["xl/styles.xml", utf8Bytes(stylesXml)],
    ...(options.sharedStrings === "before" ? [...table, ...worksheets] : [...worksheets, ...table]),
  ];
  const { method } = options;
  return zipArchive(
    parts.map(([name, content]) => ({ name, content, method })),
    options,
  );
}

type Part = readonly [name: string, content: ComputedBytes];

function summarySheet({ summary }: WorkbookOptions, strings: StringIndex): ComputedBytes {
  const header = textCells(["Property", "Value"]);
  const rows = [header, ...summary].map((cells, index) => rowXml(String(index + 1), cells, strings));
  return utf8Bytes(`${sheetHead(2, summary.length + 1)}${rows.join("")}${sheetTail}`);
}

function detailsSheet(options: WorkbookOptions, strings: StringIndex): ComputedBytes {
  const lastRow = options.rows + 1;
  const head = sheetHead(reportHeaders.length, lastRow) + rowXml("1", textCells(reportHeaders), strings);
  const { workbook, revision } = options;
  return concatBytes([
    utf8Bytes(head),
    reportRows(lastRow, { workbook, revision, strings }),
    utf8Bytes(sheetTail),
  ]);
}

function textCells(texts: readonly string[]): readonly ReportCell[] {
  return texts.map((text) => ({ kind: "inline", text }));
}

function sheetHead(columns: number, lastRow: number): string {
  const dimension = `<dimension ref="A1:${columnName(columns - 1)}${lastRow}"/>`;
  return `${xmlHead}<worksheet xmlns="${mainNamespace}">${dimension}<sheetData>`;
}

const sheetTail = "</sheetData></worksheet>";

function contentTypes(sheets: number, shared: boolean): string {
  const override = (part: string, type: string) =>
    `<Override PartName="${part}" ContentType="${contentType}.${type}+xml"/>`;
  const worksheets = Array.from({ length: sheets }, (_, index) =>
    override(`/xl/worksheets/sheet${index + 1}.xml`, "worksheet"),
  );
  return (
    `${xmlHead}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    override("/xl/workbook.xml", "sheet.main") +
    override("/xl/styles.xml", "styles") +
    (shared ? override("/xl/sharedStrings.xml", "sharedStrings") : "") +
    `${worksheets.join("")}</Types>`
  );
}

function workbookXml(names: readonly string[]): string {
  const sheets = names.map(
    (name, index) => `<sheet name="${escapeXml(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  const namespaces = `xmlns="${mainNamespace}" xmlns:r="${relationships}"`;
  return `${xmlHead}<workbook ${namespaces}><sheets>${sheets.join("")}</sheets></workbook>`;
}

function workbookRelationships(sheets: number, shared: boolean): string {
  const worksheets = Array.from(
    { length: sheets },
    (_, index) => ["worksheet", `worksheets/sheet${index + 1}.xml`] as const,
  );
  const table = ["sharedStrings", "sharedStrings.xml"] as const;
  return relationshipsXml([...worksheets, ["styles", "styles.xml"], ...(shared ? [table] : [])]);
}

function relationshipsXml(targets: readonly (readonly [type: string, target: string])[]): string {
  const items = targets.map(
    ([type, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="${relationships}/${type}" Target="${target}"/>`,
  );
  return `${xmlHead}<Relationships xmlns="${packageRelationships}">${items.join("")}</Relationships>`;
}

/** Cell styles: 0 plain, 1 a date by a format of its own, 2 date and time by a built-in one. */
const stylesXml =
  `${xmlHead}<styleSheet xmlns="${mainNamespace}">` +
  '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>' +
  '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="22" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>' +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>';
