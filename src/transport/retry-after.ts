/**
 * How long a provider asks to stay away, in ms; `undefined` where it does not say.
 *
 * Reads `Retry-After` in both forms of RFC 9110 section 10.2.3 (seconds, HTTP date) and, without it, `RateLimit-Reset`
 * in seconds. A date is measured against the answer's own `Date`, so that a wrong local clock does no harm.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const after = headers.get("retry-after")?.trim();
  if (after) {
    if (/^\d+(\.\d+)?$/.test(after)) return Math.ceil(Number(after) * 1000);
    const at = httpDate(after);
    if (at !== undefined) return Math.max(0, at - (httpDate(headers.get("date")) ?? now));
  }
  const reset = headers.get("ratelimit-reset")?.trim();
  if (!reset || !/^\d+(\.\d+)?$/.test(reset)) return undefined;
  const seconds = Number(reset);
  // Some services send the time of the reset instead of the distance to it; no distance is 30 years.
  return Math.ceil(seconds > 1_000_000_000 ? Math.max(0, seconds * 1000 - now) : seconds * 1000);
}

/** Milliseconds since the epoch of an HTTP date, or `undefined`. */
export function httpDate(value: string | null | undefined): number | undefined {
  // Date.parse also reads "12", "-1" and the like as years; every HTTP date begins with the name of a day.
  if (!value || !/^[A-Za-z]{3,9},? /.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
