import type { CsvLayout } from "../../contract/records.js";

/** What a cell shows instead of a value: `{ error: "#N/A" }`. */
export interface CellError {
  readonly error: string;
}

/**
 * The value of a cell. `null` where it is empty. A formula gives the value that was stored with it.
 *
 * Dates and times are ISO 8601 text without a zone, for a workbook knows none: which hour "10:00" was, only the
 * reader knows. By what the cell's number format shows:
 * - a date: `"2026-01-31"` (with the time of day where there is one)
 * - date and time: `"2026-01-31T10:00:00"`, with milliseconds where they are not zero
 * - a time of day: `"10:00:00"`
 * - elapsed time, such as `[h]:mm`: a duration, `"PT36H30M"`
 */
export type SheetCell = string | number | boolean | null | CellError;

/** One row of a worksheet. */
export interface SheetRow {
  /** The workbook's name in the archive. */
  readonly file: string;
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

/**
 * How rows become lines of CSV: where they come from (`_file`, `_sheet`, `_row`), then the columns that the first row
 * has. What other sheets have beside these lands in `_extra`; choose one sheet for a file of one shape.
 */
export const sheetRowCsv: CsvLayout<SheetRow> = {
  columns: [],
  flatten({ file, sheet, row, values }) {
    const flat: [string, unknown][] = [
      ["_file", file],
      ["_sheet", sheet],
      ["_row", row],
    ];
    for (const [header, cell] of Object.entries(values))
      flat.push([header, isCellError(cell) ? cell.error : cell]);
    // Defines every key as an own one, `__proto__` included.
    return Object.fromEntries(flat);
  },
};

/** Whether a cell shows an error instead of a value. */
export function isCellError(cell: SheetCell): cell is CellError {
  return typeof cell === "object" && cell !== null;
}
