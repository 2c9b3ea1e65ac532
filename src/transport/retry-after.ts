import { httpDate } from "./http-date.js";

// A century: what is absurd must still make a valid Date.
const LONGEST_WAIT_MS = 100 * 365 * 24 * 60 * 60 * 1000;

const LIMIT_HEADERS = ["ratelimit", "x-ratelimit", "x-rate-limit"];

// Some services send the time of the reset instead of the distance to it; no distance is 30 years.
const LONGEST_DISTANCE_S = 1_000_000_000;
// And some send it in milliseconds: as seconds they would be in the year 5138 or later.
const LATEST_SECOND = 100_000_000_000;

/**
 * How long a provider asks to stay away, in ms; `undefined` where it does not say.
 *
 * Reads `Retry-After` in both forms of RFC 9110 section 10.2.3 (seconds, HTTP date) and, without it, `RateLimit-Reset`
 * under its three names: seconds to go, or a moment in seconds or milliseconds since the epoch. A moment is measured against the answer's own `Date`, so that a wrong local clock does no harm.
 */
export function retryAfterMs(status: number, headers: Headers, now: number): number | undefined {
  const asked = byRetryAfter(headers, now) ?? byReset(status, headers, now);
  return asked === undefined ? undefined : Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(asked)));
}

function byRetryAfter(headers: Headers, now: number): number | undefined {
  const after = headers.get("retry-after")?.trim();
  if (!after) return undefined;
  if (isCount(after)) return Number(after) * 1000;
  const at = httpDate(after);
  return at === undefined ? undefined : at - (httpDate(headers.get("date")) ?? now);
}

function byReset(status: number, headers: Headers, now: number): number | undefined {
  for (const name of LIMIT_HEADERS) {
    const reset = headers.get(`${name}-reset`)?.trim();
    if (!reset || !isCount(reset)) continue;
    // Many services send it with every answer; it is a reason to wait only where the limit was hit.
    if (status !== 429 && Number(headers.get(`${name}-remaining`) ?? "1") !== 0) continue;
    const count = Number(reset);
    if (count <= LONGEST_DISTANCE_S) return count * 1000;
    return (count > LATEST_SECOND ? count : count * 1000) - (httpDate(headers.get("date")) ?? now);
  }
  return undefined;
}

function isCount(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}
