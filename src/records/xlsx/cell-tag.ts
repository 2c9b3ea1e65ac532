import { MAX_COLUMN } from "./cell-reference.js";
import type { RowBuilder } from "./raw-row.js";
import { equals, greaterThan, isDigit, quote, slash, space, standsAt } from "./xml-tag.js";

/** Attributes that are nothing to the value: what else is known of a cell, and whether its reading is shown. */
const LONG = ["cm", "vm", "ph"] as const;

type CellType = "inlineStr" | "str" | "s" | "n" | "b" | "e" | "d";

/** The start tag of a cell that has nothing unusual. One object serves a whole sheet. */
export class CellTag {
  column = -1;
  /** -1 where it names none. */
  style = -1;
  type: CellType = "n";
  isEmpty = false;

  /**
   * Reads the tag at `start`, or behind blanks. There has to be another tag further on, for the loops to end at.
   *
   * @param begin - the tag up to its name
   * @returns where it ends; -1 where there is none of the kind
   */
  read(buffer: string, start: number, begin: string, row: RowBuilder): number {
    let at = start;
    while (buffer.charCodeAt(at) <= space) at++;
    if (!standsAt(begin, buffer, at)) return -1;
    at += begin.length;
    let column = -1;
    let style = -1;
    let type: CellType | undefined;
    for (; buffer.charCodeAt(at) === space; at++) {
      const name = buffer.charCodeAt(at + 1);
      const isLong = buffer.charCodeAt(at + 2) !== equals;
      if (isLong && !LONG.some((long) => standsAt(long, buffer, at + 1))) return -1;
      at += isLong ? 5 : 4;
      if (buffer.charCodeAt(at - 2) !== equals || buffer.charCodeAt(at - 1) !== quote) return -1;
      let code = buffer.charCodeAt(at);
      if (isLong) while (isDigit(code)) code = buffer.charCodeAt(++at);
      else if (name === 0x72 && column < 0 && row.isNumbered) {
        let letters = 0;
        for (; code > 0x40 && code <= 0x5a && letters <= MAX_COLUMN; code = buffer.charCodeAt(++at))
          letters = letters * 26 + code - 0x40;
        let number = 0;
        for (; isDigit(code); code = buffer.charCodeAt(++at)) number = number * 10 + code - 0x30;
        column = letters - 1;
        if (column < 0 || number !== row.number) return -1;
      } else if (name === 0x73 && style < 0 && isDigit(code)) {
        style = 0;
        for (; isDigit(code); code = buffer.charCodeAt(++at)) style = style * 10 + code - 0x30;
      } else if (name === 0x74 && type === undefined) {
        type = typeAt(buffer, at);
        if (type === undefined) return -1;
        at += type.length;
      } else return -1;
      if (buffer.charCodeAt(at) !== quote) return -1;
    }
    this.column = column < 0 ? row.column + 1 : column;
    this.style = style;
    this.type = type ?? "n";
    this.isEmpty = buffer.charCodeAt(at) === slash;
    if (this.isEmpty) at++;
    return buffer.charCodeAt(at) === greaterThan && this.column < MAX_COLUMN ? at + 1 : -1;
  }
}

/** The type that stands there, or a longer word that begins like it. */
function typeAt(buffer: string, at: number): CellType | undefined {
  switch (buffer.charCodeAt(at)) {
    case 0x69:
      return standsAt("inlineStr", buffer, at) ? "inlineStr" : undefined;
    case 0x73:
      return standsAt("str", buffer, at) ? "str" : "s";
    case 0x6e:
      return "n";
    case 0x62:
      return "b";
    case 0x65:
      return "e";
    case 0x64:
      return "d";
  }
  return undefined;
}
