import { readFileSync } from "node:fs";
import ExcelJS from "exceljs";
import { expect, it } from "vitest";
import * as XLSX from "xlsx";
import type { SheetCell } from "../../../src/records/xlsx/sheet-row.js";
import { decodeRows } from "./decode.js";

// Workbooks of independent writers decode to what the writers' own libraries read back from them. How the files were
// made is told in test/fixtures/xlsx/README.md.

const place = (file: string) => new URL(`../../fixtures/xlsx/${file}`, import.meta.url);
const read = (file: string) => new Uint8Array(readFileSync(place(file)));

type Sheets = { [sheet: string]: { [row: string]: unknown[] } };

/** What we make of a file, with dates and durations in one shape for comparison. */
async function ours(file: string): Promise<Sheets> {
  const sheets: Sheets = {};
  const options = { headerRow: "none", sheets: (name: string) => name !== "Escapes" } as const;
  for (const { sheet, row, cells } of await decodeRows(read(file), options)) {
    const rows = sheets[sheet] ?? {};
    rows[row] = cells.map(canonical);
    sheets[sheet] = rows;
  }
  return sheets;
}

function canonical(cell: SheetCell): unknown {
  if (typeof cell === "object" && cell !== null) return cell.error;
  if (typeof cell !== "string") return cell;
  if (/^\d{4}-\d\d-\d\d$/.test(cell)) return `${cell}T00:00:00`;
  if (/^\d\d:\d\d:\d\d$/.test(cell)) return `1899-12-30T${cell}`;
  const elapsed = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(cell);
  if (elapsed)
    return {
      seconds: Number(elapsed[1] ?? 0) * 3600 + Number(elapsed[2] ?? 0) * 60 + Number(elapsed[3] ?? 0),
    };
  return cell;
}

function trimEnd(cells: unknown[]): unknown[] {
  while (cells.length > 0 && cells.at(-1) === null) cells.pop();
  return cells;
}

// ExcelJS has times of day on day 0, which the 1904 system puts elsewhere.
const isoDate = (date: Date) =>
  date
    .toISOString()
    .replace(/(\.000)?Z$/, "")
    .replace(/^1904-01-01T/, "1899-12-30T");

async function exceljs(file: string): Promise<Sheets> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.load(readFileSync(place(file)) as never);
  const sheets: Sheets = {};
  for (const sheet of workbook.worksheets) {
    const rows: { [row: string]: unknown[] } = {};
    sheet.eachRow((row, number) => {
      const cells: unknown[] = [];
      row.eachCell({ includeEmpty: true }, (cell) => {
        cells.push(cell.isMerged && cell.master !== cell ? null : plain(cell.value));
      });
      if (trimEnd(cells).length > 0) rows[number] = cells;
    });
    if (Object.keys(rows).length > 0) sheets[sheet.name] = rows;
  }
  return sheets;
}

function plain(value: ExcelJS.CellValue): unknown {
  if (value instanceof Date) return isoDate(value);
  if (typeof value !== "object" || value === null) return value;
  if ("error" in value) return value.error;
  if ("richText" in value) return value.richText.map(({ text }) => text).join("");
  if ("text" in value) return value.text;
  if ("result" in value) return plain(value.result as ExcelJS.CellValue);
  throw new Error("a cell of an unexpected shape");
}

function sheetjs(file: string): Sheets {
  const workbook = XLSX.read(readFileSync(place(file)), { cellNF: true });
  const sheets: Sheets = {};
  for (const name of workbook.SheetNames) {
    const sheet = workbook.Sheets[name] ?? {};
    const rows: { [row: string]: unknown[] } = {};
    const range = XLSX.utils.decode_range(sheet["!ref"] ?? "A1");
    for (let r = 0; r <= range.e.r; r++) {
      const cells: unknown[] = [];
      for (let c = 0; c <= range.e.c; c++) {
        const cell = sheet[XLSX.utils.encode_cell({ r, c })] as XLSX.CellObject | undefined;
        cells.push(cell === undefined || cell.t === "z" ? null : sheetjsValue(cell, workbook));
      }
      if (trimEnd(cells).length > 0) rows[r + 1] = cells;
    }
    if (Object.keys(rows).length > 0) sheets[name] = rows;
  }
  return sheets;
}

function sheetjsValue(cell: XLSX.CellObject, workbook: XLSX.WorkBook): unknown {
  if (cell.t === "e") return cell.w;
  if (cell.t !== "n" || typeof cell.z !== "string" || !XLSX.SSF.is_date(cell.z)) return cell.v;
  const date1904 = workbook.Workbook?.WBProps?.date1904 ?? false;
  const { y, m, d, H, M, S, u } = XLSX.SSF.parse_date_code(Number(cell.v), { date1904 });
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = `${two(H)}:${two(M)}:${two(S)}${u > 0.0005 ? `.${Math.round(u * 1000)}` : ""}`;
  return Number(cell.v) < 1 ? `1899-12-30T${clock}` : `${y}-${two(m)}-${two(d)}T${clock}`;
}

/** What openpyxl or LibreOffice has read back, as the generators noted it. */
function noted(file: string): Sheets {
  const sheets = JSON.parse(readFileSync(place(file.replace(".xlsx", ".json")), "utf8")) as Sheets;
  for (const [name, rows] of Object.entries(sheets)) {
    if (Object.keys(rows).length === 0) delete sheets[name];
    for (const [row, cells] of Object.entries(rows)) rows[row] = trimEnd(cells.map(unnoted));
  }
  return sheets;
}

function unnoted(cell: unknown): unknown {
  const note = cell as { moment?: string; clock?: string; duration?: string } | null;
  if (note?.moment !== undefined) return note.moment.includes("T") ? note.moment : `${note.moment}T00:00:00`;
  if (note?.clock !== undefined) return `1899-12-30T${note.clock}`;
  // LibreOffice knows times of day and durations as one thing.
  const parts = /^PT(\d+)H(\d+)M(\d+)S$/.exec(note?.duration ?? "");
  return parts ? { seconds: Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) } : cell;
}

it.each(["exceljs.xlsx", "exceljs-1904.xlsx", "exceljs-streamed.xlsx"])(
  "%s as ExcelJS reads it",
  async (file) => {
    expect(await ours(file)).toEqual(await exceljs(file));
  },
);

it.each(["sheetjs.xlsx", "sheetjs-shared.xlsx"])("%s as SheetJS reads it", async (file) => {
  expect(await ours(file)).toEqual(sheetjs(file));
});

it.each(["openpyxl.xlsx", "xlsxwriter.xlsx", "xlsxwriter-1904.xlsx", "xlsxwriter-inline.xlsx"])(
  "%s as openpyxl reads it",
  async (file) => {
    expect(await ours(file)).toEqual(noted(file));
  },
);

it("libreoffice.xlsx as LibreOffice reads it", async () => {
  const decoded = await ours("libreoffice.xlsx");
  for (const rows of Object.values(decoded)) {
    for (const [row, cells] of Object.entries(rows)) rows[row] = cells.map(clockAsSeconds);
  }
  expect(decoded).toEqual(noted("libreoffice.xlsx"));
});

function clockAsSeconds(cell: unknown): unknown {
  if (typeof cell !== "string" || !cell.startsWith("1899-12-30T")) return cell;
  return { seconds: (Date.parse(`${cell}Z`) - Date.parse("1899-12-30T00:00:00Z")) / 1000 };
}

it.each(["hucre.xlsx", "openpyxl.xlsx", "xlsxwriter.xlsx", "libreoffice.xlsx"])(
  "%s as SheetJS reads it, cell by cell where both know the type",
  async (file) => {
    const [decoded, theirs] = [await ours(file), sheetjs(file)];
    for (const [name, rows] of Object.entries(theirs)) {
      // SheetJS gives chart sheets as tables of what they show.
      if (name === "Chart" || name === "Escapes") continue;
      for (const [row, cells] of Object.entries(rows)) {
        for (const [index, cell] of cells.entries()) {
          const own = decoded[name]?.[row]?.[index];
          if (typeof own !== "object" || own === null)
            expect({ name, row, index, own }).toEqual({ name, row, index, own: cell });
        }
      }
    }
  },
);

it("escapes of XlsxWriter are undone, which openpyxl leaves in place", async () => {
  const sheets = (name: string) => name === "Escapes";
  for (const file of ["xlsxwriter.xlsx", "xlsxwriter-inline.xlsx"]) {
    const rows = await decodeRows(read(file), { headerRow: "none", sheets });
    expect(rows.map(({ cells }) => cells)).toEqual([["control \u0001 and _x0041_"]]);
  }
});
