import { MAX_COLUMN } from "./cell-reference.js";
import { type CellContext, readCell, whyUnreadable } from "./cell-value.js";
import type { RowBuilder } from "./raw-row.js";
import type { XmlTokenizer } from "./xml-tokenizer.js";

const FORMULA_ONLY =
  "has a formula without the value it gives; such cells are empty here. A spreadsheet program that saves the workbook adds the values.";

/** The cell that is being read; it serves for every cell of a sheet in turn. Its value goes to the row. */
export class OpenCell {
  readonly #row: RowBuilder;
  readonly #context: CellContext;
  readonly #warn: (what: string) => void;
  #type: string | undefined;
  #style: string | undefined;
  #text = "";
  /** Which child the text is of; `""` where there is none yet. */
  #textOf: "" | "v" | "is" = "";
  #plainTexts = 0;
  #runTexts = 0;
  #hasTwoValues = false;
  #hasFormula = false;

  /** @param warn - takes what there is to say of the row */
  constructor(row: RowBuilder, context: CellContext, warn: (what: string) => void) {
    this.#row = row;
    this.#context = context;
    this.#warn = warn;
  }

  begin(xml: XmlTokenizer): void {
    this.#text = "";
    this.#textOf = "";
    this.#hasTwoValues = false;
    this.#hasFormula = false;
    this.#row.beginCell(xml.attribute("r"));
    this.#type = xml.attribute("t");
    this.#style = xml.attribute("s");
  }

  /**
   * Begins a child.
   *
   * @returns whether it holds text in place, in elements of its own
   */
  openChild(xml: XmlTokenizer): boolean {
    const { name } = xml;
    if (name === "v" || name === "is") return this.#beginValue(xml, name);
    if (name === "f") this.#hasFormula = true;
    xml.skip();
    return false;
  }

  /** The type says which child holds the value: `is` for text in place, `v` for everything else. */
  #beginValue(xml: XmlTokenizer, child: "v" | "is"): boolean {
    const own = this.#type === "inlineStr" ? "is" : "v";
    if (child === this.#textOf) this.#hasTwoValues = true;
    else if (child === own || (child === "v" && this.#textOf === "")) {
      // Where text in place is promised and only a `v` is there, that is what there is.
      this.#text = "";
      this.#textOf = child;
      this.#hasTwoValues = false;
      this.#plainTexts = 0;
      if (child === "v") xml.keepText = true;
      return child === "is";
    } else if (child === "is")
      this.#warn("has text in place in a cell of another type; all such text was passed over.");
    xml.skip();
    return false;
  }

  /** Begins an element of text in place: it is one `t`, or runs of one each. */
  openInline(xml: XmlTokenizer): void {
    if (xml.name === "t") {
      xml.keepText = true;
      const count = xml.parent === "is" ? ++this.#plainTexts : ++this.#runTexts;
      if (count > 1) this.#hasTwoValues = true;
    } else if (xml.name === "r") this.#runTexts = 0;
    else xml.skip();
  }

  /** An element stands within its text: what stands around that must not be joined. */
  breakText(): void {
    this.#hasTwoValues = true;
  }

  addText(text: string): void {
    this.#row.lengthen(text.length);
    this.#text = this.#text === "" ? text : this.#text + text;
  }

  end(): void {
    const row = this.#row;
    if (this.#textOf === "") {
      if (this.#hasFormula) this.#warn(FORMULA_ONLY);
      return;
    }
    const { column } = row;
    if (column < 0 || column >= MAX_COLUMN) {
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
      if (this.#hasFormula) this.#warn(FORMULA_ONLY);
      return;
    }
    if (this.#type === "s" && typeof value === "string") row.lengthen(value.length);
    row.set(value);
  }
}
