import * as z from "#zod";
import { isDate } from "../../provider/values.js";

/** A point in time as callers write it: a `Date`, or ISO 8601 with a zone. A day alone is its beginning in UTC. */
export type Moment = Date | string;

const FORM = /^(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;
const WORDS =
  "must be a Date, or an ISO 8601 time with its zone such as 2026-01-31T00:00:00Z (a day alone begins in UTC)";

/** Reads a {@link Moment} as text; strings pass as they are. */
export function momentSchema() {
  return z.pipe(
    z.custom<Moment>((value) => textOf(value) !== undefined, WORDS),
    z.transform((value) => textOf(value) ?? ""),
  );
}

/** A moment as it is sent: a day alone gets its beginning in UTC. */
export function dateTime(moment: string | undefined): string | undefined {
  return moment?.length === "2026-01-31".length ? `${moment}T00:00:00Z` : moment;
}

function textOf(value: unknown): string | undefined {
  if (isDate(value)) {
    return Number.isNaN(value.getTime()) ? undefined : value.toISOString().replace(".000Z", "Z");
  }
  if (typeof value !== "string") return undefined;
  const [, year, month, day] = FORM.exec(value) ?? [];
  // Date.parse takes the 31st of February for the 2nd or 3rd of March.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) <= lastDay && !Number.isNaN(Date.parse(value)) ? value : undefined;
}
