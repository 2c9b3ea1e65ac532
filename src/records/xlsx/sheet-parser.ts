import { archiveError } from "../zip/archive-error.js";
import { columnOf, maxRow, rowOf } from "./cell-reference.js";
import { type CellContext, readCell } from "./cell-value.js";
import type { SheetCell } from "./sheet-row.js";
import { type RowCells, SparseCells, WIDE } from "./sparse-cells.js";
import { XmlToken } from "./xml-token.js";
import type { XmlTokenizer } from "./xml-tokenizer.js";

/** A row as the sheet has it. */
export interface RawRow {
  readonly number: number;
  readonly cells: RowCells;
  /** Why the row cannot be read. */
  readonly problem?: string | undefined;
}

/**
 * What is handed over at once at most: a cell in the last column makes a row of 16,384, and all cells may refer to one
 * long string.
 */
const maxRowsAtOnce = 1024;
const maxCellsAtOnce = 65_536;
const maxTextAtOnce = 1024 * 1024;

/**
 * Makes rows of the XML of a worksheet. Rows without any value are left out. Merged cells need no care: the value
 * stands in the first one, and writers leave the others empty.
 */
export class SheetParser {
  readonly #context: CellContext;
  readonly #maxRowLength: number;
  readonly #label: string;
  readonly #warn: (message: string) => void;
  #isIn: "document" | "rows" | "row" | "cell" | "inline" = "document";
  #row = 0;
  /** The row has a number of its own, or took one from a cell. */
  #isNumbered = false;
  #column = -1;
  #cells: SheetCell[] = [];
  /** In the place of `#cells`, where a row is wide and mostly empty. */
  #sparse: SparseCells | undefined;
  #isEmpty = true;
  #problem: string | undefined;
  #type: string | undefined;
  #style: string | undefined;
  #text = "";
  /** Which child the text is of; `""` where there is none yet. */
  #textOf: "" | "v" | "is" = "";
  #plainTexts = 0;
  #hasTwoValues = false;
  #hasWarned = false;
  #rowLength = 0;
  #widest = 0;

  /** @param maxRowLength - the longest text of one row, in characters */
  constructor(
    context: CellContext,
    maxRowLength: number,
    label: string,
    warn: (message: string) => void = () => {},
  ) {
    this.#warn = warn;
    this.#context = context;
    this.#maxRowLength = maxRowLength;
    this.#label = label;
  }

  /** The rows that are complete, not too many at once; `undefined` where there are none. */
  readonly take = (xml: XmlTokenizer): readonly RawRow[] | undefined => {
    const rows: RawRow[] = [];
    let cells = 0;
    let text = 0;
    for (;;) {
      switch (xml.next()) {
        case XmlToken.more:
          return rows.length > 0 ? rows : undefined;
        case XmlToken.text:
          this.#addText(xml.text);
          break;
        case XmlToken.open:
          this.#open(xml);
          break;
        case XmlToken.close:
          if (this.#close(xml)) {
            const row = this.#sparse ?? this.#cells;
            rows.push({ number: this.#row, cells: row, problem: this.#problem });
            // A short row, too, gets a value for every column of the header.
            this.#widest = Math.max(this.#widest, row.length);
            cells += this.#widest;
            text += this.#rowLength;
            if (rows.length >= maxRowsAtOnce || cells >= maxCellsAtOnce || text >= maxTextAtOnce) return rows;
          }
      }
    }
  };

  #open(xml: XmlTokenizer): void {
    const { name } = xml;
    switch (this.#isIn) {
      case "cell":
        if (name === "v" || name === "is") this.#beginValue(xml, name);
        else xml.skip();
        return;
      case "row":
        if (name === "c") this.#beginCell(xml);
        else xml.skip();
        return;
      case "inline":
        if (name === "t") {
          xml.keepText = true;
          // A text is one `t`, or runs of them.
          if (xml.parent === "is" && ++this.#plainTexts > 1) this.#hasTwoValues = true;
        } else if (name !== "r") xml.skip();
        return;
      case "rows":
        if (name === "row") this.#beginRow(xml);
        else xml.skip();
        return;
      case "document":
        if (name === "sheetData" && xml.depth === 2) this.#isIn = "rows";
        else if (xml.depth > 1) xml.skip();
    }
  }

  /** @returns whether a row with anything in it is complete */
  #close(xml: XmlTokenizer): boolean {
    switch (xml.name) {
      case "v":
      case "t":
        xml.keepText = false;
        return false;
      case "c":
        if (this.#isIn === "cell") {
          this.#endCell();
          this.#isIn = "row";
        }
        return false;
      case "is":
        if (this.#isIn === "inline") this.#isIn = "cell";
        return false;
      case "row":
        if (this.#isIn !== "row") return false;
        this.#isIn = "rows";
        return !this.#isEmpty || this.#problem !== undefined;
      case "sheetData":
        if (this.#isIn === "rows") this.#isIn = "document";
    }
    return false;
  }

  #beginRow(xml: XmlTokenizer): void {
    this.#isIn = "row";
    this.#cells = [];
    this.#sparse = undefined;
    this.#column = -1;
    this.#isEmpty = true;
    this.#problem = undefined;
    this.#rowLength = 0;
    const reference = xml.attribute("r");
    const number = reference === undefined ? -1 : rowOf(reference);
    this.#isNumbered = number > 0;
    this.#row = this.#isNumbered ? number : this.#row + 1;
    if (reference !== undefined && !this.#isNumbered) this.#problem = "the row has no valid number";
    if (this.#row > maxRow) this.#problem = `a sheet has ${maxRow} rows at most`;
  }

  #beginCell(xml: XmlTokenizer): void {
    this.#isIn = "cell";
    this.#text = "";
    this.#textOf = "";
    this.#hasTwoValues = false;
    const reference = xml.attribute("r");
    if (reference === undefined) {
      this.#column++;
    } else {
      if (!this.#isNumbered) {
        const number = rowOf(reference);
        if (number > 0) this.#row = number;
        this.#isNumbered = true;
      }
      this.#column = columnOf(reference, this.#row);
    }
    this.#type = xml.attribute("t");
    this.#style = xml.attribute("s");
    const text =
      xml.takeText("<v>", "</v></c>") ??
      (this.#type === "inlineStr" ? xml.takeText("<is><t>", "</t></is></c>") : undefined);
    if (text === undefined) return;
    this.#textOf = "v";
    this.#addText(text);
    this.#endCell();
    this.#isIn = "row";
  }

  /** The type says which child holds the value: `is` for text in place, `v` for everything else. */
  #beginValue(xml: XmlTokenizer, child: "v" | "is"): void {
    const own = this.#type === "inlineStr" ? "is" : "v";
    if (child === this.#textOf) this.#hasTwoValues = true;
    else if (child === own || (child === "v" && this.#textOf === "")) {
      // Where text in place is promised and only a `v` is there, that is what there is.
      this.#text = "";
      this.#textOf = child;
      this.#hasTwoValues = false;
      this.#plainTexts = 0;
      if (child === "is") this.#isIn = "inline";
      else xml.keepText = true;
      return;
    } else if (child === "is" && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#warn(
        `Row ${this.#row} of ${this.#label} has text in place in a cell of another type; all such text was passed over.`,
      );
    }
    xml.skip();
  }

  #addText(text: string): void {
    this.#lengthen(text.length);
    this.#text = this.#text === "" ? text : this.#text + text;
  }

  #lengthen(characters: number): void {
    this.#rowLength += characters;
    if (this.#rowLength <= this.#maxRowLength) return;
    throw archiveError(
      "LIMIT_EXCEEDED",
      `Row ${this.#row} of ${this.#label} is longer than maxBufferedBytes allows (${this.#maxRowLength}).`,
      { details: { row: this.#row } },
    );
  }

  #endCell(): void {
    if (this.#textOf === "") return;
    const column = this.#column;
    if (column < 0 || column >= 16_384) {
      this.#problem ??= "a cell has no valid reference";
      return;
    }
    if (this.#hasTwoValues) {
      this.#problem ??= `the cell in column ${column + 1} has two values`;
      return;
    }
    const value = readCell(this.#type, this.#style, this.#text, this.#context);
    if (value === undefined) {
      this.#problem ??= `the cell in column ${column + 1} is not readable as its type (${this.#type ?? "n"})`;
      return;
    }
    if (value === null) return;
    if (this.#type === "s" && typeof value === "string") this.#lengthen(value.length);
    this.#isEmpty = false;
    if (this.#sparse === undefined && column - this.#cells.length <= WIDE) {
      const cells = this.#cells;
      while (cells.length < column) cells.push(null);
      cells[column] = value;
    } else this.#setSparse(column, value);
  }

  #setSparse(column: number, value: SheetCell): void {
    if (this.#sparse === undefined) {
      this.#sparse = new SparseCells();
      for (const [at, cell] of this.#cells.entries()) this.#sparse.set(at, cell);
    }
    this.#sparse.set(column, value);
  }
}
