import { describe, expect } from "vitest";
import {
  fileNameOf,
  isValidator,
  parseContentRange,
  readFileHeaders,
} from "../../src/artifact/file-headers.js";
import { contradicts, judgeRangeAnswer, matches } from "../../src/artifact/range-answer.js";
import { httpDate } from "../../src/model/http-date.js";
import { retryAfterMs } from "../../src/transport/retry-after.js";
import fc from "../support/fast-check.js";
import { fuzz } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { hostileHeaders } from "./hostile-answers.js";

// Header values of any kind: what is read out of them is what the rest of the engine can take.

const CENTURY_MS = 100 * 365 * 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 0, 1);

/** What a header can hold, from bytes at random to forms that are almost right. */
function headerValue(name: string): fc.Arbitrary<string> {
  const hostile = hostileHeaders[name] ?? [];
  const mutated = fc
    .tuple(
      fc.constantFrom("", "1", ...hostile),
      fc.nat(60),
      fc.constantFrom("", "0", "-", ".", ",", '"', ";", "\xff", "9".repeat(30)),
    )
    .map(([value, at, piece]) => value.slice(0, at) + piece + value.slice(at + (at % 3)));
  const random = fc
    .array(fc.integer({ min: 0x20, max: 0xff }), { maxLength: 40 })
    .map((codes) => String.fromCharCode(...codes));
  return fc.oneof(fc.constantFrom("", ...hostile), mutated, random);
}

function headersOf(...names: readonly string[]): fc.Arbitrary<Headers> {
  const record = Object.fromEntries(
    names.map((name) => [name, fc.option(headerValue(name), { nil: undefined })]),
  );
  return fc.record(record).map((values) => {
    const headers = new Headers();
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined && !/[\x7f]/.test(value)) headers.set(name, value);
    }
    return headers;
  });
}

const status = fc.constantFrom(200, 206, 403, 416, 429, 503);

describe("headers", () => {
  fuzz(
    "Retry-After, RateLimit-Reset and Date",
    4_000,
    fc.tuple(status, headersOf("retry-after", "ratelimit-reset", "ratelimit-remaining", "date")),
    ([code, headers]) => {
      const wait = retryAfterMs(code, headers, now);
      if (wait !== undefined) {
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(CENTURY_MS);
        expect(new Date(now + wait).toISOString()).toHaveLength(24);
      }
      const date = httpDate(headers.get("date"));
      // A wait of a century may be added to it, and then it must still be a time.
      if (date !== undefined) expect(Number.isNaN(new Date(date + CENTURY_MS).getTime())).toBe(false);
    },
  );

  fuzz("Content-Range", 2_000, headerValue("content-range"), (value) => {
    const { start, end, total } = parseContentRange(value) ?? {};
    for (const number of [start, end, total]) {
      if (number !== undefined) expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
    }
    if (start !== undefined) expect(end).toBeGreaterThanOrEqual(start);
  });

  fuzz("Content-Disposition", 2_000, headerValue("content-disposition"), (value) => {
    const name = fileNameOf(value);
    if (name === undefined) return;
    expect(name).not.toMatch(/[\\/\p{Cc}\p{Cs}<>:"|?*]|^[.\s]|[.\s]$|^$/u);
    expect([...name].length).toBeLessThanOrEqual(200);
    expect(encodeURIComponent(name)).not.toBe("");
  });

  fuzz("ETag and Last-Modified", 2_000, headersOf("etag", "last-modified", "date"), (headers) => {
    const told = readFileHeaders(headers);
    const { validator } = told;
    if (!validator) return;
    expect(isValidator(JSON.parse(JSON.stringify(validator)))).toBe(true);
    expect(matches(validator, told)).toBe(true);
    expect(contradicts(validator, told)).toBe(false);
    // It is sent back in If-Range.
    expect(new Headers({ "if-range": validator.value }).get("if-range")).toBe(validator.value.trim());
  });

  fuzz(
    "an answer to a range",
    3_000,
    fc.tuple(
      status,
      headersOf("content-range", "content-length", "content-encoding", "etag", "last-modified", "date"),
      fc.constantFrom(0, 1, 5, 1_000, Number.MAX_SAFE_INTEGER),
      fc.constantFrom(undefined, 6, 2_000),
      fc.constantFrom(
        {},
        { size: 10 },
        { size: 1_000, validator: { kind: "etag", value: '"x"' } as const },
        { encoded: true },
      ),
    ),
    async ([code, headers, offset, end, identity]) => {
      const outcome = await harmless(() =>
        judgeRangeAnswer(code, readFileHeaders(headers), { offset, end, identity }),
      );
      if (!("value" in outcome) || outcome.value.kind !== "bytes") return;
      const { skip, endsAt } = outcome.value;
      expect(Number.isSafeInteger(skip) && skip >= 0 && skip <= offset).toBe(true);
      if (endsAt !== undefined) expect(endsAt).toBeGreaterThanOrEqual(skip > 0 ? 0 : offset);
    },
  );
});
