import { InvalidRecord } from "../../spec/records.js";
import { ColumnNames, findHeader, type HeaderRow, headerWindow } from "./header-row.js";
import type { RawRow } from "./raw-row.js";
import type { SheetCell, SheetRow } from "./sheet-row.js";
import { layOut, type RowCells, WIDE } from "./sparse-cells.js";

/** A bound for wide sheets on what is kept while the header is looked for. */
const maxCellsKept = 65_536;

const MISPLACED = "it is to name the columns, and does not stand above all others, or is there twice";

/** Turns the rows of one sheet into records: finds the header and names the cells. */
export class RowShaper {
  readonly #file: string;
  readonly #sheet: string;
  readonly #header: HeaderRow;
  /** The first rows, while it is open whether one of them is the header. */
  #kept: RawRow[] | undefined;
  #cellsKept = 0;
  #names = new ColumnNames();
  /** Where the header's row was told: it has come, or rows below it have. */
  #isNamed = false;
  /** How many records of the export came before. */
  #record: number;
  readonly #onColumns: (names: readonly string[]) => void;

  /**
   * @param record - how many records of the export lie before this sheet
   * @param onColumns - takes the names that the header gives
   */
  constructor(
    file: string,
    sheet: string,
    header: HeaderRow,
    record: number,
    onColumns: (names: readonly string[]) => void = () => {},
  ) {
    this.#file = file;
    this.#sheet = sheet;
    this.#header = header;
    this.#record = record;
    this.#onColumns = onColumns;
    this.#kept = header === "auto" ? [] : undefined;
  }

  shape(rows: readonly RawRow[]): (SheetRow | InvalidRecord)[] {
    if (this.#kept === undefined) return this.#shapeNamed(rows);
    // Row by row, for the answer must not depend on how many come at once.
    for (const [index, row] of rows.entries()) {
      this.#kept.push(row);
      this.#cellsKept += row.cells.length;
      if (this.#kept.length === headerWindow || this.#cellsKept >= maxCellsKept)
        return this.decide().concat(this.#shapeNamed(rows.slice(index + 1)));
    }
    return [];
  }

  /** Settles which row is the header, and gives the rows kept for it. To be called when the sheet has ended. */
  decide(): (SheetRow | InvalidRecord)[] {
    const rows = this.#kept ?? [];
    this.#kept = undefined;
    const index = rows.length > 0 ? findHeader(rows) : -1;
    if (index < 0) return this.#shapeNamed(rows);
    const above = this.#shapeNamed(rows.slice(0, index));
    this.#takeHeader(rows[index]?.cells);
    return above.concat(this.#shapeNamed(rows.slice(index + 1)));
  }

  #shapeNamed(rows: readonly RawRow[]): (SheetRow | InvalidRecord)[] {
    const shaped: (SheetRow | InvalidRecord)[] = [];
    const header = typeof this.#header === "number" ? this.#header : 0;
    for (const row of rows) {
      const isHeader = row.number === header;
      // Others were named without it, or by another one.
      const problem = isHeader && this.#isNamed ? MISPLACED : row.problem;
      if (isHeader && !this.#isNamed) this.#takeHeader(row.cells);
      // A header row that cannot be read names what it can.
      if (row.number > header || (isHeader && problem !== undefined))
        shaped.push(this.#shapeRow(row, problem));
      this.#isNamed ||= row.number >= header;
    }
    return shaped;
  }

  #takeHeader(cells: RowCells = []): void {
    this.#names = new ColumnNames(layOut(cells));
    this.#onColumns(this.#names.given);
  }

  #shapeRow({ number: row, cells }: RawRow, problem: string | undefined): SheetRow | InvalidRecord {
    this.#record++;
    const file = this.#file;
    const sheet = this.#sheet;
    if (problem !== undefined) {
      return new InvalidRecord({
        message: `Row ${row} of sheet "${sheet}" in ${file} is broken: ${problem}.`,
        position: { record: this.#record, file, sheet, row },
      });
    }
    const names = this.#names;
    if (Array.isArray(cells) && Math.max(cells.length, names.width) <= WIDE) {
      return { file, sheet, row, cells, values: valuesOf(cells, names) };
    }
    return wideRow({ file, sheet, row }, cells, names);
  }
}

/**
 * A row whose cells are laid out when they are read first: what a row costs follows its cells, not its width. In
 * everything else it is like any other, JSON and copies included.
 */
function wideRow(
  place: Pick<SheetRow, "file" | "sheet" | "row">,
  found: RowCells,
  names: ColumnNames,
): SheetRow {
  const { file, sheet, row } = place;
  let cells: SheetRow["cells"] | undefined;
  let values: SheetRow["values"] | undefined;
  return {
    file,
    sheet,
    row,
    get cells() {
      cells ??= layOut(found);
      return cells;
    },
    get values() {
      values ??= valuesOf(found, names);
      return values;
    },
  };
}

function valuesOf(cells: RowCells, names: ColumnNames): { readonly [header: string]: SheetCell } {
  const values: { [header: string]: SheetCell } = {};
  if (!Array.isArray(cells)) {
    for (let column = 0; column < names.width; column++) set(values, names, column, null);
    cells.forEach((cell, column) => {
      if (cell !== null) set(values, names, column, cell);
    });
    return values;
  }
  for (let column = 0; column < names.width; column++) set(values, names, column, cells[column] ?? null);
  for (let column = names.width; column < cells.length; column++) {
    const cell = cells[column] ?? null;
    if (cell !== null) set(values, names, column, cell);
  }
  return values;
}

function set(
  values: { [header: string]: SheetCell },
  names: ColumnNames,
  column: number,
  value: SheetCell,
): void {
  const name = names.at(column);
  if (names.hasProto && name === "__proto__") {
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
  } else values[name] = value;
}
