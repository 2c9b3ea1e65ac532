import { describe, expect, it } from "vitest";
import { httpDate } from "../../src/model/http-date.js";
import { retryAfterMs } from "../../src/transport/retry-after.js";
import fc from "../support/fast-check.js";

const now = Date.UTC(2026, 0, 1, 12);
const asked = (headers: { [name: string]: string }, status = 503) =>
  retryAfterMs(status, new Headers(headers), now);

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["1.5", 1_500],
    ["0.0001", 1],
  ])("in seconds: %j", (value, ms) => {
    expect(asked({ "retry-after": value })).toBe(ms);
  });

  it.each([
    ["Thu, 01 Jan 2026 12:01:30 GMT"],
    ["Thursday, 01-Jan-26 12:01:30 GMT"],
    ["Thu Jan  1 12:01:30 2026"],
  ])("as a date: %j", (value) => {
    expect(asked({ "retry-after": value })).toBe(90_000);
  });

  it("measures a date against the answer's own, not against a local clock that is off", () => {
    const headers = { date: "Thu, 01 Jan 2026 07:00:00 GMT", "retry-after": "Thu, 01 Jan 2026 07:00:05 GMT" };
    expect(asked(headers)).toBe(5_000);
  });

  it("takes a date that has passed for now", () => {
    expect(asked({ "retry-after": "Thu, 01 Jan 2026 11:00:00 GMT" })).toBe(0);
  });

  it.each([
    "",
    "soon",
    "-5",
    "1e9",
    "12 minutes",
    "0x10",
    "NaN",
    "Infinity",
    "Thu, 99 Foo 2026",
    "2026-01-01T12:01:00Z",
  ])("is passed over where it cannot be read: %j", (value) => {
    expect(asked({ "retry-after": value })).toBeUndefined();
  });

  it.each(["99999999999999999999", `1${"0".repeat(400)}`, "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "stays a valid time where it is absurd: %j",
    (value) => {
      const ms = asked({ "retry-after": value }) ?? Number.NaN;
      expect(ms).toBe(100 * 365 * 86_400_000);
      expect(new Date(now + ms).toISOString()).toMatch(/^2125-/);
    },
  );

  it("is never negative, endless or no number, whatever is sent", () => {
    const word = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(word, word, word, (after, reset, date) => {
        const headers = new Headers();
        for (const [name, value] of [
          ["retry-after", after],
          ["ratelimit-reset", reset],
          ["date", date],
        ] as const) {
          try {
            headers.set(name, value);
          } catch {}
        }
        const ms = retryAfterMs(429, headers, now);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe("RateLimit-Reset", () => {
  it.each([
    ["30", 30_000],
    ["0", 0],
    [String(now / 1000 + 45), 45_000],
    [String(now / 1000 - 45), 0],
    [String(now + 45_000), 45_000],
  ])("counts where the limit was hit: %j", (value, ms) => {
    for (const name of ["ratelimit", "x-ratelimit", "x-rate-limit"]) {
      expect(asked({ [`${name}-reset`]: value }, 429)).toBe(ms);
      expect(asked({ [`${name}-reset`]: value, [`${name}-remaining`]: "0" }, 503)).toBe(ms);
    }
  });

  it.each(['"default";r=0;t=30', "limit=100, remaining=0, reset=30", '"a";t=30;r=0, "b";r=9;t=99'])(
    "may stand in one header with the rest: %s",
    (value) => {
      expect(asked({ ratelimit: value }, 429)).toBe(30_000);
      expect(asked({ ratelimit: value }, 503)).toBe(30_000);
      expect(asked({ ratelimit: value.replace(/(r|remaining)=0/, "$1=5") }, 503)).toBeUndefined();
    },
  );

  it("is a date too, and counts once where it comes in two equal headers", () => {
    expect(asked({ "x-rate-limit-reset": new Date(now + 45_000).toUTCString() }, 429)).toBe(45_000);
    expect(asked({ "x-ratelimit-reset": "30, 30" }, 429)).toBe(30_000);
    expect(asked({ "retry-after": "7, 7" }, 429)).toBe(7_000);
    expect(asked({ "retry-after": "7, 8" }, 429)).toBeUndefined();
    expect(asked({ "retry-after-ms": "1500", "retry-after": "2" }, 429)).toBe(1_500);
  });

  it("is no reason to wait where it comes with every answer", () => {
    expect(asked({ ratelimit: '"default";r=50;t=30' }, 503)).toBeUndefined();
    expect(asked({ "ratelimit-reset": "3600" }, 503)).toBeUndefined();
    expect(asked({ "ratelimit-reset": "3600", "ratelimit-remaining": "99" }, 503)).toBeUndefined();
  });

  it("as a moment is measured against the answer's own date", () => {
    const date = new Date(now + 3_600_000).toUTCString();
    expect(asked({ "x-ratelimit-reset": String(now / 1000 + 3_605), date }, 429)).toBe(5_000);
  });

  it("comes after Retry-After", () => {
    expect(asked({ "retry-after": "5", "ratelimit-reset": "60" }, 429)).toBe(5_000);
    expect(asked({ "retry-after": "soon", "ratelimit-reset": "60" }, 429)).toBe(60_000);
  });

  it.each(["-1", "60;w=1", "", "later"])("is passed over where it cannot be read: %j", (value) => {
    expect(asked({ "ratelimit-reset": value }, 429)).toBeUndefined();
  });
});

describe("httpDate", () => {
  it.each([null, undefined, "", "12", "-1", "2026-01-01", "Jan 1 2026", "Today, or so"])(
    "refuses %j",
    (value) => {
      expect(httpDate(value)).toBeUndefined();
    },
  );
});
