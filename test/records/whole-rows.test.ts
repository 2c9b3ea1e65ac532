import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { rowScanCode } from "../../scripts/row-scan.js";
import { csv } from "../../src/records/csv.js";
import { csvFormat } from "../../src/records/csv-format.js";
import { decodeText, type TextFormat } from "../../src/records/text-decoder.js";
import type { RecordDecoder } from "../../src/spec/records.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { decodeAll, recordsOf, textArtifact } from "./text-artifact.js";

/** How many bytes were taken as whole rows. */
let taken = 0;

/** A decoder whose records are lists of cells; it finds rows by their bytes, or in their text alone. */
function decoderOf(delimiter: string, byBytes: boolean): RecordDecoder<readonly string[]> {
  const prepare = () => (cells: readonly string[]) => {
    if (cells.includes("x")) throw new Error("x is not allowed.");
    return [...cells];
  };
  return {
    ...csv({ prepare, delimiter }),
    decode(artifact, options) {
      const format = csvFormat(prepare, options.state, { delimiter });
      const { load, take, ...byText } = format;
      return decodeText(artifact, options, byBytes ? watched(format) : byText);
    },
  } as RecordDecoder<readonly string[]>;
}

function watched<R>(format: TextFormat<R>): TextFormat<R> {
  return {
    ...format,
    take(bytes, isRest) {
      const found = format.take?.(bytes, isRest) ?? bytes.length;
      if (typeof found === "object") taken += found.bytes;
      return found;
    },
  };
}

const text = fc.oneof(
  fc.constantFrom("", "", "x", "é", "東", "😀", "\uFEFF", " "),
  fc.string({ unit: "grapheme", maxLength: 90 }).map((given) => given.replaceAll(/[\r\n";,]/g, "")),
);
const quoted = fc
  .array(fc.oneof(text, fc.constantFrom('""', ",", ";", "\n", "\r\n", "\r")), { maxLength: 8 })
  .map((parts) => `"${parts.join("")}"`);
/** As RFC 4180 has it, mostly; and what it leaves open, or forbids. */
const cell = fc.oneof(
  { arbitrary: fc.oneof(text, quoted), weight: 400 },
  { arbitrary: fc.constantFrom('5" pipe', 'a""b', "\r", "1\r2", "b\r\r", "\0"), weight: 5 },
  { arbitrary: fc.constantFrom('"a"b', '"a" ', '"a"\r', '"', '""""x"'), weight: 1 },
);
const files = fc
  .tuple(fc.constantFrom(",", ";", "\t", "é"), fc.constantFrom("\n", "\r\n"), fc.constantFrom(1, 3, 5))
  .chain(([delimiter, lineEnd, width]) => {
    const row = fc.array(cell, { minLength: width, maxLength: width }).map((cells) => cells.join(delimiter));
    const line = fc.oneof(
      { arbitrary: row, weight: 20 },
      { arbitrary: fc.constantFrom("", "a,b;c"), weight: 1 },
    );
    const names = Array.from({ length: width }, (_, index) => `name${index}`).join(delimiter);
    return fc
      .tuple(fc.array(line, { minLength: 10, maxLength: 120, size: "max" }), fc.constantFrom(lineEnd, ""))
      .map(([lines, end]) => ({
        delimiter,
        bytes: new TextEncoder().encode([names, ...lines].join(lineEnd) + end),
      }));
  });

const sizes = fc.array(fc.oneof(fc.nat(9), fc.nat(2_000), fc.nat(3_000)), { minLength: 1, maxLength: 5 });

it("rows found by their bytes are those found in their text, with their places and what is wrong with them", async () => {
  taken = 0;
  let all = 0;
  await fc.assert(
    fc.asyncProperty(
      files,
      sizes.filter((each) => each.some((size) => size > 0)),
      fc.oneof(fc.constant(1 << 20), fc.integer({ min: 30, max: 600 })),
      fc.oneof({ arbitrary: fc.constant(-1), weight: 4 }, { arbitrary: fc.nat(3_000), weight: 1 }),
      fc.nat(255),
      async ({ delimiter, bytes }, chunks, maxBufferedBytes, broken, byte) => {
        if (broken >= 0 && broken < bytes.length) bytes[broken] = byte;
        const [found, searched] = await Promise.all(
          [true, false].map((byBytes) =>
            decodeAll(decoderOf(delimiter, byBytes), textArtifact(bytes, chunks), { maxBufferedBytes }),
          ),
        );
        expect(found).toEqual(searched);
        if (broken < 0 && maxBufferedBytes > 600 && delimiter !== "é" && found?.failure === undefined)
          all += bytes.length;
      },
    ),
    { numRuns: runs(300) },
  );
  // All but headers, what is unusual, and the rows around that.
  expect(taken / all).toBeGreaterThan(0.5);
});

it.each(['5" pipe,', '"5""",', '"5"",",', '"5"\r', "5\r", '"5",', ',""', '"5" ,', 'é"', "😀,é"])(
  "%j is read the same at any of 64 places",
  async (odd) => {
    for (let place = 0; place < 66; place++) {
      const content = `a,b\n${"1,2\n".repeat(150)}${"p".repeat(place)},${odd}\n${"p".repeat(place)}${odd}\r\n1,2\n`;
      const [found, searched] = await Promise.all(
        [true, false].map((byBytes) => decodeAll(decoderOf(",", byBytes), textArtifact(content))),
      );
      expect(found).toEqual(searched);
    }
  },
);

it.each([513, 1_000, 32_768])(
  "what precedes the failure of a connection is delivered, quotes in odd places too (chunks of %i bytes)",
  async (size) => {
    const content = `a,b\n${"1,2\n".repeat(400)}1,5" pipe\n${"1,2\n".repeat(400)}1`;
    const lost = new Error("lost");
    const { stream, ...artifact } = textArtifact(content, [size]);
    const failing = {
      ...artifact,
      async *stream() {
        yield* stream(0);
        throw lost;
      },
    };
    const { outcomes, failure } = await decodeAll(decoderOf(",", true), failing);
    expect(outcomes).toHaveLength(801);
    expect(failure).toBe(lost);
  },
);

describe("rows of a file are found by their bytes", () => {
  const row = (at: number) => `${at},"said ""${"é".repeat(at % 70)}""\nagain",,${"x".repeat(at % 40)}y\r\n`;
  const rowOf = (at: number) => [
    `${at}`,
    `said "${"é".repeat(at % 70)}"\nagain`,
    "",
    `${"x".repeat(at % 40)}y`,
  ];
  const rows = Array.from({ length: 3_000 }, (_, at) => at);
  const file = (odd: string) => `a,b,c,d\r\n${rows.map((at) => (at === 1_000 ? odd : row(at))).join("")}`;

  async function share(content: string, size = Infinity, delimiter = ","): Promise<number> {
    taken = 0;
    const { outcomes } = await decodeAll(decoderOf(delimiter, true), textArtifact(content, [size]));
    expect(outcomes).toHaveLength(3_000);
    return taken / new TextEncoder().encode(content).length;
  }

  it("all but the header, whatever the chunks are", async () => {
    const records = await recordsOf(decoderOf(",", true), textArtifact(file(row(1_000))));
    expect(records).toEqual(rows.map(rowOf));
    for (const size of [Infinity, 65_536, 5_000, 700]) {
      expect(await share(file(row(1_000)), size)).toBeGreaterThan(0.99);
    }
  });

  it("all but the header, too, where most pieces end behind a quote", async () => {
    const json = `1,"${'{""a"":""b""}'.repeat(20)}",,\n`;
    const content = `a,b,c,d\n${json.repeat(3_000)}`;
    for (const size of [4_096, 4_099, 5_001]) expect(await share(content, size)).toBeGreaterThan(0.99);
  });

  it("but for one that is unusual, and those behind it in its piece", async () => {
    for (const odd of ['1,5" pipe,,\n', `1,${"z".repeat(100_000)},,\n`]) {
      expect(await share(file(odd), 32_768)).toBeGreaterThan(odd.length > 1_000 ? 0.5 : 0.85);
    }
  });
});

it("src/records/row-scan-code.ts is what scripts/row-scan.js makes", async () => {
  const file = new URL("../../src/records/row-scan-code.ts", import.meta.url);
  expect(await readFile(file, "utf8")).toBe(await rowScanCode());
});
