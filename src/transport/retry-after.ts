import { httpDate } from "../model/http-date.js";

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
 * under its three names: seconds to go, or a moment in seconds or milliseconds since the epoch or as an HTTP date, and the
 * members of `RateLimit`. A moment is measured against the answer's own `Date`, so that a wrong local clock does no harm.
 */
export function retryAfterMs(status: number, headers: Headers, now: number): number | undefined {
  const asked = byRetryAfter(headers, now) ?? byReset(status, headers, now);
  return asked === undefined ? undefined : Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(asked)));
}

function byRetryAfter(headers: Headers, now: number): number | undefined {
  const inMs = readCount(headers.get("retry-after-ms"));
  if (inMs !== undefined) return inMs;
  const after = headers.get("retry-after");
  const count = readCount(after);
  if (count !== undefined) return count * 1000;
  const at = httpDate(after?.trim());
  return at === undefined ? undefined : at - (httpDate(headers.get("date")) ?? now);
}

function byReset(status: number, headers: Headers, now: number): number | undefined {
  for (const name of LIMIT_HEADERS) {
    // The draft's latest form has all in one: `"default";r=0;t=30`; an older one wrote the names out.
    const all = headers.get(name);
    const reset = headers.get(`${name}-reset`) ?? memberOf(all, "t|reset");
    const remaining = headers.get(`${name}-remaining`) ?? memberOf(all, "r|remaining") ?? "1";
    // Many services send it with every answer; it is a reason to wait only where the limit was hit.
    if (status !== 429 && readCount(remaining) !== 0) continue;
    const at = httpDate(reset?.trim());
    if (at !== undefined) return at - (httpDate(headers.get("date")) ?? now);
    const count = readCount(reset);
    if (count === undefined) continue;
    if (count <= LONGEST_DISTANCE_S) return count * 1000;
    return (count > LATEST_SECOND ? count : count * 1000) - (httpDate(headers.get("date")) ?? now);
  }
  return undefined;
}

/** Equal copies of a header, which `fetch` joins, count once. */
function readCount(text: string | null | undefined): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(?:, \1)*$/.exec(text?.trim() ?? "");
  return found ? Number(found[1]) : undefined;
}

function memberOf(text: string | null, name: string): string | undefined {
  return new RegExp(`(?:^|[;,\\s])(?:${name})=(\\d+)`, "i").exec(text ?? "")?.[1];
}
