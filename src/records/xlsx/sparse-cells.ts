import type { SheetCell } from "./sheet-row.js";

/** A row wider than this is laid out only where somebody reads it. */
export const WIDE = 256;

/** The cells of a row of which most are empty: those that are not, in the order in which they came. */
export class SparseCells {
  readonly #columns: number[] = [];
  readonly #values: SheetCell[] = [];
  /** Which columns are taken, once one of them comes out of order. */
  #taken: Set<number> | undefined;
  #width = 0;

  /** Up to the last column with a value. */
  get length(): number {
    return this.#width;
  }

  /** @returns whether the column had no value yet; else it keeps the one it has */
  set(column: number, value: SheetCell): boolean {
    if (column < this.#width) {
      this.#taken ??= new Set(this.#columns);
      if (this.#taken.has(column)) return false;
    }
    this.#taken?.add(column);
    this.#columns.push(column);
    this.#values.push(value);
    this.#width = Math.max(this.#width, column + 1);
    return true;
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
