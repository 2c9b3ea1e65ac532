import { columnLetters } from "./cell-reference.js";
import type { RawRow } from "./raw-row.js";
import { isCellError, type SheetCell } from "./sheet-row.js";
import { layOut } from "./sparse-cells.js";

/**
 * Which row names the columns.
 * - `"auto"`: the first row that reaches the last column in use among the first 20, if it holds nothing but text and
 *   fills at least half of the columns up to there. Rows above it (a title, a date) stay rows, with their columns called
 *   by letters. Where that row holds anything else, the sheet has no header.
 * - a number: that row; rows above it are left out
 * - `"none"`: no row; all columns go by their letters
 */
export type HeaderRow = number | "auto" | "none";

/** How many rows `"auto"` looks at. */
export const headerWindow = 20;

/**
 * The place of the header among the first rows of a sheet; -1 where there is none.
 */
export function findHeader(rows: readonly RawRow[]): number {
  const width = Math.max(...rows.map((row) => row.cells.length));
  const index = rows.findIndex((row) => row.cells.length === width);
  const cells = layOut(rows[index]?.cells ?? []).filter((cell) => cell !== null);
  const isHeader =
    rows[index]?.problem === undefined &&
    cells.length * 2 >= width &&
    cells.every((cell) => typeof cell === "string" && cell.trim() !== "");
  return isHeader ? index : -1;
}

/** The names of the columns of one sheet, all distinct. */
export class ColumnNames {
  readonly #names: string[] = [];
  readonly #taken = new Set<string>();
  /** The next number to try behind a name, so that thousands of equal headers stay cheap. */
  readonly #next = new Map<string, number>();
  /** How many columns the header has. */
  readonly width: number;
  /** Assignment would set the prototype instead of the property. */
  hasProto = false;

  constructor(header: readonly SheetCell[] = []) {
    for (const cell of header) this.#add(cell);
    this.width = header.length;
  }

  /** The name of a column, counted from 0. */
  at(column: number): string {
    while (this.#names.length <= column) this.#add(null);
    return this.#names[column] as string;
  }

  /** The names that the header gives. */
  get given(): readonly string[] {
    return this.#names.slice(0, this.width);
  }

  #add(cell: SheetCell): void {
    const text = cell === null ? "" : isCellError(cell) ? cell.error : String(cell).trim();
    const wanted = text === "" ? columnLetters(this.#names.length) : text;
    let name = wanted;
    for (let number = this.#next.get(wanted) ?? 2; this.#taken.has(name); number++) {
      name = `${wanted}_${number}`;
      this.#next.set(wanted, number + 1);
    }
    this.#taken.add(name);
    this.#names.push(name);
    if (name === "__proto__") this.hasProto = true;
  }
}
