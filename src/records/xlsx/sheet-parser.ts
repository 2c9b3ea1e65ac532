import { type CellContext, readCell } from "./cell-value.js";
import { type RawRow, RowBuilder } from "./raw-row.js";
import { XmlToken, type XmlTokenizer } from "./xml-tokenizer.js";

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
  readonly #label: string;
  readonly #warn: (message: string) => void;
  readonly #row: RowBuilder;
  #isIn: "document" | "rows" | "row" | "cell" | "inline" = "document";
  #type: string | undefined;
  #style: string | undefined;
  #text = "";
  /** Which child the text is of; `""` where there is none yet. */
  #textOf: "" | "v" | "is" = "";
  #plainTexts = 0;
  #hasTwoValues = false;
  #hasWarned = false;
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
    this.#label = label;
    this.#row = new RowBuilder(maxRowLength, label);
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
        if (name === "row") {
          this.#isIn = "row";
          this.#row.begin(xml.attribute("r"));
        } else xml.skip();
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
        return this.#row.hasContent;
      case "sheetData":
        if (this.#isIn === "rows") this.#isIn = "document";
    }
    return false;
  }

  #beginCell(xml: XmlTokenizer): void {
    this.#isIn = "cell";
    this.#text = "";
    this.#textOf = "";
    this.#hasTwoValues = false;
    this.#row.beginCell(xml.attribute("r"));
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
        `Row ${this.#row.number} of ${this.#label} has text in place in a cell of another type; all such text was passed over.`,
      );
    }
    xml.skip();
  }

  #addText(text: string): void {
    this.#row.lengthen(text.length);
    this.#text = this.#text === "" ? text : this.#text + text;
  }

  #endCell(): void {
    if (this.#textOf === "") return;
    const row = this.#row;
    const { column } = row;
    if (column < 0 || column >= 16_384) {
      row.fail("a cell has no valid reference");
      return;
    }
    if (this.#hasTwoValues) {
      row.fail(`the cell in column ${column + 1} has two values`);
      return;
    }
    const value = readCell(this.#type, this.#style, this.#text, this.#context);
    if (value === undefined) {
      row.fail(`the cell in column ${column + 1} is not readable as its type (${this.#type ?? "n"})`);
      return;
    }
    if (value === null) return;
    if (this.#type === "s" && typeof value === "string") row.lengthen(value.length);
    row.set(value);
  }
}
