import { beyondLimit } from "../zip/archive-error.js";
import { columnOf, maxRow, rowOf } from "./cell-reference.js";
import type { SheetCell } from "./sheet-row.js";
import { type RowCells, SparseCells, WIDE } from "./sparse-cells.js";

/** A row as the sheet has it. */
export interface RawRow {
  readonly number: number;
  readonly cells: RowCells;
  /** Why the row cannot be read. */
  readonly problem?: string | undefined;
}

/** The row that is being read, cell by cell; it serves for every row of a sheet in turn. */
export class RowBuilder {
  readonly #maxLength: number;
  readonly #label: string;
  #number = 0;
  /** It has a number of its own, or took one from a cell. */
  #isNumbered = false;
  #column = -1;
  #cells: SheetCell[] = [];
  /** In the place of `#cells`, where the row is wide and mostly empty. */
  #sparse: SparseCells | undefined;
  #isEmpty = true;
  #problem: string | undefined;
  #length = 0;

  /** @param maxLength - the longest text of one row, in characters */
  constructor(maxLength: number, label: string) {
    this.#maxLength = maxLength;
    this.#label = label;
  }

  get number(): number {
    return this.#number;
  }

  /** Whether cells have to tell its number. */
  get isNumbered(): boolean {
    return this.#isNumbered;
  }

  /** That of the cell being read, from 0; out of bounds where its reference is not valid. */
  get column(): number {
    return this.#column;
  }

  /** The length of its text so far. */
  get length(): number {
    return this.#length;
  }

  /** Whether there is a value in it, or a reason why it cannot be read. */
  get hasContent(): boolean {
    return !this.#isEmpty || this.#problem !== undefined;
  }

  get row(): RawRow {
    return { number: this.#number, cells: this.#sparse ?? this.#cells, problem: this.#problem };
  }

  /** The next row begins, with its own reference or behind the one before. */
  begin(reference: string | undefined): void {
    this.#cells = [];
    this.#sparse = undefined;
    this.#column = -1;
    this.#isEmpty = true;
    this.#problem = undefined;
    this.#length = 0;
    const number = reference === undefined ? -1 : rowOf(reference.trim());
    this.#isNumbered = number > 0;
    this.#number = this.#isNumbered ? number : this.#number + 1;
    if (reference !== undefined && !this.#isNumbered) this.#problem = "the row has no valid number";
    if (this.#number > maxRow) this.#problem = `a sheet has ${maxRow} rows at most`;
  }

  /** The next cell begins, with its own reference or behind the one before. */
  beginCell(reference: string | undefined): void {
    if (reference === undefined) {
      this.#column++;
      return;
    }
    if (!this.#isNumbered) {
      const number = rowOf(reference);
      if (number > 0) this.#number = number;
      this.#isNumbered = true;
    }
    this.#column = columnOf(reference, this.#number);
  }

  /** So many characters more are its text. */
  lengthen(characters: number): void {
    this.#length += characters;
    if (this.#length <= this.#maxLength) return;
    throw beyondLimit(
      this.#maxLength,
      `Row ${this.#number} of ${this.#label} is longer than maxBufferedBytes allows (${this.#maxLength}).`,
      { row: this.#number },
    );
  }

  /** It cannot be read; the first reason counts. */
  fail(problem: string): void {
    this.#problem ??= problem;
  }

  /** The next cell begins, in that column. */
  moveTo(column: number): void {
    this.#column = column;
  }

  /** The value of the cell being read. */
  set(value: SheetCell): void {
    const column = this.#column;
    this.#isEmpty = false;
    if (this.#sparse === undefined && column - this.#cells.length <= WIDE) {
      const cells = this.#cells;
      if (column < cells.length && cells[column] !== null) this.#failTwice();
      while (cells.length < column) cells.push(null);
      cells[column] = value;
    } else this.#setSparse(column, value);
  }

  #setSparse(column: number, value: SheetCell): void {
    if (this.#sparse === undefined) {
      this.#sparse = new SparseCells();
      for (const [at, cell] of this.#cells.entries()) if (cell !== null) this.#sparse.set(at, cell);
    }
    if (!this.#sparse.set(column, value)) this.#failTwice();
  }

  #failTwice(): void {
    this.fail(`it has two cells in column ${this.#column + 1}`);
  }
}
