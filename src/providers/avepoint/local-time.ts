import { isDate } from "../../provider/values.js";

const FORM = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/;

/** AvePoint's way to write a time: `yyyy-MM-ddTHH:mm:ss`, without a zone and without milliseconds. A `Date` in UTC. */
export function toLocalTime(time: string | Date): string {
  return typeof time === "string" ? time : time.toISOString().slice(0, 19);
}

/** Why a value cannot be sent as a time; `undefined` where it can. */
export function localTimeProblem(value: unknown): string | undefined {
  if (isDate(value)) {
    if (Number.isNaN(value.getTime())) return "is an invalid Date";
    // Years of more than four digits are written with a sign.
    return value.toISOString().length === 24 ? undefined : "is outside the years 0 to 9999";
  }
  if (typeof value !== "string") return "must be a Date, or a string such as 2026-01-31T23:59:59";
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/i.test(value)) {
    return "must be without a zone, such as 2026-01-31T23:59:59; or pass a Date, which is sent in UTC";
  }
  if (!FORM.test(value)) return "must be a Date, or a string such as 2026-01-31T23:59:59";
  // Date.parse rolls 31 February over to March, and then it reads back as another text.
  const time = Date.parse(`${value}Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== value
    ? "is not a valid date and time"
    : undefined;
}
