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
