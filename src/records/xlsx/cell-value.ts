import { noteZero, numberOf, withoutTrailingZeros } from "../../exact/exact-number.js";
import { formatSerial, readIsoDate } from "./cell-date.js";
import { countFrom } from "./cell-reference.js";
import type { NumberKind } from "./number-format.js";
import type { SheetCell } from "./sheet-row.js";
import type { StringTable } from "./string-table.js";

/** What cells refer to. */
export interface CellContext {
  readonly strings?: StringTable | undefined;
  /** What each cell style makes of a number. */
  readonly kinds: readonly NumberKind[];
  /** Whether the workbook names a part that tells it, and does not have it. */
  readonly lacksStyles?: boolean;
  /** Hears that a cell names a style that is not among `kinds`. */
  readonly onUnknownStyle?: () => void;
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
      if (word === "") return null;
      if (word === "1" || word === "true") return true;
      return word === "0" || word === "false" ? false : undefined;
    }
    case "e":
      return text.trim() === "" ? null : { error: text.trim() };
    case "d": {
      // Strict workbooks write dates out.
      const date = text.trim();
      return date === "" ? null : readIsoDate(date, kindOf(style, context) ?? "number", context.date1904);
    }
    default:
      return undefined;
  }
}

function readNumber(style: string | undefined, text: string, context: CellContext): SheetCell | undefined {
  if (text === "") return null;
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  noteZero(number);
  // `Number` also reads "0x1F" and makes 0 of blanks; neither begins with another digit.
  const first = text.charCodeAt(0);
  if ((first <= 0x30 || first > 0x39) && text !== "0" && !NUMERIC.test(text)) return undefined;
  const kind = kindOf(style, context);
  if (kind === undefined && isLost(style, number, context)) return undefined;
  const shown =
    kind === undefined || kind === "number" ? undefined : formatSerial(number, kind, context.date1904);
  return shown ?? (isSurelyDouble(text, number) ? number : exactly(text, number));
}

/** Why `readCell` made nothing of a cell. */
export function whyUnreadable(
  type = "n",
  style: string | undefined,
  text: string,
  context: CellContext,
): string {
  return type === "n" && isLost(style, Number(text), context)
    ? "has a number in a style that the workbook lacks, and may be a date"
    : `is not readable as its type (${type})`;
}

const NUMERIC = /^[ \t\r\n]*[-+.0-9]+(e[-+]?\d+)?[ \t\r\n]*$/i;

/** Told by its length, which does for all but very few. */
function isSurelyDouble(text: string, number: number): boolean {
  if (number === 0) return text === "0";
  if (text.length < 16) {
    const size = Math.abs(number);
    return size > 1e-99 && size < 1e99;
  }
  if (text.length > 18) return false;
  // 17 digits at most, and not all of them before the point. From there on a double holds less than they say.
  if (Math.abs(number) >= 2 ** 53) return false;
  const point = text.indexOf(".");
  const behind = text.charCodeAt(point + 1);
  return point >= 0 && behind >= 0x30 && behind <= 0x39;
}

const LITERAL = /^([-+]?)0*((?:[1-9]\d*)?)(?:\.(\d*))?(e[-+]?\d+)?$/i;

/**
 * A number with its digits where a double does not hold them. Spreadsheets compute with doubles and write them with 17
 * digits, of which the last may be more than the double says (`4.1500000000000004`): that is a number like others. Whole
 * numbers have digits of their own, they are ids; so a large one is a double only if that is written in the same digits,
 * wherever it goes.
 */
function exactly(text: string, number: number): SheetCell {
  const [, sign = "", whole = "", fraction = "", exponent = ""] = LITERAL.exec(text.trim()) ?? [];
  if (!(whole || fraction)) return number;
  const literal = `${sign === "-" ? "-" : ""}${whole || "0"}${fraction && `.${fraction}`}${exponent}`;
  const { length } = (whole + (fraction && withoutTrailingZeros(fraction))).replace(/^0+/, "");
  const isDouble = (fraction || exponent) && number !== 0 && length <= 17 && Math.abs(number) < 2 ** 53;
  if (isDouble) return number;
  // One with digits is handed over as the client's `integers` says.
  return numberOf(literal) as SheetCell;
}

/** A cell that names no style has the first one, whatever that is; `undefined` where there is none of that number. */
function kindOf(style: string | undefined, { kinds }: CellContext): NumberKind | undefined {
  return kinds[style === undefined ? 0 : countFrom(style)];
}

/**
 * Whether a number's style is lost, and the number could be a date or a duration. Without a list of styles a cell that
 * names none is a number: that is what every writer puts first.
 */
function isLost(style: string | undefined, number: number, context: CellContext): boolean {
  if (style === undefined || countFrom(style) === 0) return false;
  if (!context.lacksStyles) {
    if (context.kinds.length > 0) context.onUnknownStyle?.();
    return false;
  }
  return formatSerial(number, "elapsed", context.date1904) !== undefined;
}

function readShared(text: string, context: CellContext): SheetCell | undefined {
  return text === "" ? null : context.strings?.get(countFrom(text));
}

/** Undoes `_xHHHH_`, by which workbooks write characters that XML does not allow (ECMA-376 part 1, 22.9.2.19). */
export function decodeEscapes(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
