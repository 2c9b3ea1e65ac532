import { CellTag } from "./cell-tag.js";
import { type CellContext, readCell } from "./cell-value.js";
import type { RowBuilder } from "./raw-row.js";
import type { SheetCell } from "./sheet-row.js";
import { decodeEntities } from "./xml-entities.js";
import { isDigit, standsAt } from "./xml-tag.js";

const POINT = 0x2e;
const NONE = -1;
const MOST_DIGITS = 15;
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

  /**
   * Reads the cell at `start`, which is between the cells of a row.
   *
   * @returns where it ends; -1 where there is none of the kind
   */
  readonly read = (buffer: string, start: number): number => {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#last = buffer.lastIndexOf("</c>");
      this.#entity = -1;
    }
    if (start >= this.#last) return -1;
    const row = this.#row;
    const tag = this.#tag;
    const at = tag.read(buffer, start, row);
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
    if (type === "inlineStr") {
      const isText = standsAt("<is><t>", buffer, at);
      return isText ? this.#textAt(buffer, at + 7, "</t></is></c>") : undefined;
    }
    if (!standsAt("<v>", buffer, at)) return undefined;
    const start = at + 3;
    if (type === "s") {
      const index = this.#numberAt(buffer, start, NONE);
      return index < 0 ? undefined : this.#context.strings?.get(index);
    }
    const kind = this.#context.kinds[style < 0 ? 0 : style];
    if (type === "n" && (kind === "number" || (kind === undefined && style < 0))) {
      const number = this.#numberAt(buffer, start, POINT);
      if (number >= 0) return number;
    }
    return this.#textAt(buffer, start, "</v></c>");
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
    if (!standsAt("</v></c>", buffer, at)) return -1;
    this.#end = at + 8;
    this.#length = length;
    return fraction === 0 ? digits : digits / (POWERS[at - fraction] as number);
  }
}
