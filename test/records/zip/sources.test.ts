import { describe, expect, it } from "vitest";
import { openArtifact } from "../../../src/records/zip/artifact-source.js";
import type { ByteSource } from "../../../src/records/zip/byte-source.js";
import { MemoryBudget } from "../../../src/records/zip/memory-budget.js";
import { codeOf } from "../xlsx/decode.js";
import { memoryArtifact } from "./memory-artifact.js";
import { noise } from "./noise.js";
import { spoolOf } from "./read-archive.js";
import { concat } from "./zip-writer.js";

const bytes = noise(5_000_000);
const budget = () => new MemoryBudget(10_000_000);

async function streamed(source: ByteSource, start: number, end: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.stream(start, end)) chunks.push(chunk.slice());
  return concat(chunks);
}

describe.each([
  ["ranges", { ranges: true }, 0],
  ["no ranges", { ranges: false, chunk: 100_000 }, 1],
  ["an unknown size", { sized: false, chunk: 333_333 }, 1],
])("%s", (_, options, streams) => {
  it("gives any bytes, any number of times", async () => {
    const artifact = memoryArtifact(bytes, options);
    const source = await openArtifact(artifact, budget());
    expect(source.size).toBe(bytes.length);
    for (const [start, end] of [
      [0, 4],
      [262_140, 262_150],
      [100, 4_900_000],
      [4_999_990, 5_000_000],
      [0, 4],
      [7, 7],
    ] as const) {
      expect(Buffer.compare(await source.read(start, end), bytes.slice(start, end))).toBe(0);
      expect(Buffer.compare(await streamed(source, start, end), bytes.slice(start, end))).toBe(0);
    }
    expect(artifact.requests.filter((request) => request.startsWith("stream"))).toHaveLength(streams);
  });

  it("rejects what lies behind the end", async () => {
    const source = await openArtifact(memoryArtifact(bytes, options), budget());
    expect(await codeOf(source.read(4_999_999, 5_000_001))).toBe("INTEGRITY");
    expect(await codeOf(streamed(source, 4_000_000, 5_000_001))).toBe("INTEGRITY");
  });
});

it("small reads side by side cost one request", async () => {
  const artifact = memoryArtifact(bytes);
  const source = await openArtifact(artifact, budget());
  for (let at = 0; at < 100_000; at += 10_000) await source.read(at, at + 10_000);
  expect(artifact.requests).toHaveLength(2);
});

it("a ranged answer that is too short is damage", async () => {
  const artifact = memoryArtifact(bytes);
  const source = await openArtifact(
    { ...artifact, read: async (start, end) => bytes.slice(start, end - start > 200_000 ? end - 1 : end) },
    budget(),
  );
  expect(await codeOf(source.read(0, 300_000))).toBe("INTEGRITY");
  expect(await codeOf(streamed(source, 0, 300_000))).toBe("INTEGRITY");
});

it("what is too large to hold is refused, before the download where its size is known", async () => {
  const known = memoryArtifact(bytes, { ranges: false });
  expect(await codeOf(openArtifact(known, new MemoryBudget(4_999_999)))).toBe("LIMIT_EXCEEDED");
  expect(known.requests.some((request) => request.startsWith("stream"))).toBe(false);
  const unknown = memoryArtifact(bytes, { ranges: false, sized: false });
  expect(await codeOf(openArtifact(unknown, new MemoryBudget(4_999_999)))).toBe("LIMIT_EXCEEDED");
  expect(unknown.open).toBe(0);
  expect((await openArtifact(unknown, new MemoryBudget(5_000_000))).size).toBe(5_000_000);
});

it("a spool read once gives its memory back as it goes, and the rest at its release", async () => {
  const memory = new MemoryBudget(5_000_000);
  const spool = await spoolOf(bytes, memory);
  expect(() => memory.check(1, "It")).toThrow("5000000 bytes");
  const start = 1_000_000;
  for await (const _ of spool.stream(start, 4_000_000, true));
  memory.check(2_500_000, "It");
  expect(() => memory.check(3_000_001, "It")).toThrow();
  expect(Buffer.compare(await spool.read(0, start), bytes.slice(0, start))).toBe(0);
  expect(Buffer.compare(await spool.read(4_000_000, 5_000_000), bytes.slice(4_000_000))).toBe(0);
  spool.release();
  spool.release();
  memory.check(5_000_000, "It");
});

it("errors of a store other than missing ranges pass through", async () => {
  const artifact = memoryArtifact(bytes);
  const failing = { ...artifact, read: () => Promise.reject(new RangeError("no network")) };
  await expect(openArtifact(failing, budget())).rejects.toThrow("no network");
});
