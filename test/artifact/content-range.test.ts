import { expect, it } from "vitest";
import { parseContentRange } from "../../src/artifact/file-headers.js";
import fc from "../support/fast-check.js";

it.each<[string, unknown]>([
  ["bytes 0-0/1", { start: 0, end: 0, total: 1 }],
  ["bytes 42-1233/1234", { start: 42, end: 1233, total: 1234 }],
  ["bytes 42-1233/*", { start: 42, end: 1233 }],
  ["bytes */1234", { total: 1234 }],
  ["bytes */*", {}],
  ["  Bytes 1-2/3 ", { start: 1, end: 2, total: 3 }],
  ["BYTES  1-2/3", { start: 1, end: 2, total: 3 }],
])("%j is read", (text, range) => {
  expect(parseContentRange(text)).toEqual(range);
});

it.each([
  undefined,
  "",
  "bytes",
  "bytes 1-2",
  "bytes=1-2/3",
  "bytes 1-/3",
  "bytes -2/3",
  "bytes 2-1/3",
  "bytes 1-2/",
  "bytes 1-2/3, bytes 4-5/6",
  "bytes 1 - 2/3",
  "bytes +1-2/3",
  "bytes 0x1-2/3",
  "bytes 1-2/3/4",
  "items 1-2/3",
  "1-2/3",
  "bytes 9007199254740993-9007199254740994/*",
])("%j is none", (text) => {
  expect(parseContentRange(text)).toBeUndefined();
});

it("what a server writes is what is read", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.option(fc.nat()), (start, more, total) => {
      expect(parseContentRange(`bytes ${start}-${start + more}/${total ?? "*"}`)).toEqual({
        start,
        end: start + more,
        ...(total !== null && { total }),
      });
    }),
  );
});

it("no text makes it throw, or gives a range that is none", () => {
  const words = fc.constantFrom("bytes", " ", "*", "/", "-", "1", "99", "0", ",", "=");
  fc.assert(
    fc.property(fc.array(words), (parts) => {
      const range = parseContentRange(parts.join(""));
      if (range?.start !== undefined) expect(range.end).toBeGreaterThanOrEqual(range.start);
    }),
  );
});
