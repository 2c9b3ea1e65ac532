import { describe, expect, it } from "vitest";
import { csv } from "../../src/records/csv.js";
import type { CsvEncoderOptions } from "../../src/records/csv-plan.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { csvEncoder } from "./csv-encoder.js";
import { encoded as fileOf, written } from "./encoded.js";
import { decodeAll, recordsOf, textArtifact } from "./text-artifact.js";

const encoded = <R>(records: readonly R[], options: CsvEncoderOptions<R> = {}): string =>
  fileOf(csvEncoder(options), records);

/** Records of strings with the characters that matter; the same keys in each. */
const cellText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc
    .array(fc.constantFrom('"', ",", "\n", "\r", " ", "\t", "\uFEFF", "é", "😀", "x"))
    .map((parts) => parts.join("")),
);
const tables = fc
  .uniqueArray(fc.oneof(cellText, fc.constantFrom("__proto__", "constructor", "_extra")), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((names) =>
    fc
      .array(fc.array(cellText, { minLength: names.length, maxLength: names.length }))
      .map((rows) =>
        rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? ""]))),
      ),
  );

it("what it writes is read back, and written again the same", async () => {
  await fc.assert(
    fc.asyncProperty(tables, fc.integer({ min: 1, max: 9 }), async (records, size) => {
      const decoder = csv();
      const bytes = written(csvEncoder({ layout: decoder.csv }), records);
      const decoded = await recordsOf(decoder, textArtifact(bytes, [size]));
      expect(decoded.map((record) => Object.entries(record).sort())).toEqual(
        records.map((record) => Object.entries(record).sort()),
      );
      const again = csvEncoder({ columns: records[0] && Object.keys(records[0]) });
      expect(written(again, decoded)).toBe(bytes);
    }),
    { numRuns: runs(200) },
  );
});

describe("a continued file", () => {
  const anyRecords = fc.array(
    fc.dictionary(fc.constantFrom("a", "b", "c", "_extra"), fc.jsonValue({ maxDepth: 1 })),
  );
  const anyOptions: fc.Arbitrary<CsvEncoderOptions<object>> = fc.record(
    {
      columns: fc.constantFrom(["a", "d"]),
      layout: fc.constantFrom(
        { columns: ["b"] },
        { columns: ["b", "a", "d"], complete: true },
        { columns: [] },
      ),
      preset: fc.constant("excel"),
      delimiter: fc.constantFrom(";", "\t"),
      bom: fc.boolean(),
      newline: fc.constantFrom("lf", "crlf"),
      nullText: fc.constantFrom("", "NULL"),
      quote: fc.constantFrom("minimal", "all"),
      formulas: fc.constantFrom("keep", "escape"),
      header: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  it("is the uninterrupted one, byte for byte", () => {
    fc.assert(
      fc.property(anyRecords, anyOptions, fc.array(fc.nat(10)), (records, options, cuts) => {
        const whole = encoded<object>(records, options);
        const borders = [...cuts.map((cut) => Math.min(cut, records.length)), 0, records.length].sort(
          (a, b) => a - b,
        );
        let encoder = csvEncoder(options);
        let bytes = "";
        for (let index = 1; index < borders.length; index++) {
          bytes += written(encoder, records.slice(borders[index - 1], borders[index]));
          encoder = csvEncoder(options, JSON.parse(JSON.stringify(encoder.state())));
        }
        expect(bytes + encoder.end()).toBe(whole);
      }),
      { numRuns: runs(200) },
    );
  });

  it.each([
    { begun: true },
    { columns: "a" },
    { columns: [1], extra: null, begun: true },
    { columns: ["a"], begun: true },
  ])("does not begin with %j", (state) => {
    expect(() => csvEncoder({}, state)).toThrow(expect.objectContaining({ code: "JOB_INVALID" }));
  });
});

it("a file of the encoder has no invalid record", async () => {
  const bytes = written(csvEncoder<object>(), [{ a: 1 }, { b: '"\n' }, {}, { a: "", b: [","] }]);
  const { outcomes, failure } = await decodeAll(csv(), textArtifact(bytes, [3]));
  expect(failure).toBeUndefined();
  expect(outcomes).toEqual([
    { record: { a: "1", _extra: "" } },
    { record: { a: "", _extra: '{"b":"\\"\\n"}' } },
    { record: { a: "", _extra: "" } },
    { record: { a: "", _extra: '{"b":[","]}' } },
  ]);
});
