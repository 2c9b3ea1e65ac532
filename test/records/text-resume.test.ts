import { describe, expect, it } from "vitest";
import { csv } from "../../src/records/csv.js";
import { ndjson } from "../../src/records/ndjson.js";
import type { RecordDecoder } from "../../src/spec/records.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { decodeAll, textArtifact } from "./text-artifact.js";

const utf8 = new TextEncoder();

/** Makes some records invalid, so that documents hold sound and broken ones. */
const picky = csv({
  prepare: (header) => (cells) => {
    if (cells.includes("x")) throw new Error("x is not allowed.");
    return Object.fromEntries(header.map((name, index) => [name, cells[index]]));
  },
});

const soup = (tokens: readonly string[]) =>
  fc.array(fc.constantFrom(...tokens), { maxLength: 40 }).map((parts) => parts.join(""));

const headers = fc.constantFrom("a\n", "a,b\n", "a,b\r\n", '"a\n","é"\n', "\uFEFFa,b\n", "\n\na,b\n", "");

/** Documents of the characters that matter, sound or not, beside documents that are always sound. */
const csvDocument = fc
  .tuple(
    headers,
    fc.oneof(
      soup([",", '"', '""', "\n", "\r\n", "\r", "x", "y", "é", "東", "😀", "\uFEFF", " ", '"y\n",', "y,y\n"]),
      soup(["y,y\n", "é,東\r\n", '"😀\n","y""y"\n', '"",""\n', "\n", "x,y\n", "1\n", '"\r\n",y\r\n']),
    ),
  )
  .map((parts) => parts.join(""));

const ndjsonDocument = fc
  .tuple(
    fc.constantFrom("", "\uFEFF"),
    soup([
      '{"a":1}\n',
      '{"é":"東😀"}\r\n',
      "\n",
      " \r\n",
      "[1]\n",
      "null\n",
      "{\n",
      "é",
      "{}",
      "\r",
      "\uFEFF",
    ]),
  )
  .map((parts) => parts.join(""));

const sizesOf = fc
  .array(fc.nat(9), { minLength: 1, maxLength: 6 })
  .filter((sizes) => sizes.some((size) => size > 0));

const formats: readonly (readonly [string, RecordDecoder<unknown>, fc.Arbitrary<string>])[] = [
  ["csv", picky, csvDocument],
  ["ndjson", ndjson(), ndjsonDocument],
];

describe.each(formats)("%s", (format, decoder, documents) => {
  it("decodes the same however the bytes are divided, within any limit", async () => {
    await fc.assert(
      fc.asyncProperty(documents, sizesOf, fc.integer({ min: 1, max: 60 }), async (text, sizes, limit) => {
        for (const maxBufferedBytes of [limit, 1 << 20]) {
          const whole = await decodeAll(decoder, textArtifact(text), { maxBufferedBytes });
          const divided = await decodeAll(decoder, textArtifact(text, sizes), { maxBufferedBytes });
          expect(divided).toEqual(whole);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it("continues after any record with exactly the rest", async () => {
    await fc.assert(
      fc.asyncProperty(documents, sizesOf, sizesOf, async (text, sizes, otherSizes) => {
        const whole = await decodeAll(decoder, textArtifact(text, sizes));
        for (const [index, state] of whole.states.entries()) {
          const artifact = textArtifact(text, otherSizes);
          const rest = await decodeAll(decoder, artifact, { state });
          expect(artifact.opened).toEqual([state.offset]);
          expect(rest).toEqual({
            ...whole,
            outcomes: whole.outcomes.slice(index + 1),
            states: whole.states.slice(index + 1),
          });
        }
      }),
      { numRuns: runs(200) },
    );
  });

  it("tells positions that point at the record", async () => {
    await fc.assert(
      fc.asyncProperty(documents, sizesOf, async (text, sizes) => {
        const bytes = utf8.encode(text);
        const { outcomes, states } = await decodeAll(decoder, textArtifact(text, sizes));
        for (const [index, outcome] of outcomes.entries()) {
          expect(states[index]?.record).toBe(index + 1);
          const end = states[index]?.offset ?? -1;
          expect(end === bytes.length || bytes[end - 1] === 0x0a).toBe(true);
          expect(states[index]?.line).toBe(linesBefore(bytes, end));
          if (!("invalid" in outcome)) continue;
          const { record, line, byte = -1 } = outcome.invalid.position;
          expect(record).toBe(index + 1);
          expect(line).toBe(linesBefore(bytes, byte));
          // The record alone is as broken as it was in its file.
          const alone = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(byte, end));
          const header = format === "csv" ? { header: states[index]?.header } : {};
          const again = await decodeAll(decoder, textArtifact(`#${alone}`), {
            state: { offset: 1, record, line: line ?? 0, ...header },
          });
          expect(again.outcomes).toMatchObject([{ invalid: { message: outcome.invalid.message } }]);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});

function linesBefore(bytes: Uint8Array, end: number): number {
  return bytes.subarray(0, end).filter((byte) => byte === 0x0a).length + 1;
}

it("states are asked for in any order", async () => {
  const artifact = textArtifact('{"a":"é"}\n\n{"a":"😀"}\n{"a":3}\n');
  for await (const batch of ndjson().decode(artifact, { maxBufferedBytes: 100 })) {
    const state = (index: number) => batch.stateAfter(index);
    expect([state(2), state(0), state(1)]).toEqual([
      { offset: 33, record: 3, line: 5 },
      { offset: 11, record: 1, line: 2 },
      { offset: 25, record: 2, line: 4 },
    ]);
    expect(() => state(3)).toThrow(RangeError);
  }
});

it("a CSV state carries the header", async () => {
  const { states } = await decodeAll(csv(), textArtifact('\uFEFF"a\n",b\r\n1,2\r\n3,4'));
  expect(states).toEqual([
    { offset: 16, record: 1, line: 4, header: ["a\n", "b"] },
    { offset: 19, record: 2, line: 4, header: ["a\n", "b"] },
  ]);
});

describe("a state", () => {
  it.each([
    { offset: -1, record: 1, line: 2 },
    { offset: 1.5, record: 1, line: 2 },
    { offset: 5, record: -1, line: 2 },
    { offset: 5, record: 1 },
    { offset: 5, record: 1, line: 0 },
    { offset: 5, record: 1, line: "2" },
  ])("%o is refused", async (state) => {
    const { failure } = await decodeAll(ndjson(), textArtifact("{}\n{}\n"), { state });
    expect(failure).toMatchObject({ code: "JOB_INVALID" });
  });

  it("at byte 0 is the beginning", async () => {
    const state = { offset: 0, record: 0 };
    expect((await decodeAll(csv(), textArtifact("a\n1\n"), { state })).outcomes).toEqual([
      { record: { a: "1" } },
    ]);
  });
});

it("names a place when the chunk it lies in is long over", async () => {
  const lines = Array.from({ length: 40 }, (_, index) => `{"é":"東😀${"ä".repeat(index)}"}\r\n`);
  const ends = lines.map((_, index) => utf8.encode(lines.slice(0, index + 1).join("")).length);
  const artifact = textArtifact(lines.join(""), [300]);
  const decoding = ndjson().decode(artifact, { maxBufferedBytes: 1_000 });
  const batches = [];
  const offsets: number[] = [];
  for await (const batch of decoding) {
    // Who asks once has the bytes kept from then on.
    batch.stateAfter(0);
    batches.push(batch);
  }
  for (const batch of batches)
    offsets.push(...batch.entries.map((_, index) => batch.stateAfter(index).offset));
  expect(offsets).toEqual(ends);
});
