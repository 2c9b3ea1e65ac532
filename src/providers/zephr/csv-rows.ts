import { foreignText, mayBeHeader, repeatedNames } from "../../records/csv-header.js";
import { CsvParser } from "../../records/csv-parser.js";
import { prepareRecord } from "../../records/csv-record.js";

/** The rows of a CSV page, keyed by the header; an `Error` stands for a row that does not fit it. */
export interface CsvRows {
  readonly columns: readonly string[];
  readonly items: readonly unknown[];
}

/** Reads a CSV page; a string says why the text is no CSV. */
export function csvRows(text: string): CsvRows | string {
  let columns: readonly string[] = [];
  const items: unknown[] = [];
  let make: ((cells: readonly string[]) => unknown) | undefined;
  let width = 0;
  let problem: string | undefined;
  let isClosed = false;
  const parser = new CsvParser();
  const take = (cells: string[], blank: boolean, end: number): boolean => {
    if (make === undefined) {
      if (blank) return true;
      columns = cells;
      width = cells.length;
      isClosed = end > 0;
      problem = foreignText(cells, parser.hasLoneCr) ?? repeated(cells);
      make = prepareRecord(cells);
    } else if (!blank || width === 1) {
      items.push(
        cells.length === width
          ? make(cells)
          : new Error(`the row has ${cells.length} cells, and the header has ${width}`),
      );
    }
    return problem === undefined;
  };
  const fault = parser.read(text, take) ?? parser.end(take);
  if (fault)
    problem ??= fault.problem === "open quote" ? "a quote is never closed" : "text follows a closing quote";
  if (items.length === 0 && columns.length > 0 && !mayBeHeader(columns, isClosed)) {
    problem ??= "its only line is no header";
  }
  return problem ?? { columns, items };
}

function repeated(header: readonly string[]): string | undefined {
  const names = repeatedNames(header).slice(0, 10);
  if (names.length === 0) return undefined;
  return `its header names more than once: ${names.map((name) => JSON.stringify(name.slice(0, 100))).join(", ")}`;
}
