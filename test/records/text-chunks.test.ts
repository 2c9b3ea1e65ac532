import { describe, expect, it } from "vitest";
import { type TextChunk, textChunks } from "../../src/records/text-chunks.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { textArtifact } from "./text-artifact.js";

async function chunksOf(bytes: Uint8Array, sizes: readonly number[], offset = 0): Promise<TextChunk[]> {
  const chunks: TextChunk[] = [];
  for await (const chunk of textChunks(textArtifact(bytes, sizes).stream(offset), offset)) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: readonly TextChunk[]) => chunks.map(({ text }) => text).join("");
const utf8 = new TextEncoder();

describe("a character on a border", () => {
  it.each(["é", "東", "😀", "\uFFFD", "\uFEFF", "\u{10FFFF}"])("%s is kept whole", async (character) => {
    const bytes = utf8.encode(`a${character}b${character}`);
    for (let border = 0; border <= bytes.length; border++) {
      for (let second = border; second <= bytes.length; second++) {
        const chunks = await chunksOf(bytes, [border, second - border, bytes.length]);
        expect(textOf(chunks)).toBe(`a${character}b${character}`);
        expect(chunks.some(({ malformed }) => malformed)).toBe(false);
      }
    }
  });
});

describe("a byte order mark", () => {
  it("is left out and counted, wherever it is cut", async () => {
    const bytes = utf8.encode("\uFEFFab");
    for (const sizes of [[1], [2], [3], [4], [0, 1, 2], [1, 0, 0, 1, 1], [9]]) {
      const chunks = await chunksOf(bytes, sizes);
      expect(textOf(chunks)).toBe("ab");
      expect(chunks[0]?.offset).toBe(3);
    }
  });

  it("is a character where reading does not begin at byte 0", async () => {
    expect(textOf(await chunksOf(utf8.encode("a\uFEFFb"), [2], 1))).toBe("\uFEFFb");
  });

  it("cut off by the end of the file is malformed", async () => {
    expect(await chunksOf(Uint8Array.of(0xef, 0xbb), [1])).toMatchObject([
      { text: "", offset: 0, bytes: 0, malformed: true },
    ]);
  });
});

describe("malformed bytes", () => {
  it.each<[string, readonly number[]]>([
    ["a continuation byte alone", [0x80]],
    ["an overlong form of two bytes", [0xc0, 0xaf]],
    ["an overlong form of three bytes", [0xe0, 0x9f, 0xbf]],
    ["an overlong form of four bytes", [0xf0, 0x8f, 0xbf, 0xbf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["0xF5", [0xf5, 0x80, 0x80, 0x80]],
    ["0xFF", [0xff]],
    ["two bytes cut short", [0xc3, 0x41]],
    ["three bytes cut short", [0xe6, 0x9d, 0x41]],
    ["four bytes cut short", [0xf0, 0x9f, 0x98, 0x41]],
    ["the end of the file in a character", [0xf0, 0x9f, 0x98]],
  ])("%s: named by its first byte, after the text before it", async (_name, broken) => {
    const before = utf8.encode("é😀x");
    for (const after of ["", "tail"]) {
      // At the end of the file the text continues with nothing; a lead byte must then not be taken for a cut.
      if (after !== "" && _name === "the end of the file in a character") continue;
      const bytes = Uint8Array.of(...before, ...broken, ...utf8.encode(after));
      for (const sizes of [[1], [2], [3], [5], [100]]) {
        const chunks = await chunksOf(bytes, sizes);
        const last = chunks.at(-1);
        expect(textOf(chunks)).toBe("é😀x");
        expect(last?.malformed).toBe(true);
        expect((last?.offset ?? 0) + (last?.bytes ?? 0)).toBe(before.length);
      }
    }
  });

  it("the same text comes before the same byte as TextDecoder says", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.constantFrom(0x41, 0xc3, 0xa9, 0xe6, 0x9d, 0xb1, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0),
            fc.nat(255),
          ),
        ),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        async (content, sizes) => {
          const bytes = Uint8Array.from(content);
          // The longest beginning that decodes, found the slow way.
          let sound = bytes.length;
          const decode = (end: number) =>
            new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
          for (; ; sound--) {
            try {
              decode(sound);
              break;
            } catch {}
          }
          const chunks = await chunksOf(bytes, sizes);
          expect(textOf(chunks)).toBe(decode(sound).replace(/^\uFEFF/, ""));
          expect(chunks.at(-1)?.malformed ?? false).toBe(sound < bytes.length);
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

it("offsets and lengths are those of the file", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }).filter((sizes) => sizes.some((size) => size > 0)),
      async (text, sizes) => {
        const bytes = utf8.encode(text);
        let expected = text.startsWith("\uFEFF") ? 3 : 0;
        for (const chunk of await chunksOf(bytes, sizes)) {
          expect(chunk.offset).toBe(expected);
          expect(chunk.bytes).toBe(utf8.encode(chunk.text).length);
          expect(chunk.text).not.toBe("");
          expected += chunk.bytes;
        }
        expect(expected).toBe(bytes.length);
      },
    ),
  );
});

it("a chunk of any size becomes pieces of a bounded one", async () => {
  const bytes = utf8.encode("東京😀".repeat(100_000));
  const chunks = await chunksOf(bytes, [Infinity]);
  expect(textOf(chunks)).toBe("東京😀".repeat(100_000));
  expect(Math.max(...chunks.map((chunk) => chunk.bytes))).toBeLessThanOrEqual(256 * 1024 + 3);
});
