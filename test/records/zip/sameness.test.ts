import { describe, expect, it } from "vitest";
import { openArtifact } from "../../../src/records/zip/artifact-source.js";
import { crc32 } from "../../../src/records/zip/crc32.js";
import { openArchive } from "../../../src/records/zip/directory.js";
import { fingerprintOf } from "../../../src/records/zip/fingerprint.js";
import { checkPrefix } from "../../../src/records/zip/known-prefix.js";
import { MemoryBudget } from "../../../src/records/zip/memory-budget.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { memoryArtifact } from "./memory-artifact.js";
import { noise } from "./noise.js";
import { archiveOf } from "./read-archive.js";
import { type Member, zip } from "./zip-writer.js";

describe("the fingerprint of an archive", () => {
  const members: readonly Member[] = [
    { name: "a.txt", data: "one" },
    { name: "b.txt", data: "two", method: 0 },
  ];
  const of = async (bytes: Uint8Array) => fingerprintOf(await archiveOf(bytes));

  it("is a SHA-256, the same for the same archive", async () => {
    const print = await of(zip(members));
    expect(print).toMatch(/^[0-9a-f]{64}$/);
    expect(await of(zip(members))).toBe(print);
  });

  it.each<[string, readonly Member[]]>([
    ["content", [members[0] as Member, { name: "b.txt", data: "TWO", method: 0 }]],
    ["length", [members[0] as Member, { name: "b.txt", data: "twoo", method: 0 }]],
    ["name", [members[0] as Member, { name: "c.txt", data: "two", method: 0 }]],
    ["method", [members[0] as Member, { name: "b.txt", data: "two", method: 8 }]],
    ["order", members.toReversed()],
    ["number", members.slice(0, 1)],
  ])("is another where a member has another %s", async (_, others) => {
    expect(await of(zip(others))).not.toBe(await of(zip(members)));
  });

  it("says nothing of times and attributes, which packing again changes", async () => {
    const bytes = zip(members);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const first = Buffer.from(bytes).indexOf("PK\x01\x02", "latin1");
    const repacked = bytes.slice();
    new DataView(repacked.buffer).setUint32(first + 12, 0x12345678, true);
    new DataView(repacked.buffer).setUint32(first + 38, 0x81a40000, true);
    expect(view.getUint32(first + 12, true)).not.toBe(0x12345678);
    expect(await of(repacked)).toBe(await of(bytes));
  });
});

describe("a prefix", () => {
  async function* inPieces(bytes: Uint8Array, piece: number) {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const through = async (bytes: Uint8Array, piece: number, known: { bytes: number; crc32: number }) => {
    const chunks: Uint8Array[] = [];
    const changed = () => new RangeError("changed");
    try {
      for await (const chunk of checkPrefix(inPieces(bytes, piece), known, changed)) chunks.push(chunk);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return "changed";
    }
    return Buffer.concat(chunks);
  };

  it("passes where it is the same, and a changed byte in it does not, however the chunks fall", async () => {
    const cases = fc.record({
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      length: fc.nat(),
      at: fc.nat(),
      piece: fc.integer({ min: 1, max: 310 }),
      other: fc.integer({ min: 1, max: 310 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ bytes, length, at, piece, other }) => {
        const known = 1 + (length % bytes.length);
        const proof = { bytes: known, crc32: crc32(bytes.subarray(0, known)) };
        expect(await through(bytes, piece, proof)).toEqual(Buffer.from(bytes));
        const changed = bytes.slice();
        changed[at % bytes.length] = ((changed[at % bytes.length] ?? 0) + 1) & 255;
        const expected = at % bytes.length < known ? "changed" : Buffer.from(changed);
        expect(await through(changed, other, proof)).toEqual(expected);
        expect(await through(bytes.subarray(0, known - 1), piece, proof)).toBe("changed");
      }),
      { numRuns: runs(80) },
    );
  });
});

describe("a source", () => {
  const bytes = noise(600_000);
  const budget = () => new MemoryBudget(1_000_000);

  it("can be asked again where nothing proves it to be the same", async () => {
    const artifact = memoryArtifact(bytes, { validated: false });
    const source = await openArtifact(artifact, budget());
    await source.read(599_000, 600_000);
    expect(artifact.requests).toHaveLength(1);
    expect(await source.fresh?.read(599_000, 600_000)).toEqual(bytes.slice(599_000, 600_000));
    expect(artifact.requests).toHaveLength(2);
  });

  it("cannot be another one by a validator, or in memory", async () => {
    for (const options of [{ validated: true }, { ranges: false, validated: false }]) {
      expect((await openArtifact(memoryArtifact(bytes, options), budget())).fresh).toBeUndefined();
    }
  });

  it("is not proven by a validator that is named only later", async () => {
    const artifact = memoryArtifact(bytes, { validated: false });
    let validated = false;
    const late = {
      ...artifact,
      // Told by the first range only, and with it a validator.
      get size() {
        return validated ? bytes.length : undefined;
      },
      get validated() {
        return validated;
      },
      read: (start: number, end: number) => {
        validated = true;
        return artifact.read(start, end);
      },
    };
    expect((await openArtifact(late, budget())).fresh).toBeDefined();
  });

  it("in memory begins again, with its memory given back", async () => {
    const memory = budget();
    const archive = zip([{ name: "a", data: bytes, method: 0 }]);
    const artifact = {
      ...memoryArtifact(archive, { ranges: false, validated: false }),
      async *stream(_offset?: number, restart?: () => void) {
        for (const cut of [300_000, 500_001]) {
          yield new Uint8Array(cut).fill(9);
          restart?.();
        }
        yield archive;
      },
    };
    const source = await openArtifact(artifact, memory);
    expect(source.size).toBe(archive.length);
    expect((await openArchive(source, "It", 1_000)).entries).toHaveLength(1);
    expect(await source.read(0, source.size)).toEqual(archive);
    expect(() => memory.check(1_000_001 - archive.length, "It")).toThrow();
    memory.check(1_000_000 - archive.length, "It");
  });
});
