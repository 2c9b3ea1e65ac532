import {
  foreignText,
  namesIdentity,
  readsAsHeader,
  readsAsRow,
  repeatedNames,
} from "../records/csv-header.js";
import { CsvParser } from "../records/csv-parser.js";
import { prepareRecord } from "../records/csv-record.js";

/** The rows of a CSV page, keyed by the header; an `Error` stands for a row that does not fit it. */
export interface CsvRows {
  /** The header, in the order of the file. */
  readonly columns: readonly string[];
  /** A record for each row, or the error that it is. */
  readonly items: readonly unknown[];
}

/**
 * Reads a page of CSV; a string says why the text is none. Without rows it is a page of no records only where its header
 * names an identity: a sentence of a proxy is one line, too. A page without even a header has no `columns`, which is for
 * the caller to judge.
 *
 * @param vendor - who should have written it, for that message
 * @example
 * ```ts
 * csvRows("user_id,plan\n1,free\n", "the shop");
 * // { columns: ["user_id", "plan"], items: [{ user_id: "1", plan: "free" }] }
 * csvRows("<html>Bad Gateway</html>", "the shop"); // "it begins like HTML or XML"
 * ```
 */
export function csvRows(text: string, vendor: string): CsvRows | string {
  let columns: readonly string[] = [];
  const items: unknown[] = [];
  let make: ((cells: readonly string[]) => unknown) | undefined;
  let width = 0;
  let problem: string | undefined;
  const parser = new CsvParser();
  const take = (cells: string[], blank: boolean): boolean => {
    if (cells.length === 0) return true;
    if (make === undefined) {
      if (blank) return true;
      columns = cells;
      width = cells.length;
      problem =
        foreignText(cells, parser.hasLoneCr) ?? repeated(cells) ?? undivided(cells) ?? headless(cells);
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
  if (columns.length > 0 && !items.some((item) => !(item instanceof Error)) && !isHeader(columns)) {
    problem ??= `it has no rows, and its first line is not a header of ${vendor}'s`;
  }
  return problem ?? { columns, items };
}

/** Which columns there are may not be documented, but users, subscriptions and events alike tell whose they are. */
function isHeader(columns: readonly string[]): boolean {
  return columns.some(namesIdentity) && readsAsHeader(columns);
}

function undivided([first = "", second]: readonly string[]): string | undefined {
  if (second !== undefined || !/[;\t|]/.test(first)) return undefined;
  return `its header is one column, ${JSON.stringify(first.slice(0, 100))}, so that no comma stands between its cells`;
}

/** A page that leaves the header out would lose its first row as one. */
function headless(header: readonly string[]): string | undefined {
  return readsAsRow(header) ? "its first line reads as a row, and not as a header" : undefined;
}

function repeated(header: readonly string[]): string | undefined {
  const names = repeatedNames(header).slice(0, 10);
  if (names.length === 0) return undefined;
  return `its header names more than once: ${names.map((name) => JSON.stringify(name.slice(0, 100))).join(", ")}`;
}
