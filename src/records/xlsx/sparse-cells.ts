import type { SheetCell } from "./sheet-row.js";

/** A row wider than this is laid out only where somebody reads it. */
export const WIDE = 256;

/** The cells of a row of which most are empty: those that are not, in the order in which they came. */
export class SparseCells {
  readonly #columns: number[] = [];
  readonly #values: SheetCell[] = [];
  #width = 0;

  /** Up to the last column with a value. */
  get length(): number {
    return this.#width;
  }

  set(column: number, value: SheetCell): void {
    this.#columns.push(column);
    this.#values.push(value);
    this.#width = Math.max(this.#width, column + 1);
  }

  forEach(visit: (value: SheetCell, column: number) => void): void {
    for (const [index, value] of this.#values.entries()) visit(value, this.#columns[index] as number);
  }
}

/** The cells of a row from column A on. */
export type RowCells = SheetCell[] | SparseCells;

/** All cells, the empty ones among them. */
export function layOut(cells: RowCells): readonly SheetCell[] {
  if (Array.isArray(cells)) return cells;
  const all = new Array<SheetCell>(cells.length).fill(null);
  cells.forEach((value, column) => {
    all[column] = value;
  });
  return all;
}
