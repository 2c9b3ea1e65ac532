import type { ReportCell } from "./report-row.js";

/** Whose shared strings a sheet's cells point to; without a table texts stand in the cells themselves. */
export type StringIndex = ReadonlyMap<string, number> | undefined;

/** A row of a worksheet as XML. `number` is text, so that a template can leave digits open. */
export function rowXml(number: string, cells: readonly ReportCell[], strings: StringIndex): string {
  const texts = cells.map((cell, column) => cellXml(`${columnName(column)}${number}`, cell, strings));
  return `<row r="${number}">${texts.join("")}</row>`;
}

function cellXml(reference: string, cell: ReportCell, strings: StringIndex): string {
  switch (cell.kind) {
    case "empty":
      return "";
    case "inline":
      return inlineXml(reference, cell.text);
    case "shared": {
      const index = strings?.get(cell.text);
      return index === undefined
        ? inlineXml(reference, cell.text)
        : `<c r="${reference}" t="s"><v>${index}</v></c>`;
    }
    case "error":
      return `<c r="${reference}" t="e"><v>${escapeXml(cell.text)}</v></c>`;
    case "boolean":
      return `<c r="${reference}" t="b"><v>${cell.value ? 1 : 0}</v></c>`;
    case "number":
      return `<c r="${reference}"><v>${cell.value}</v></c>`;
    case "formula":
      return `<c r="${reference}"><f>${cell.value}*1</f><v>${cell.value}</v></c>`;
    case "date":
      return `<c r="${reference}" s="1"><v>${serialOf(cell.ms)}</v></c>`;
    case "datetime":
      return `<c r="${reference}" s="2"><v>${serialOf(cell.ms)}</v></c>`;
  }
}

function inlineXml(reference: string, text: string): string {
  return `<c r="${reference}" t="inlineStr"><is>${textXml(text)}</is></c>`;
}

/** The shared strings of a workbook; some in pieces of different looks, as people make them. */
export function sharedStringsXml(texts: readonly string[]): string {
  const items = texts.map((text, index) => {
    if (index % 5 !== 3 || text.length < 4) return `<si>${textXml(text)}</si>`;
    const runs = `<r>${textXml(text.slice(0, 2))}</r><r><rPr><b/></rPr>${textXml(text.slice(2))}</r>`;
    return `<si>${runs}<rPh sb="0" eb="1"><t>no part of the text</t></rPh></si>`;
  });
  const counts = `count="${texts.length}" uniqueCount="${texts.length}"`;
  return `${xmlHead}<sst xmlns="${mainNamespace}" ${counts}>${items.join("")}</sst>`;
}

function textXml(text: string): string {
  const space = text.trim() === text ? "" : ' xml:space="preserve"';
  // What looks like the notation for forbidden characters is itself written in that notation.
  const literal = text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_");
  return `<t${space}>${escapeXml(literal)}</t>`;
}

/** Days since the last of 1899, which is how workbooks count (and 1900 had a 29 February, in their view). */
function serialOf(ms: number): number {
  return (ms - Date.UTC(1899, 11, 30)) / 86_400_000;
}

/** The letter of a column, from 0; there are fewer than 26. */
export function columnName(column: number): string {
  return String.fromCharCode(65 + column);
}

export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export const mainNamespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
export const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
