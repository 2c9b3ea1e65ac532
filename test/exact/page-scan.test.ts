import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { pageScanCode } from "../../scripts/page-scan.js";
import { parseAnswer } from "../../src/exact/exact-digits.js";
import { exactNumbersMade, isExactNumber } from "../../src/exact/exact-number.js";
import { deepTextsRead } from "../../src/exact/levels.js";
import { parsePage } from "../../src/exact/parse-page.js";
import fc from "../support/fast-check.js";

const page = (text: string) => parsePage(text, new TextEncoder().encode(text));

/** What a parser makes of a text, and what it counts. */
function seen(parse: (text: string) => unknown, text: string) {
  const [made, deep] = [exactNumbersMade(), deepTextsRead()];
  const value = parse(text);
  return { value, isExact: exactNumbersMade() === made, isDeep: deepTextsRead() > deep };
}

const digits = ["9007199254740993", "1e400", "-1E-400", "4e-324", "12345678901234567.5", "1.0e+0400"];
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom(...digits, "-0", "-0.0", "0", "-0.05", "-0e7", "9007199254740991", "1e300", "1.5e-7"),
);
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  number,
  fc.constantFrom('"', "\\", '\\"', "[[[{{{", "]]}", "\\\\\\", '":1e400,"', "-0"),
);
const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    number,
    text.map((given) => JSON.stringify(given)),
    fc.constantFrom("null", "true", "false", '""'),
    fc.array(tie("value"), { maxLength: 4 }).map((members) => `[${members.join(", ")}]`),
    fc
      .array(fc.tuple(text, tie("value")), { maxLength: 4 })
      .map((members) => `{${members.map(([name, member]) => `${JSON.stringify(name)}:${member}`)}}`),
  ),
})).value;

describe("a page whose bytes are looked at", () => {
  it("is the same as one whose values are", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60, size: "max" }), fc.nat(130), (values, pad) => {
        const whole = `${" ".repeat(pad)}[${values}]`;
        expect(seen(page, whole)).toEqual(seen(parseAnswer, whole));
      }),
    );
  });

  it.each([...digits, "-0", "-0.0"])(
    "shows %s at each place of the 64 bytes, and where pieces meet",
    (given) => {
      for (let at = 0; at < 66; at++) {
        for (const pad of [at, 32_768 - 64 + at]) {
          const { isExact, value } = seen(page, `["${"x".repeat(pad)}",${given}]`);
          expect(isExact, `behind ${pad}`).toBe(false);
          const found = (value as readonly unknown[])[1];
          expect(isExactNumber(found) ? found.digits : Object.is(found, -0)).toBe(
            isExactNumber(found) ? given : true,
          );
        }
      }
    },
  );

  it("shows no number that is in a string, wherever the string and its escapes lie", () => {
    for (let at = 0; at < 66; at++) {
      for (const pad of [at, 32_768 - 64 + at]) {
        for (const inside of ['\\\\\\"1e400,', '\\"-0 ', "\\\\", '[\\"9007199254740993]', "1e400,-0,"]) {
          const given = `["${"x".repeat(pad)}${inside}","${inside}1e400",1]`;
          expect(seen(page, given), given.slice(pad)).toEqual({
            value: JSON.parse(given),
            isExact: true,
            isDeep: false,
          });
        }
      }
    }
  });

  it.each([" ", "x".repeat(100)])("shows levels, also far apart, and none in strings", (filling) => {
    const nested = (levels: number) => `${`["${filling}[[{",`.repeat(levels - 1)}[]${"]".repeat(levels - 1)}`;
    expect(seen(page, nested(513)).isDeep).toBe(true);
    // As many as open among 64 bytes may be taken for more.
    expect(seen(page, nested(440)).isDeep).toBe(false);
    expect(seen(page, `[${Array(100).fill(nested(20))}]`).isDeep).toBe(false);
  });

  it("is no JSON where it is none, and nothing of it is left for the next", () => {
    expect(() => page(`[{"a`)).toThrow(SyntaxError);
    page(`["${"x".repeat(40_000)}",1e400]`);
    expect(seen(page, "[1,-1,0.5]")).toEqual({ value: [1, -1, 0.5], isExact: true, isDeep: false });
  });

  it("is looked at by its values where there is no WebAssembly", async () => {
    vi.resetModules();
    vi.stubGlobal("WebAssembly", undefined);
    try {
      const { parsePage: parse } = await import("../../src/exact/parse-page.js");
      const given = "[9007199254740993,1]";
      expect(`${parse(given, new TextEncoder().encode(given))}`).toBe("9007199254740993,1");
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

it("src/exact/page-scan-code.ts is what scripts/page-scan.js makes", async () => {
  const file = new URL("../../src/exact/page-scan-code.ts", import.meta.url);
  expect(await readFile(file, "utf8")).toBe(await pageScanCode());
});
