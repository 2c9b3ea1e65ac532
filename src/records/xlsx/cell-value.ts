import { digitsFrom } from "./cell-reference.js";
import { readIsoDate } from "./iso-date.js";
import type { NumberKind } from "./number-format.js";
import { formatSerial } from "./serial-date.js";
import type { SheetCell } from "./sheet-row.js";
import type { StringTable } from "./string-table.js";

/** What cells refer to. */
export interface CellContext {
  readonly strings?: StringTable | undefined;
  /** What each cell style makes of a number. */
  readonly kinds: readonly NumberKind[];
  readonly date1904: boolean;
}

/**
 * The value of a cell.
 *
 * @param type - its `t` attribute
 * @param style - its `s` attribute
 * @param text - its content
 * @returns `undefined` where the content does not fit the type
 */
export function readCell(
  type: string | undefined,
  style: string | undefined,
  text: string,
  context: CellContext,
): SheetCell | undefined {
  switch (type) {
    case undefined:
    case "n":
      return readNumber(style, text, context);
    case "s":
      return readShared(text, context);
    case "str":
    case "inlineStr":
      return decodeEscapes(text);
    case "b": {
      const word = text.trim();
      if (word === "1" || word === "true") return true;
      return word === "0" || word === "false" ? false : undefined;
    }
    case "e":
      return { error: text.trim() };
    case "d": {
      // Strict workbooks write dates out.
      const date = text.trim();
      return date === "" ? null : readIsoDate(date, kindOf(style, context), context.date1904);
    }
    default:
      return undefined;
  }
}

function readNumber(style: string | undefined, text: string, context: CellContext): SheetCell | undefined {
  if (text === "") return null;
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  // `Number` also reads "0x1F" and makes 0 of blanks; neither begins with another digit or a sign.
  if (text.charCodeAt(0) <= 0x30 && !/^\s*[-+.0-9]+(e[-+]?\d+)?\s*$/i.test(text)) return undefined;
  const kind = kindOf(style, context);
  if (kind === "number") return number;
  return formatSerial(number, kind, context.date1904) ?? number;
}

/** A cell that names no style has the first one, whatever that is. */
function kindOf(style: string | undefined, { kinds }: CellContext): NumberKind {
  return kinds[style === undefined ? 0 : digitsFrom(style, 0)] ?? "number";
}

function readShared(text: string, context: CellContext): SheetCell | undefined {
  if (text === "") return null;
  const index = digitsFrom(text, 0);
  return context.strings?.get(index >= 0 ? index : digitsFrom(text.trim(), 0));
}

/** Undoes `_xHHHH_`, by which workbooks write characters that XML does not allow (ECMA-376 part 1, 22.9.2.19). */
export function decodeEscapes(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
