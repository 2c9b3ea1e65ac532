import { deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inflate } from "../../../src/records/zip/inflate.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { codeOf } from "../xlsx/decode.js";
import { noise } from "./noise.js";
import { concat } from "./zip-writer.js";

/** Chunks of a given length, noting whether they were given up. */
function source(bytes: Uint8Array, length: number, failAt = Number.POSITIVE_INFINITY) {
  const seen = { ended: false };
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let at = 0; at < bytes.length; at += length) {
        if (at >= failAt) throw new RangeError("the source broke");
        yield bytes.slice(at, at + length);
      }
    } finally {
      seen.ended = true;
    }
  }
  return { chunks: chunks(), seen };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk.slice());
  return concat(all);
}

describe.each(["native", "portable"])("%s", (kind) => {
  beforeEach(() => {
    if (kind === "portable") vi.stubGlobal("DecompressionStream", undefined);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("gives back what was deflated, however the pieces fall", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 999 }),
        async (data, length) => {
          const deflated = new Uint8Array(deflateRawSync(data));
          expect(await collect(inflate(source(deflated, length).chunks, "it"))).toEqual(data);
        },
      ),
      { numRuns: runs(25) },
    );
  });

  it("ends its source when it is stopped early", async () => {
    const data = noise(3_000_000);
    const { chunks, seen } = source(new Uint8Array(deflateRawSync(data)), 1000);
    for await (const chunk of inflate(chunks, "it")) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(seen.ended).toBe(true);
  });

  it("passes on the error of its source", async () => {
    const data = noise(300_000);
    const { chunks, seen } = source(new Uint8Array(deflateRawSync(data)), 1000, 50_000);
    await expect(collect(inflate(chunks, "it"))).rejects.toThrow(new RangeError("the source broke"));
    expect(seen.ended).toBe(true);
  });

  it("calls broken data INTEGRITY, and ends the source", async () => {
    // A stored block of 1,000 bytes, then one of a type that does not exist.
    const start = concat([new Uint8Array([0, 0xe8, 0x03, 0x17, 0xfc]), noise(1000)]);
    const { chunks, seen } = source(concat([start, new Uint8Array(2000).fill(0xff)]), 100);
    expect(await codeOf(collect(inflate(chunks, "it")))).toBe("INTEGRITY");
    expect(seen.ended).toBe(true);
  });
});
