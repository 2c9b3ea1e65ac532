import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { csv, gunzip, ndjson, type RecordDecoder, type ResumeState } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { BrokenDeflate, Inflater } from "../../src/records/gzip/inflater.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { decodeAll, recordsOf, textArtifact } from "./text-artifact.js";
import { noise } from "./zip/noise.js";
import { concat } from "./zip/zip-writer.js";

const utf8 = new TextEncoder();
const lines = (count: number) =>
  Array.from(
    { length: count },
    (_, id) => `${JSON.stringify({ id, name: `é${"x".repeat(id % 7)}` })}\n`,
  ).join("");
const gz = (...texts: readonly (string | Uint8Array)[]) =>
  concat(texts.map((text) => new Uint8Array(gzipSync(text))));
const bytesOf = (text: string | Uint8Array) => (typeof text === "string" ? utf8.encode(text) : text);

const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
const document = fc.oneof(
  fc.array(
    fc.constantFrom(
      '{"a":1}\n',
      '{"é":"東😀"}\r\n',
      "\n",
      "[1]\n",
      "{\n",
      `{"long":"${"z".repeat(200)}"}\n`,
      "{}",
    ),
    { maxLength: 30 },
  ),
  fc.array(fc.constantFrom("a,b\n", "1,2\n", "é,😀\r\n", '"x\n","y""y"\n', "1\n", "\n"), { maxLength: 30 }),
);
/** A text in members of any length, empty ones too. */
const packed = fc
  .record({ text: document.map((parts) => parts.join("")), cuts: fc.array(fc.nat(400), { maxLength: 6 }) })
  .map(({ text, cuts }) => {
    const bytes = bytesOf(text);
    const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
    const members = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
    return { text, file: gz(...members) };
  });

describe.each<readonly [string, RecordDecoder<unknown>]>([
  ["NDJSON", ndjson()],
  ["CSV", csv({ headers: "rename" })],
])("gunzip of %s", (_, inner) => {
  const decoder = gunzip(inner);

  it("gives what its content gives, however its members and chunks fall", async () => {
    await fc.assert(
      fc.asyncProperty(packed, sizes, async ({ text, file }, chunks) => {
        const plain = await decodeAll(inner, textArtifact(text));
        const found = await decodeAll(decoder, textArtifact(file, chunks));
        expect(found.outcomes).toEqual(plain.outcomes);
        expect(found.states.map(({ inner: state }) => state)).toEqual(plain.states);
        expect(String(found.failure)).toBe(String(plain.failure));
      }),
      { numRuns: runs(50) },
    );
  });

  it("resumes after every record with exactly the rest, from the member it is in", async () => {
    await fc.assert(
      fc.asyncProperty(packed, sizes, sizes, async ({ file }, chunks, otherChunks) => {
        const whole = await decodeAll(decoder, textArtifact(file, chunks));
        for (const [index, state] of whole.states.entries()) {
          const artifact = textArtifact(file, otherChunks);
          const rest = await decodeAll(decoder, artifact, { state });
          expect(artifact.opened).toEqual([state.offset]);
          expect(rest.outcomes).toEqual(whole.outcomes.slice(index + 1));
          expect(rest.states.map(({ inner: at }) => at)).toEqual(
            whole.states.slice(index + 1).map(({ inner: at }) => at),
          );
          expect(String(rest.failure)).toBe(String(whole.failure));
        }
      }),
      { numRuns: runs(30) },
    );
  });
});

describe("a resume state", () => {
  it("connects at the last member that begins before the record", async () => {
    const members = [lines(3), lines(2), lines(4)].map((text) => gz(text));
    const begins = [0, members[0]?.length ?? 0, (members[0]?.length ?? 0) + (members[1]?.length ?? 0)];
    const { states } = await decodeAll(gunzip(ndjson()), textArtifact(concat(members)));
    expect(states.map(({ offset }) => begins.indexOf(offset))).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 2]);
  });

  it.each<Partial<ResumeState>>([
    { unpacked: -1 },
    { unpacked: "0" },
    { offset: 0.5 },
    { inner: null },
    { inner: { record: 1 } },
    { inner: { offset: -3, record: 1, line: 2 } },
  ])("of another shape (%j) is refused", async (change) => {
    const file = gz(lines(3));
    const { states } = await decodeAll(gunzip(ndjson()), textArtifact(file));
    const state = { ...(states[0] as ResumeState), ...change };
    const { failure } = await decodeAll(gunzip(ndjson()), textArtifact(file), { state });
    expect(failure).toMatchObject({ code: "JOB_INVALID" });
  });

  it("behind the end of a file that is another one is refused", async () => {
    const { states } = await decodeAll(gunzip(ndjson()), textArtifact(gz(lines(50))));
    const { failure } = await decodeAll(gunzip(ndjson()), textArtifact(gz(lines(3))), { state: states[40] });
    expect(failure).toMatchObject({ code: "ARTIFACT_CHANGED" });
  });
});

describe("a damaged file", () => {
  it("is never a silent end, wherever it is cut", async () => {
    const file = gz(lines(4), lines(2));
    const first = gz(lines(4)).length;
    for (let length = 0; length < file.length; length++) {
      const { failure } = await decodeAll(gunzip(ndjson()), textArtifact(file.slice(0, length), [7]));
      // Cut between two members it is a whole file, which only its length can show.
      if (length === first) expect(failure).toBeUndefined();
      else expect(failure).toMatchObject({ code: "INTEGRITY" });
    }
  });

  it("is an error, whichever byte is another one", async () => {
    const file = gz(lines(6));
    const whole = await decodeAll(gunzip(ndjson()), textArtifact(file));
    const codes = ["INTEGRITY", "DECODE_FAILED", "NOT_SUPPORTED"];
    const unread = new Set([4, 5, 6, 7, 8, 9]);
    let told = 0;
    for (let at = 0; at < file.length; at++) {
      if (unread.has(at)) continue;
      for (const bit of [1, 16, 128]) {
        // FTEXT, a guess of no consequence.
        if (at === 3 && bit === 1) continue;
        const damaged = file.slice();
        damaged[at] = (damaged[at] ?? 0) ^ bit;
        const { failure, outcomes } = await decodeAll(gunzip(ndjson()), textArtifact(damaged));
        // Bits that fill up the last byte mean nothing.
        if (failure === undefined) expect(outcomes).toEqual(whole.outcomes);
        else expect(codes).toContain((failure as { code?: string }).code);
        told += failure === undefined ? 0 : 1;
      }
    }
    expect(told).toBeGreaterThan((file.length - unread.size) * 3 - 9);
  });

  it.each([
    ["text", utf8.encode('{"id":1}\n'), "DECODE_FAILED"],
    ["half a second header", concat([gz(lines(2)), new Uint8Array([0x1f, 0x8b, 8])]), "INTEGRITY"],
    ["garbage behind its end", concat([gz(lines(2)), utf8.encode("garbage")]), "INTEGRITY"],
    ["garbage behind zeros", concat([gz(lines(2)), new Uint8Array(9), utf8.encode("x")]), "INTEGRITY"],
    [
      "a method that is none",
      Uint8Array.from(gz(lines(1)), (byte, at) => (at === 2 ? 7 : byte)),
      "NOT_SUPPORTED",
    ],
  ])("such as %s is told", async (_, file, code) => {
    for (const chunk of [1, 1000]) {
      const { failure } = await decodeAll(gunzip(ndjson()), textArtifact(file, [chunk]));
      expect(failure).toMatchObject({ code, operation: "decode" });
    }
  });
});

describe("what files of gzip have", () => {
  it("zeros behind the end are passed over, and told", async () => {
    const warnings: string[] = [];
    const file = concat([gz(lines(2)), new Uint8Array(700)]);
    const batches = gunzip(ndjson()).decode(textArtifact(file, [100]), {
      maxBufferedBytes: 1e6,
      warn: (message) => warnings.push(message),
    });
    let records = 0;
    for await (const { entries } of batches) records += entries.length;
    expect(records).toBe(2);
    expect(warnings).toEqual([expect.stringContaining("700 bytes")]);
  });

  it("names, comments, extra fields and a check of the header are read past", async () => {
    const [plain, extra] = [gz(lines(3)), new Uint8Array(300)];
    const head = concat([
      plain.slice(0, 3),
      new Uint8Array([4 + 8 + 16 + 2]),
      plain.slice(4, 10),
      new Uint8Array([300 % 256, 1]),
      extra,
      utf8.encode("users.ndjson\0a comment\0"),
    ]);
    const { crc32 } = await import("node:zlib");
    const check = crc32(head) & 0xffff;
    const file = (sum: number) => concat([head, new Uint8Array([sum & 255, sum >> 8]), plain.slice(10)]);
    for (const chunk of [1, 50, 10_000]) {
      expect(await recordsOf(gunzip(ndjson()), textArtifact(file(check), [chunk]))).toHaveLength(3);
      const { failure } = await decodeAll(gunzip(ndjson()), textArtifact(file(check ^ 1), [chunk]));
      expect(failure).toMatchObject({ code: "INTEGRITY" });
    }
  });

  it("a content of nothing has no records", async () => {
    expect(await recordsOf(gunzip(ndjson()), textArtifact(gz("")))).toEqual([]);
    expect(await recordsOf(gunzip(csv()), textArtifact(gz("", "a\n", "", "1\n", "")))).toEqual([{ a: "1" }]);
  });

  it("a content that the runtime unpacked already is read as it comes", async () => {
    const served = (content: string | Uint8Array, chunks?: number[]) =>
      Object.assign(textArtifact(content, chunks), { encoded: true });
    expect(await recordsOf(gunzip(ndjson()), served(lines(3), [1]))).toHaveLength(3);
    expect(await recordsOf(gunzip(ndjson()), served(""))).toEqual([]);
    // Compressed twice, of which the runtime undid one.
    expect(await recordsOf(gunzip(ndjson()), served(gz(lines(3)), [1]))).toHaveLength(3);
    const whole = await decodeAll(gunzip(ndjson()), served(lines(5)));
    const rest = await decodeAll(gunzip(ndjson()), served(lines(5), [3]), { state: whole.states[2] });
    expect(rest.outcomes).toEqual(whole.outcomes.slice(3));
    const { failure } = await decodeAll(gunzip(ndjson()), textArtifact(lines(3)));
    expect(failure).toMatchObject({ code: "DECODE_FAILED", message: expect.stringContaining("gzip") });
  });

  it("may be packed twice", async () => {
    const twice = gunzip(gunzip(ndjson()));
    const whole = await decodeAll(twice, textArtifact(gz(gz(lines(20)))));
    expect(whole.outcomes).toHaveLength(20);
    const rest = await decodeAll(twice, textArtifact(gz(gz(lines(20))), [11]), { state: whole.states[7] });
    expect(rest.outcomes).toEqual(whole.outcomes.slice(8));
  });
});

describe("bounds", () => {
  const bomb = gz(new Uint8Array(20_000_000));

  it("a file that unfolds too steeply is refused before it has", async () => {
    const artifact = textArtifact(bomb);
    const { failure } = await decodeAll(gunzip(ndjson()), artifact, { maxBufferedBytes: 1e9 });
    expect(failure).toMatchObject({ code: "LIMIT_EXCEEDED", message: expect.stringContaining("maxRatio") });
  });

  it("and one that unfolds to too much in all", async () => {
    const decoder = gunzip(ndjson(), { maxRatio: 2000, maxInflatedBytes: 1_000_000 });
    const { failure } = await decodeAll(decoder, textArtifact(bomb), { maxBufferedBytes: 1e9 });
    expect(failure).toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringContaining("maxInflatedBytes"),
    });
  });

  it("many small members count together", async () => {
    const member = gz("\n".repeat(60_000));
    const file = concat(Array.from({ length: 40 }, () => member));
    const { failure } = await decodeAll(gunzip(ndjson()), textArtifact(file));
    expect(failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  it.each(["maxRatio", "maxInflatedBytes"])("%s has to be a number above 0", (name) => {
    expect(() => gunzip(ndjson(), { [name]: 0 })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});

describe("the inflater", () => {
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.string({ maxLength: 3000 }).map((text) => utf8.encode(text)),
    fc.integer({ min: 1, max: 90_000 }).map((length) => noise(length).map((byte) => byte % 5)),
  );
  const options = fc.record({
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    strategy: fc.constantFrom(
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_FIXED,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
    ),
  });

  function unpack(
    bytes: Uint8Array,
    size: number,
  ): { content: Uint8Array; rest: Uint8Array; isDone: boolean } {
    const inflater = new Inflater();
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (; at < bytes.length && !inflater.isDone; at += size) {
      for (const piece of inflater.push(bytes.slice(at, at + size))) pieces.push(piece);
    }
    return {
      content: concat(pieces),
      rest: concat([inflater.rest, bytes.slice(at)]),
      isDone: inflater.isDone,
    };
  }

  it("unpacks what was packed, and finds the byte behind it", () => {
    fc.assert(
      fc.property(data, options, fc.integer({ min: 1, max: 5000 }), (content, how, size) => {
        const behind = utf8.encode("behind it");
        const found = unpack(concat([new Uint8Array(deflateRawSync(content, how)), behind]), size);
        expect(found.isDone).toBe(true);
        expect(Buffer.compare(found.content, content)).toBe(0);
        expect(found.rest).toEqual(behind);
      }),
      { numRuns: runs(30) },
    );
  });

  it("ends with any bytes, in bounds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
        try {
          expect(unpack(bytes, size).content.length).toBeLessThan(1_000_000);
        } catch (error) {
          expect(error).toBeInstanceOf(BrokenDeflate);
        }
      }),
      { numRuns: runs(150) },
    );
  });
});
