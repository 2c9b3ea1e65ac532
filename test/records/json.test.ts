import { gzipSync } from "node:zlib";
import { csv, gunzip, type JsonOptions, json, type RecordDecoder, zip } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { chunkings, decodeAll, recordsOf, textArtifact } from "./text-artifact.js";
import { memoryArtifact } from "./zip/memory-artifact.js";
import { zip as packed } from "./zip/zip-writer.js";

const anything: RecordDecoder<unknown> = json({ map: (value) => value });
const at = (path: JsonOptions<unknown>["path"]) => json({ path, map: (value) => value });
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
const spaces = fc.constantFrom("", " ", "\n", "\r\n\t");
/** A JSON text of the value, with spaces wherever they may be. */
const spaced = (value: unknown, space: string): string =>
  JSON.stringify(value, null, space === "" ? 0 : 1).replaceAll("\n", `\n${space}`);
const value = fc.jsonValue({ maxDepth: 3 });

describe("json()", () => {
  it("gives what JSON.parse gives, however the document is written and cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 8 }), spaces, sizes, async (list, space, chunks) => {
        const text = space + spaced(list, space) + space;
        expect(await recordsOf(anything, textArtifact(text, chunks))).toEqual(JSON.parse(text));
      }),
      { numRuns: runs(100) },
    );
  });

  it("finds the list at any path, whatever stands around it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 5 }),
        fc.array(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 3 }),
        fc.dictionary(
          fc.string({ maxLength: 3 }).map((name) => `other ${name}`),
          value,
          { maxKeys: 3 },
        ),
        spaces,
        sizes,
        async (list, path, others, space, chunks) => {
          const document = path.reduceRight<unknown>(
            (inner, name) =>
              Object.fromEntries([...Object.entries(others), [name, inner], ["and more", others]]),
            list,
          );
          const found = await recordsOf(at(path), textArtifact(spaced(document, space), chunks));
          expect(found).toEqual(JSON.parse(JSON.stringify(list)));
        },
      ),
      { numRuns: runs(80) },
    );
  });

  it("resumes behind every element with exactly the rest", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 6 }),
        fc.constantFrom([], ["users"], ["data", "users"]),
        spaces,
        sizes,
        sizes,
        async (list, path, space, chunks, others) => {
          const document = path.reduceRight<unknown>(
            (inner, name) => ({ before: [1, "]"], [name]: inner, z: {} }),
            list,
          );
          const text = `\uFEFF${spaced(document, space)}`;
          const whole = await decodeAll(at(path), textArtifact(text, chunks));
          expect(whole.failure).toBeUndefined();
          expect(whole.outcomes).toHaveLength(list.length);
          for (const [index, state] of whole.states.entries()) {
            const artifact = textArtifact(text, others);
            const rest = await decodeAll(at(path), artifact, { state });
            expect(artifact.opened).toEqual([state.offset]);
            expect(rest).toEqual({
              outcomes: whole.outcomes.slice(index + 1),
              states: whole.states.slice(index + 1),
            });
          }
        },
      ),
      { numRuns: runs(60) },
    );
  });

  it("keeps the digits of numbers that a double does not hold", async () => {
    const text = '{"list":[{"id":9007199254740993,"n":1.5},12345678901234567890,"9007199254740993"]}';
    for (const chunks of chunkings) {
      const [first, second, third] = await recordsOf(at("list"), textArtifact(text, chunks));
      expect(String((first as { id: unknown }).id)).toBe("9007199254740993");
      expect((first as { n: unknown }).n).toBe(1.5);
      expect(String(second)).toBe("12345678901234567890");
      expect(third).toBe("9007199254740993");
    }
  });

  it("tells where a broken element stands, and continues with the next", async () => {
    const text = '[\n  {"id": 1},\n  {"id" 2},\n\n  3, {"é": "]"}, nul,\n  {"id": 4}\n]\n';
    for (const chunks of chunkings) {
      const { outcomes, failure } = await decodeAll(json(), textArtifact(text, chunks));
      expect(failure).toBeUndefined();
      const byteOf = (part: string) => Buffer.from(text).indexOf(part);
      expect(outcomes).toEqual([
        { record: { id: 1 } },
        {
          invalid: {
            message: "The element is not valid JSON.",
            position: { record: 2, line: 3, byte: byteOf('{"id" 2') },
          },
        },
        {
          invalid: {
            message: "The element is not a JSON object but a number.",
            position: { record: 3, line: 5, byte: byteOf("3, {") },
          },
        },
        { record: { é: "]" } },
        {
          invalid: {
            message: "The element is not valid JSON.",
            position: { record: 5, line: 5, byte: byteOf("nul") },
          },
        },
        { record: { id: 4 } },
      ]);
    }
  });

  it.each([
    ["", "nothing in it"],
    [" \n ", "nothing in it"],
    ["[", "middle"],
    ['[{"a":1}', "middle"],
    ['[{"a":1},', "middle"],
    ['[{"a":"', "middle"],
    ["[1", "middle"],
    ["[1 2]", "a comma"],
    ["[1,]", "a value was expected"],
    ["[,1]", "a value was expected"],
    ["[1]]", "follows its end"],
    ["[1][2]", "follows its end"],
    ['[1]\n{"a":1}', "follows its end"],
    ['{"users":[]}', "not a list"],
    ["<html>", "not a list"],
    ["null", "not a list"],
    ['"text"', "not a list"],
  ])("refuses %j, which is no list", async (text, why) => {
    for (const chunks of chunkings) {
      const { failure } = await decodeAll(anything, textArtifact(text, chunks));
      expect(failure).toMatchObject({ code: "DECODE_FAILED", message: expect.stringContaining(why) });
    }
  });

  it.each([
    ["[]", "not an object"],
    ["{}", 'no list at "data.users"'],
    ['{"data":{"user":[1]}}', "no list at"],
    ['{"data":[1]}', "not an object"],
    ['{"data":{"users":null}}', "not a list"],
    ['{"data":{"users":[]', "middle"],
    ['{"data":{"users":[]}', "middle"],
    ['{"data":{"users":[1],"users":[2]}}', "two lists"],
    ['{"data":{"users":[1]},"data":{"users":[]}}', "two lists"],
    ['{"data" {}}', "a colon"],
    ["{data: {}}", "a name"],
    ['{"a":1 "data":{}}', "a comma"],
    ['{"a":,"data":{}}', "a value"],
    ['{"\\x":1}', "a name is not a string"],
  ])("refuses %j, which has none at data.users", async (text, why) => {
    for (const chunks of chunkings) {
      const { failure } = await decodeAll(at("data.users"), textArtifact(text, chunks));
      expect(failure).toMatchObject({ code: "DECODE_FAILED", message: expect.stringContaining(why) });
    }
  });

  it("never ends in silence where a document is cut", async () => {
    const text = '{"meta":{"n":[1,2]},"users":[{"a":"x\\"]"},[true],"é",-1.5e3,{}],"z":null}';
    const bytes = new TextEncoder().encode(text);
    expect(await recordsOf(at("users"), textArtifact(text))).toHaveLength(5);
    for (let length = 0; length < bytes.length; length++) {
      const { failure } = await decodeAll(at("users"), textArtifact(bytes.slice(0, length), [3]));
      expect(failure).toMatchObject({ code: "DECODE_FAILED" });
    }
  });

  it("bounds an element and a name, and nothing that is passed over", async () => {
    const long = "x".repeat(500);
    const limit = { maxBufferedBytes: 300 };
    for (const chunks of chunkings) {
      const element = await decodeAll(json(), textArtifact(`[{"a":1},{"a":"${long}"}]`, chunks), limit);
      expect(element.outcomes).toEqual([{ record: { a: 1 } }]);
      expect(element.failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
      const name = await decodeAll(at("users"), textArtifact(`{"${long}":1,"users":[]}`, chunks), limit);
      expect(name.failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
      const other = textArtifact(`{"a":"${long}",${" ".repeat(500)}"users":[1],"z":["${long}"]}`, chunks);
      expect(await decodeAll(at("users"), other, limit)).toMatchObject({ outcomes: [{ record: 1 }] });
      expect((await decodeAll(at("users"), other, limit)).failure).toBeUndefined();
    }
  });

  it("takes a name with a point by a list of names", async () => {
    expect(await recordsOf(at(["a.b"]), textArtifact('{"a":{"b":[1]},"a.b":[2]}'))).toEqual([2]);
    for (const path of ["", "a..b", "a."]) {
      expect(() => json({ path })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    }
  });

  it("reads members of an archive and compressed files", async () => {
    const text = '{"users":[{"id":1},{"id":2}]}';
    const users = json({ path: "users" });
    const gz = new Uint8Array(gzipSync(text));
    expect(await recordsOf(gunzip(users), textArtifact(gz, [5]))).toEqual([{ id: 1 }, { id: 2 }]);
    const archive = packed([
      { name: "a.json", data: text, method: 8 },
      { name: "b.csv", data: "id\n3\n", method: 8 },
    ]);
    const decoder = zip<object>((name) => (name.endsWith(".json") ? users : csv()) as RecordDecoder<object>);
    const whole = await decodeAll(decoder, memoryArtifact(archive));
    expect(whole.outcomes).toEqual([{ record: { id: 1 } }, { record: { id: 2 } }, { record: { id: "3" } }]);
    const rest = await decodeAll(decoder, memoryArtifact(archive), { state: whole.states[0] });
    expect(rest.outcomes).toEqual(whole.outcomes.slice(1));
  });
});
