import { archiveError } from "../zip/archive-error.js";
import type { CellContext } from "./cell-value.js";
import { OpenCell } from "./open-cell.js";
import { PlainCells } from "./plain-cells.js";
import { type RawRow, RowBuilder } from "./raw-row.js";
import { XmlToken } from "./xml-token.js";
import type { XmlTokenizer } from "./xml-tokenizer.js";

/**
 * What is handed over at once at most: a cell in the last column makes a row of 16,384, and all cells may refer to one
 * long string.
 */
const maxRowsAtOnce = 1024;
const maxCellsAtOnce = 65_536;
const maxTextAtOnce = 1024 * 1024;
/** The roots of what stands among the sheets and has no rows of values. */
const NO_ROWS = /^(chart|dialog|macro)sheet$/;

/**
 * Makes rows of the XML of a worksheet. Rows without any value are left out. Merged cells need no care: the value
 * stands in the first one, and writers leave the others empty.
 */
export class SheetParser {
  readonly #label: string;
  readonly #warn: (message: string) => void;
  readonly #row: RowBuilder;
  readonly #cell: OpenCell;
  readonly #plain: PlainCells;
  #isIn: "document" | "rows" | "row" | "cell" | "inline" = "document";
  #hasRows = false;
  readonly #warned = new Set<string>();
  #widest = 0;

  /** @param maxRowLength - the longest text of one row, in characters */
  constructor(
    context: CellContext,
    maxRowLength: number,
    label: string,
    warn: (message: string) => void = () => {},
  ) {
    this.#warn = warn;
    this.#label = label;
    this.#row = new RowBuilder(maxRowLength, label);
    this.#plain = new PlainCells(this.#row, context, label);
    this.#cell = new OpenCell(this.#row, context, (what) => this.#warnOnce(what));
  }

  /** The number of the row that was begun last; 0 before the first. */
  get row(): number {
    return this.#row.number;
  }

  /** The rows that are complete, not too many at once; `undefined` where there are none. */
  readonly take = (xml: XmlTokenizer): readonly RawRow[] | undefined => {
    const rows: RawRow[] = [];
    let cells = 0;
    let text = 0;
    for (;;) {
      if (this.#isIn === "row") xml.pass(this.#plain.rowName, this.#plain.read);
      switch (xml.next()) {
        case XmlToken.more:
          return rows.length > 0 ? rows : undefined;
        case XmlToken.text:
          this.#cell.addText(xml.text);
          break;
        case XmlToken.open:
          this.#open(xml);
          break;
        case XmlToken.close:
          if (this.#close(xml)) {
            const { row } = this.#row;
            rows.push(row);
            // A short row, too, gets a value for every column of the header.
            this.#widest = Math.max(this.#widest, row.cells.length);
            cells += this.#widest;
            text += this.#row.length;
            if (rows.length >= maxRowsAtOnce || cells >= maxCellsAtOnce || text >= maxTextAtOnce) return rows;
          }
      }
    }
  };

  #open(xml: XmlTokenizer): void {
    const { name } = xml;
    if (xml.keepText) this.#cell.breakText();
    switch (this.#isIn) {
      case "cell":
        if (this.#cell.openChild(xml)) this.#isIn = "inline";
        return;
      case "row":
        if (name === "c") {
          this.#cell.begin(xml);
          this.#isIn = "cell";
        } else xml.skip();
        return;
      case "inline":
        this.#cell.openInline(xml);
        return;
      case "rows":
        if (name === "row") {
          this.#isIn = "row";
          this.#plain.beginRow(xml.written);
          this.#row.begin(xml.attribute("r"));
        } else xml.skip();
        return;
      case "document":
        if (xml.depth === 1) this.#beginDocument(name);
        else if (name === "sheetData" && xml.depth === 2) {
          this.#isIn = "rows";
          this.#hasRows = true;
        } else xml.skip();
    }
  }

  /** Something else than a sheet has no rows, and "no rows" would be a lie. */
  #beginDocument(root: string): void {
    if (NO_ROWS.test(root)) this.#hasRows = true;
    else if (root !== "worksheet")
      throw archiveError("DECODE_FAILED", `${this.#label} is not a worksheet: its root is <${root}>.`);
  }

  /**
   * An element within one that is called the same ends nothing, so that the depth is looked at, too.
   *
   * @returns whether a row with anything in it is complete
   */
  #close(xml: XmlTokenizer): boolean {
    switch (xml.name) {
      case "v":
      case "t":
        xml.keepText = false;
        return false;
      case "c":
        if (this.#isIn === "cell" && xml.depth === 3) {
          this.#cell.end();
          this.#isIn = "row";
        }
        return false;
      case "is":
        if (this.#isIn === "inline" && xml.depth === 4) this.#isIn = "cell";
        return false;
      case "row":
        if (this.#isIn !== "row" || xml.depth > 2) return false;
        this.#isIn = "rows";
        return this.#row.hasContent;
      case "sheetData":
        if (this.#isIn === "rows" && xml.depth === 1) this.#isIn = "document";
        return false;
      case "worksheet":
        if (!this.#hasRows) this.#warn(`${this.#label} has no place for rows (sheetData).`);
    }
    return false;
  }

  #warnOnce(what: string): void {
    if (this.#warned.has(what)) return;
    this.#warned.add(what);
    this.#warn(`Row ${this.#row.number} of ${this.#label} ${what}`);
  }
}
