import { withoutTrailingZeros } from "../../exact/exact-number.js";
import type { NumberKind } from "./number-format.js";

const msPerDay = 86_400_000;
/** 30 December 1899 and 1 January 1904, as days before 1970. */
const epoch1900 = -25_569;
const epoch1904 = -24_107;
/** 31 December 9999 is the last day that a workbook shows. */
const lastDay = 2_932_896;

/**
 * A number of a workbook as the date, time or duration that its format shows; see `SheetCell` for the shapes.
 *
 * @param serial - days since the epoch of the workbook
 * @returns `undefined` where the number is not a date: below day 0, or beyond the year 9999
 */
export function formatSerial(
  serial: number,
  kind: Exclude<NumberKind, "number">,
  date1904: boolean,
): string | undefined {
  if (kind === "elapsed") return formatElapsed(serial);
  if (serial < 0) return undefined;
  // To the millisecond: a serial of 15 digits is seldom the exact time.
  const ms = Math.round(serial * msPerDay);
  if (ms < msPerDay && (kind === "time" || (kind === "date" && ms > 0))) return isoTime(ms);
  if (!date1904 && ms >= 60 * msPerDay && ms < 61 * msPerDay)
    return withTime("1900-02-29", ms % msPerDay, kind);
  // The 1900 system counts a 29 February 1900, which never was, so that the days before it are off by one.
  const epoch = date1904 ? epoch1904 : ms < 60 * msPerDay ? epoch1900 + 1 : epoch1900;
  const day = epoch + Math.floor(ms / msPerDay);
  if (day > lastDay) return undefined;
  return withTime(isoDate(day), ms % msPerDay, kind);
}

function withTime(date: string, ms: number, kind: NumberKind): string {
  return kind === "date" && ms === 0 ? date : `${date}T${isoTime(ms)}`;
}

// By hand, and not by `Date`: a sheet may hold millions of them.
function isoDate(day: number): string {
  // Days in eras of 400 years that begin on 1 March, as the leap day then comes last.
  const days = day + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const date = ofYear - Math.floor((153 * shifted + 2) / 5) + 1;
  return `${year + era * 400 + (month <= 2 ? 1 : 0)}-${two(month)}-${two(date)}`;
}

function isoTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return ms % 1000 === 0 ? time : `${time}.${String(ms % 1000).padStart(3, "0")}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

function formatElapsed(serial: number): string | undefined {
  const ms = Math.round(Math.abs(serial) * msPerDay);
  if (!Number.isSafeInteger(ms)) return undefined;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  const parts = (hours ? `${hours}H` : "") + (minutes ? `${minutes}M` : "") + (seconds ? `${seconds}S` : "");
  return `${serial < 0 && ms > 0 ? "-" : ""}PT${parts || "0S"}`;
}

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
