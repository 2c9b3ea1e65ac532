import { withoutTrailingZeros } from "../../exact/exact-number.js";
import type { NumberKind } from "./number-format.js";

const DATE = /^(?!0000)(\d{4})-(0[1-9]|1[0-2])-(\d\d)$/;
const TIME =
  /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?(Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$/;
const DURATION =
  /^-?P(?=\d|T\d)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?)$/;

/**
 * A date, time or duration that a cell holds as ISO 8601 text, in the shape that a serial number of the same format has;
 * see `SheetCell`. A zone is kept where the text names one.
 *
 * @returns `undefined` where the text is none of these
 */
export function readIsoDate(text: string, kind: NumberKind, date1904: boolean): string | undefined {
  if (DURATION.test(text)) return text;
  const mark = text.indexOf("T");
  if (mark < 0 && isDate(text)) return kind === "time" || kind === "datetime" ? `${text}T00:00:00` : text;
  const date = text.slice(0, Math.max(mark, 0));
  const time = TIME.exec(text.slice(mark + 1));
  if (!time || (date !== "" && !isDate(date))) return undefined;
  const [, hours, minutes, seconds = "00", fraction = "", zone = ""] = time;
  // To the millisecond, like a serial number, and further where the text says more.
  const digits = withoutTrailingZeros(fraction);
  const clock = `${hours}:${minutes}:${seconds}${digits && `.${digits.padEnd(3, "0")}`}`;
  if (date === "" || (kind === "time" && isDayZero(date, date1904))) return clock + zone;
  const isMidnight = clock === "00:00:00" && (zone === "" || zone === "Z");
  return kind === "date" && isMidnight ? date : `${date}T${clock}${zone}`;
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  // A day that the month does not have moves into the next one.
  const date = new Date(`${year}-${month}-01T00:00:00Z`);
  date.setUTCDate(Number(day));
  return date.toISOString().startsWith(text);
}

/** A time of day, where a writer puts a day before it all the same. */
function isDayZero(date: string, date1904: boolean): boolean {
  return date1904 ? date === "1904-01-01" : date === "1899-12-30" || date === "1899-12-31";
}
