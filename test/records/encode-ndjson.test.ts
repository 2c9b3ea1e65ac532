import { expect, it } from "vitest";
import { ndjsonEncoder } from "../../src/records/encoder.js";
import { ndjson } from "../../src/records/ndjson.js";
import fc from "../support/fast-check.js";
import { written } from "./encoded.js";
import { recordsOf, textArtifact } from "./text-artifact.js";

it("writes one JSON value per line", () => {
  const encoder = ndjsonEncoder<unknown>();
  const when = new Date(Date.UTC(2024, 9, 7));
  expect(written(encoder, [{ a: 1, b: undefined }, { "é\n": "东\u2028" }, [when], "x", null])).toBe(
    '{"a":1}\n{"é\\n":"东\u2028"}\n["2024-10-07T00:00:00.000Z"]\n"x"\nnull\n',
  );
  expect(encoder.end()).toBe("");
  expect(encoder.state()).toEqual({});
  expect(encoder).toMatchObject({ contentType: "application/x-ndjson", extension: "ndjson" });
});

it("keeps a key __proto__", () => {
  const record = JSON.parse('{"__proto__":{"a":1}}');
  expect(ndjsonEncoder<unknown>().write(record)).toBe('{"__proto__":{"a":1}}\n');
});

it("refuses what has no JSON form", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  for (const record of [undefined, () => 1, Symbol("s"), cycle]) {
    expect(() => ndjsonEncoder<unknown>().write(record)).toThrow(/^it (has|holds)/);
  }
});

it("what it writes is read back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue())),
      async (records) => {
        const bytes = written(ndjsonEncoder<unknown>(), records);
        expect(await recordsOf(ndjson<unknown>(), textArtifact(bytes, [5]))).toEqual(
          JSON.parse(JSON.stringify(records)),
        );
      },
    ),
  );
});
