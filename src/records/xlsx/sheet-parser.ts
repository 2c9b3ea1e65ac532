import { archiveError } from "../zip/archive-error.js";
import { type CellContext, readCell, whyUnreadable } from "./cell-value.js";
import { type RawRow, RowBuilder } from "./raw-row.js";
import { XmlToken, type XmlTokenizer } from "./xml-tokenizer.js";

/**
 * What is handed over at once at most: a cell in the last column makes a row of 16,384, and all cells may refer to one
 * long string.
 */
const maxRowsAtOnce = 1024;
const maxCellsAtOnce = 65_536;
const maxTextAtOnce = 1024 * 1024;
/** The roots of what stands among the sheets and has no rows of values. */
const NO_ROWS = /^(chart|dialog|macro)sheet$/;
const FORMULA_ONLY =
  "has a formula without the value it gives; such cells are empty here. A spreadsheet program that saves the workbook adds the values.";

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
  #hasRows = false;
  #type: string | undefined;
  #style: string | undefined;
  #text = "";
  /** Which child the text is of; `""` where there is none yet. */
  #textOf: "" | "v" | "is" = "";
  #plainTexts = 0;
  #runTexts = 0;
  #hasTwoValues = false;
  #hasFormula = false;
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
    // A value is text and nothing else: what stands around an element in it must not be joined.
    if (xml.keepText) this.#hasTwoValues = true;
    switch (this.#isIn) {
      case "cell":
        if (name === "f") this.#hasFormula = true;
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
          // A text is one `t`, or runs of one each.
          const count = xml.parent === "is" ? ++this.#plainTexts : ++this.#runTexts;
          if (count > 1) this.#hasTwoValues = true;
        } else if (name === "r") this.#runTexts = 0;
        else xml.skip();
        return;
      case "rows":
        if (name === "row") {
          this.#isIn = "row";
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
        return false;
      case "worksheet":
        if (!this.#hasRows) this.#warn(`${this.#label} has no place for rows (sheetData).`);
    }
    return false;
  }

  #beginCell(xml: XmlTokenizer): void {
    this.#isIn = "cell";
    this.#text = "";
    this.#textOf = "";
    this.#hasTwoValues = false;
    this.#hasFormula = false;
    this.#row.readCell(xml);
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
    } else if (child === "is")
      this.#warnOnce("has text in place in a cell of another type; all such text was passed over.");
    xml.skip();
  }

  #warnOnce(what: string): void {
    if (this.#warned.has(what)) return;
    this.#warned.add(what);
    this.#warn(`Row ${this.#row.number} of ${this.#label} ${what}`);
  }

  #addText(text: string): void {
    this.#row.lengthen(text.length);
    this.#text = this.#text === "" ? text : this.#text + text;
  }

  #endCell(): void {
    const row = this.#row;
    if (this.#textOf === "") {
      if (this.#hasFormula) this.#warnOnce(FORMULA_ONLY);
      return;
    }
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
      const why = whyUnreadable(this.#type, this.#style, this.#text, this.#context);
      row.fail(`the cell in column ${column + 1} ${why}`);
      return;
    }
    if (value === null) {
      if (this.#hasFormula) this.#warnOnce(FORMULA_ONLY);
      return;
    }
    if (this.#type === "s" && typeof value === "string") row.lengthen(value.length);
    row.set(value);
  }
}
