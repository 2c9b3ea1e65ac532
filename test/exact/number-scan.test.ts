import { readFile } from "node:fs/promises";
import { isExactNumber, json, ndjson, parseJson, type RecordDecoder } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { numberScanCode } from "../../scripts/number-scan.js";
import { openFile } from "../cases/open-case.js";
import { collect } from "../support/collect.js";
import fc from "../support/fast-check.js";

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  // Of about as many digits as a double holds, with a point at any place of them, or none.
  fc
    .tuple(fc.stringMatching(/^[1-9]\d{13,18}$/), fc.nat(20))
    .map(([digits, at]) =>
      at > 0 && at < digits.length ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits,
    ),
  fc
    .tuple(
      fc.constantFrom("1", "-2.5", "0", "0.00", "123456789012345"),
      fc.constantFrom("e", "E"),
      fc.constantFrom("", "+", "-"),
    )
    .chain((parts) =>
      fc
        .constantFrom("9", "21", "99", "299", "300", "308", "400", "0400", "0005")
        .map((power) => parts.join("") + power),
    ),
);
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  number,
  fc.constantFrom(
    "1e4",
    "0e400",
    "[[[{{{",
    '\\"',
    "\u2028",
    "12345678901234567",
    "../../../../../../..",
    "E-",
  ),
);
const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    number,
    text.map((given) => JSON.stringify(given)),
    fc.constantFrom("null", "true", "false", '""'),
    fc.array(tie("value"), { maxLength: 4 }).map((members) => `[${members}]`),
    fc
      .array(fc.tuple(text, tie("value")), { maxLength: 4 })
      .map((members) => `{${members.map(([name, member]) => `${JSON.stringify(name)}:${member}`)}}`),
  ),
})).value;

const kinds: readonly (readonly [string, RecordDecoder<unknown>, (values: readonly string[]) => string])[] = [
  ["NDJSON", ndjson({ map: wrapped }), (values) => values.map((each) => `${each}\n`).join("")],
  ["a JSON list", json({ map: wrapped }), (values) => `[${values.join(",\n")}]`],
];

function wrapped(given: unknown) {
  return { value: given, digits: digitsIn(given) };
}

/** The numbers that keep their digits, told from texts of the same digits. */
function digitsIn(given: unknown): readonly string[] {
  if (isExactNumber(given)) return [given.digits];
  return typeof given === "object" && given !== null ? Object.values(given).flatMap(digitsIn) : [];
}

describe.each(kinds)("values of %s whose bytes are looked at", (_, decoder, textOf) => {
  it("are those of values that are looked at one by one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 60, size: "max" }),
        fc.nat(64),
        async (values, pad) => {
          const body = textOf([`"${"x".repeat(pad)}"`, ...values]);
          const fetch = async () => new Response(body);
          const expected = values.map((each) => wrapped(parseJson(each)));
          const found = await collect(await openFile(decoder, { text: body }, { fetch }));
          const shown = await collect(await openFile(decoder, { text: textOf(values) }));
          expect(found.slice(1)).toEqual(shown);
          expect(found.slice(1).map((record) => (record as ReturnType<typeof wrapped>).digits)).toEqual(
            expected.map((record) => record.digits),
          );
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("a number that a double does not hold", () => {
  it.each(["9007199254740993", "1e400", "-1E-400", "4e-324"])(
    "is found at each place of the bytes, also where pieces of them meet: %s",
    async (digits) => {
      // Three pieces of 32 KiB, and the beginnings of lines at each place of the 64 bytes that are taken at a time.
      const lines = Array.from({ length: 1_300 }, (_, at) => `{"p":"${"x".repeat(at % 131)}","n":${digits}}`);
      const body = `${lines.join("\n")}\n`;
      const records = await collect(
        await openFile(ndjson<{ n: unknown }>(), { text: body }, { fetch: async () => new Response(body) }),
      );
      expect(records.map((record) => record.n)).toEqual(lines.map(() => digits));
    },
  );

  it("is found on its line among very many", async () => {
    const lines = Array.from({ length: 9_000 }, (_, at) => (at % 700 === 3 ? `1e40${at}` : `1e${at % 10}`));
    const body = `${lines.join("\n")}\n`;
    const decoder = ndjson({ map: (given) => ({ given }) });
    const records = await collect(
      await openFile(decoder, { text: body }, { fetch: async () => new Response(body) }),
    );
    const expected = lines.map((line, at) => ({ given: at % 700 === 3 ? line : Number(line) }));
    expect(records).toEqual(expected);
  });

  it("is found where a piece has more of them than there is room for", async () => {
    // A thousand in each line, and as many lines as a piece holds.
    const line = `[${Array(1_000).fill("1e400").join()}]`;
    const body = `${Array(20).fill(line).join("\n")}\n`;
    const decoder = ndjson({ map: (given) => ({ given }) });
    const records = await collect(
      await openFile(decoder, { text: body }, { fetch: async () => new Response(body) }),
    );
    expect(records).toEqual(Array(20).fill({ given: Array(1_000).fill("1e400") }));
  });
});

it("src/exact/number-scan-code.ts is what scripts/number-scan.js makes", async () => {
  const file = new URL("../../src/exact/number-scan-code.ts", import.meta.url);
  expect(await readFile(file, "utf8")).toBe(await numberScanCode());
});
