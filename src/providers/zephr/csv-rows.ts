import { CsvParser } from "../../records/csv-parser.js";
import { prepareRecord } from "../../records/csv-record.js";

/** The rows of a CSV page, keyed by the header; an `Error` stands for a row that does not fit it. */
export interface CsvRows {
  readonly columns: readonly string[];
  readonly items: readonly unknown[];
}

/** Reads a CSV page; `undefined` where the text is no CSV. */
export function csvRows(text: string): CsvRows | undefined {
  let columns: readonly string[] = [];
  const items: unknown[] = [];
  let make: ((cells: readonly string[]) => unknown) | undefined;
  let width = 0;
  let isSound = true;
  const parser = new CsvParser();
  const take = (cells: string[], blank: boolean): boolean => {
    if (make === undefined) {
      if (blank) return true;
      columns = cells;
      width = cells.length;
      isSound = new Set(cells).size === width;
      make = prepareRecord(cells);
    } else if (!blank || width === 1) {
      items.push(
        cells.length === width
          ? make(cells)
          : new Error(`the row has ${cells.length} cells, and the header has ${width}`),
      );
    }
    return isSound;
  };
  const fault = parser.read(text, take) ?? parser.end(take);
  return fault || !isSound ? undefined : { columns, items };
}
