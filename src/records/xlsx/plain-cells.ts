import { CellTag } from "./cell-tag.js";
import { type CellContext, readCell } from "./cell-value.js";
import type { RowBuilder } from "./raw-row.js";
import type { SheetCell } from "./sheet-row.js";
import { decodeEntities } from "./xml-entities.js";
import { greaterThan, isDigit, space, standsAt } from "./xml-tag.js";

const POINT = 0x2e;
const NONE = -1;
const MOST_DIGITS = 15;
/** What stands around the values of cells, by the prefix of their elements. */
const formsOf = (prefix: string) => ({
  cell: `<${prefix}c`,
  formula: `<${prefix}f`,
  afterFormula: `</${prefix}f>`,
  value: `<${prefix}v>`,
  afterValue: `</${prefix}v></${prefix}c>`,
  texts: [`<${prefix}is><${prefix}t>`, `<${prefix}is><${prefix}t xml:space="preserve">`] as const,
  afterText: `</${prefix}t></${prefix}is></${prefix}c>`,
  after: `</${prefix}c>`,
});
/** Such as those of a formula that is written once for many cells. */
const FORMULA_ATTRIBUTES = /(?: (?!xmlns)\w+="[^"<&]*")*/y;
/** A number of so many digits, divided by one of these, is the double nearest to its text. */
const POWERS = Array.from({ length: MOST_DIGITS }, (_, power) => 10 ** power);

/**
 * Reads cells as nearly all are written, such as `<c r="B7" s="1"><v>12</v></c>`, in one pass over their characters. Any
 * other cell is left untouched, for the tokenizer.
 */
export class PlainCells {
  readonly #row: RowBuilder;
  readonly #context: CellContext;
  readonly #label: string;
  readonly #tag = new CellTag();
  #rowName = "";
  #forms = formsOf("");
  #buffer = "";
  /** Where the last end of a cell stands: a loop that begins before it ends within the text. */
  #last = -1;
  /** Where the next `&` stands, so that not each text is searched for one. */
  #entity = -1;
  /** Where the cell that is read ends, and how long its text is. */
  #end = -1;
  #length = 0;

  constructor(row: RowBuilder, context: CellContext, label: string) {
    this.#row = row;
    this.#context = context;
    this.#label = label;
  }

  /** How the rows are written whose cells are read here. */
  get rowName(): string {
    return this.#rowName;
  }

  /** A row begins, which is written so. Those that are written otherwise than the first are left to the tokenizer. */
  beginRow(name: string): void {
    if (this.#rowName !== "") return;
    this.#rowName = name;
    this.#forms = formsOf(name.slice(0, -"row".length));
  }

  /**
   * Reads the cell at `start`, which is between the cells of a row.
   *
   * @returns where it ends; -1 where there is none of the kind
   */
  readonly read = (buffer: string, start: number): number => {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#last = buffer.lastIndexOf(this.#forms.after);
      this.#entity = -1;
    }
    if (start >= this.#last) return -1;
    const row = this.#row;
    const tag = this.#tag;
    const at = tag.read(buffer, start, this.#forms.cell, row);
    if (at < 0) return -1;
    if (tag.isEmpty) {
      row.moveTo(tag.column);
      return at;
    }
    const value = this.#valueAt(buffer, at);
    if (value === undefined || value === null) return -1;
    row.moveTo(tag.column);
    row.lengthen(tag.type === "s" && typeof value === "string" ? this.#length + value.length : this.#length);
    row.set(value);
    return this.#end;
  };

  #valueAt(buffer: string, at: number): SheetCell | undefined {
    const { type, style } = this.#tag;
    const { value, afterValue, texts, afterText } = this.#forms;
    if (type === "inlineStr") {
      const before = texts.find((text) => standsAt(text, buffer, at));
      return before && this.#textAt(buffer, at + before.length, afterText);
    }
    let start = this.#passFormula(buffer, at);
    if (!standsAt(value, buffer, start)) return undefined;
    start += value.length;
    if (type === "s") {
      const index = this.#numberAt(buffer, start, NONE);
      return index < 0 ? undefined : this.#context.strings?.get(index);
    }
    const kind = this.#context.kinds[style < 0 ? 0 : style];
    if (type === "n" && (kind === "number" || (kind === undefined && style < 0))) {
      const number = this.#numberAt(buffer, start, POINT);
      if (number >= 0) return number;
    }
    return this.#textAt(buffer, start, afterValue);
  }

  /** @returns where the formula ends; where none stands there, the same place; of one that is unusual, a place of no value */
  #passFormula(buffer: string, at: number): number {
    const { formula, afterFormula } = this.#forms;
    if (!standsAt(formula, buffer, at)) return at;
    let end = at + formula.length;
    if (buffer.charCodeAt(end) === space) {
      FORMULA_ATTRIBUTES.lastIndex = end;
      FORMULA_ATTRIBUTES.test(buffer);
      end = FORMULA_ATTRIBUTES.lastIndex;
    }
    if (standsAt("/>", buffer, end)) return end + 2;
    if (buffer.charCodeAt(end) !== greaterThan) return at;
    end = buffer.indexOf("<", end);
    return standsAt(afterFormula, buffer, end) ? end + afterFormula.length : at;
  }

  /** A value of any type. */
  #textAt(buffer: string, start: number, after: string): SheetCell | undefined {
    const end = buffer.indexOf("<", start);
    if (!standsAt(after, buffer, end)) return undefined;
    this.#end = end + after.length;
    if (this.#entity < start) {
      const entity = buffer.indexOf("&", start);
      this.#entity = entity < 0 ? buffer.length : entity;
    }
    const raw = buffer.slice(start, end);
    const text = this.#entity < end ? decodeEntities(raw, this.#label) : raw;
    this.#length = text.length;
    const { type, style } = this.#tag;
    return readCell(type, style < 0 ? undefined : String(style), text, this.#context);
  }

  /** A number that a double surely holds; -1 where there is none. `point` is what may stand before its fraction. */
  #numberAt(buffer: string, start: number, point: number): number {
    let at = start;
    let digits = 0;
    let fraction = 0;
    for (let code = buffer.charCodeAt(at); ; code = buffer.charCodeAt(++at)) {
      if (isDigit(code)) digits = digits * 10 + code - 0x30;
      else if (code === point && fraction === 0) fraction = at + 1;
      else break;
    }
    const length = at - start;
    if (length === 0 || length > MOST_DIGITS || at === fraction) return -1;
    const { afterValue } = this.#forms;
    if (!standsAt(afterValue, buffer, at)) return -1;
    this.#end = at + afterValue.length;
    this.#length = length;
    return fraction === 0 ? digits : digits / (POWERS[at - fraction] as number);
  }
}
