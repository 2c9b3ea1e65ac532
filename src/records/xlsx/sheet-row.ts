import { isObject } from "../../model/json.js";
import type { CsvLayout } from "../../spec/records.js";
import { valueAt } from "../column-path.js";

/** What a cell shows instead of a value: `{ error: "#N/A" }`. */
export interface CellError {
  /** What the sheet shows, such as `#REF!`. */
  readonly error: string;
}

/**
 * The value of a cell. `null` where it is empty. A formula gives the value that was stored with it; where
 * none was, it is `null`, and a warning says so.
 *
 * Dates and times are ISO 8601 text without a zone, for a workbook knows none: which hour "10:00" was, only the
 * reader knows. By what the cell's number format shows:
 * - a date: `"2026-01-31"` (with the time of day where there is one)
 * - date and time: `"2026-01-31T10:00:00"`, with milliseconds where they are not zero
 * - a time of day: `"10:00:00"`
 * - elapsed time, such as `[h]:mm`: a duration, `"PT36H30M"`
 *
 * A number that a double does not hold, such as an id of 19 digits, comes as the client's option `integers` says.
 */
export type SheetCell = string | number | bigint | boolean | null | CellError;

/**
 * One row of a worksheet. Where it is wider than 256 columns, `cells` and `values` are laid out when they are read
 * first.
 */
export interface SheetRow {
  /** The workbook's name in the archive. */
  readonly file: string;
  /** The sheet's name. */
  readonly sheet: string;
  /** The number of the row as the sheet counts, from 1. */
  readonly row: number;
  /** The cells from column A on, up to the last one with a value. */
  readonly cells: readonly SheetCell[];
  /**
   * The cells by the header of their column. Headers that occur more than once are told apart by `_2`, `_3`, …;
   * a column without a header goes by its letters (`"C"`). Every header is there, with `null` where the row is empty.
   */
  readonly values: { readonly [header: string]: SheetCell };
}

const PLACE = ["_file", "_sheet", "_row"];

/** The columns of CSV for rows under these headers. A header that is called as the place of a row is, gets a number. */
export function sheetColumns(headers: readonly string[]): readonly string[] {
  const taken = new Set(headers);
  return [...PLACE, ...headers.map((header) => columnOf(header, (name) => taken.has(name)))];
}

function columnOf(header: string, isTaken: (name: string) => boolean): string {
  if (!header.startsWith("_") || !PLACE.includes(header)) return header;
  let number = 2;
  while (isTaken(`${header}_${number}`)) number++;
  return `${header}_${number}`;
}

/**
 * How rows become lines of CSV: where they come from (`_file`, `_sheet`, `_row`), then the columns of the header, and
 * what else the first row has. What other sheets have beside these lands in `_extra`; choose one sheet for a file of one
 * shape.
 */
export const sheetRowCsv: CsvLayout<SheetRow> = {
  columns: [],
  flatten({ file, sheet, row, values }) {
    const flat: { [column: string]: unknown } = { _file: file, _sheet: sheet, _row: row };
    const isTaken = (name: string) => Object.hasOwn(values, name);
    for (const header of Object.keys(values)) {
      const value = shownValue(values[header]);
      const column = columnOf(header, isTaken);
      // Assigned, it would become the prototype.
      if (column === "__proto__") Object.defineProperty(flat, column, { value, enumerable: true });
      else flat[column] = value;
    }
    return flat;
  },
  cell: (row, column) => shownValue(valueAt(row, column)),
};

/** The value of a cell, or the text of its error. */
function shownValue(cell: unknown): unknown {
  return isObject(cell) && typeof cell.error === "string" ? cell.error : cell;
}

/** Whether a cell shows an error instead of a value. */
export function isCellError(cell: SheetCell): cell is CellError {
  return typeof cell === "object" && cell !== null && "error" in cell;
}
