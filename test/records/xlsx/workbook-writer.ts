import { type Member, zip } from "../zip/zip-writer.js";

/** A cell to write: its attributes and content as XML, or a plain value. */
export type Cell = string | number | boolean | null | { readonly xml: string };

export interface Sheet {
  readonly name: string;
  /** Rows from 1 on; or the whole `sheetData`. */
  readonly rows?: readonly (readonly Cell[])[];
  readonly data?: string;
  readonly state?: string;
  /** The part, from the folder `xl/`. */
  readonly target?: string;
  readonly type?: string;
}

export interface Workbook {
  readonly sheets: readonly Sheet[];
  /** Strings go to the table of shared strings, which is stored behind the sheets. */
  readonly shared?: boolean;
  /** The `sst` content as XML, instead. */
  readonly sharedXml?: string;
  /** `<numFmts>` and `<cellXfs>`. */
  readonly styles?: string;
  readonly date1904?: boolean;
  /** Store instead of deflate. */
  readonly stored?: boolean;
  readonly descriptor?: boolean;
  /** More members, or others instead: by name. */
  readonly parts?: { readonly [name: string]: string };
}

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

export function escapeXml(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/\r/g, "&#13;");
}

export function letters(column: number): string {
  return column < 26
    ? String.fromCharCode(65 + column)
    : letters(Math.floor(column / 26) - 1) + letters(column % 26);
}

/** The members of a small workbook. */
export function workbookMembers(workbook: Workbook): Member[] {
  const strings: string[] = [];
  const cellXml = (cell: Cell, reference: string): string => {
    if (cell === null) return "";
    if (typeof cell === "object") return cell.xml.replace("<c", `<c r="${reference}"`);
    if (typeof cell === "number") return `<c r="${reference}"><v>${cell}</v></c>`;
    if (typeof cell === "boolean") return `<c r="${reference}" t="b"><v>${cell ? 1 : 0}</v></c>`;
    if (workbook.shared) return `<c r="${reference}" t="s"><v>${strings.push(cell) - 1}</v></c>`;
    return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`;
  };
  const parts = new Map<string, string>();
  let list = "";
  let relations = "";
  for (const [index, sheet] of workbook.sheets.entries()) {
    const target = sheet.target ?? `worksheets/sheet${index + 1}.xml`;
    const rows = (sheet.rows ?? []).map((row, y) => {
      const cells = row.map((cell, x) => cellXml(cell, `${letters(x)}${y + 1}`)).join("");
      return cells === "" ? "" : `<row r="${y + 1}">${cells}</row>`;
    });
    const data = sheet.data ?? rows.join("");
    parts.set(`xl/${target}`, `${head}<worksheet xmlns="${main}"><sheetData>${data}</sheetData></worksheet>`);
    const state = sheet.state ? ` state="${sheet.state}"` : "";
    list += `<sheet name="${escapeXml(sheet.name)}" sheetId="${index + 1}"${state} r:id="rId${index + 1}"/>`;
    relations += `<Relationship Id="rId${index + 1}" Type="${office}/${sheet.type ?? "worksheet"}" Target="${target}"/>`;
  }
  const table =
    workbook.sharedXml ??
    strings.map((text) => `<si><t xml:space="preserve">${escapeXml(text)}</t></si>`).join("");
  if (table !== "") {
    parts.set("xl/sharedStrings.xml", `${head}<sst xmlns="${main}">${table}</sst>`);
    relations += `<Relationship Id="rIdS" Type="${office}/sharedStrings" Target="sharedStrings.xml"/>`;
  }
  if (workbook.styles) {
    parts.set("xl/styles.xml", `${head}<styleSheet xmlns="${main}">${workbook.styles}</styleSheet>`);
    relations += `<Relationship Id="rIdT" Type="${office}/styles" Target="/xl/styles.xml"/>`;
  }
  const rels = "http://schemas.openxmlformats.org/package/2006/relationships";
  const all: { [name: string]: string } = {
    "[Content_Types].xml": `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    "_rels/.rels": `${head}<Relationships xmlns="${rels}"><Relationship Id="a" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${head}<workbook xmlns="${main}" xmlns:r="${office}"><workbookPr${workbook.date1904 ? ' date1904="1"' : ""}/><sheets>${list}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${head}<Relationships xmlns="${rels}">${relations}</Relationships>`,
    ...Object.fromEntries(parts),
    ...workbook.parts,
  };
  return Object.entries(all).map(([name, data]) => ({
    name,
    data,
    method: workbook.stored ? 0 : 8,
    descriptor: workbook.descriptor ?? false,
  }));
}

/** A small workbook as a file. */
export function xlsx(workbook: Workbook): Uint8Array {
  return zip(workbookMembers(workbook));
}
