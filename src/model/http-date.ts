// 9999-12-31T23:59:59Z.
const LAST_HTTP_DATE = 253_402_300_799_000;

/** Milliseconds since the epoch of an HTTP date in any of the three forms of RFC 9110 section 5.6.7, or `undefined`. */
export function httpDate(value: string | null | undefined): number | undefined {
  // Date.parse also reads "12", "-1" and the like as years; every HTTP date begins with the name of a day.
  if (!value || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(value)) return undefined;
  // The asctime form names no zone and means UTC, which Date.parse takes for local time.
  const time = Date.parse(/ \d{4}$/.test(value) ? `${value} GMT` : value);
  // A year has four digits. What lies near the ends of what a Date can hold would make no Date with a wait added to it.
  return Math.abs(time) <= LAST_HTTP_DATE ? time : undefined;
}
