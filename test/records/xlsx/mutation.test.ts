import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { ExportError } from "../../../src/model/errors.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { zip } from "../zip/zip-writer.js";
import { decodeAll } from "./decode.js";
import { workbookMembers, xlsx } from "./workbook-writer.js";

// Archives changed at random: whatever comes of them, it is rows or one of our errors, and soon.

const codes = ["DECODE_FAILED", "INTEGRITY", "LIMIT_EXCEEDED", "NOT_SUPPORTED"];
const book = {
  sheets: ["a", "b"].map((name) => ({
    name,
    rows: Array.from({ length: 30 }, (_, y) => ["Grüße & 東京", y, y % 2 === 0, `text ${y}`]),
  })),
  styles:
    '<numFmts><numFmt numFmtId="170" formatCode="yyyy"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs>',
  shared: true,
};
const archives = [
  zip([{ name: "a.xlsx", data: xlsx(book), method: 0 }]),
  zip([{ name: "a.xlsx", data: xlsx({ ...book, stored: true }), descriptor: true, zip64: true }], {
    zip64: true,
  }),
  xlsx({ ...book, stored: true, descriptor: true }),
  new Uint8Array(readFileSync(new URL("../../fixtures/xlsx/exceljs.xlsx", import.meta.url))),
];

async function survives(bytes: Uint8Array): Promise<void> {
  try {
    await decodeAll(bytes, { artifact: { ranges: bytes.length % 2 === 0 } });
  } catch (error) {
    if (!ExportError.isInstance(error)) throw error;
    expect(codes).toContain(error.code);
  }
}

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  value: fc.nat(255),
});

it.each(["native", "portable"])("bytes changed, with the %s inflater", async (inflater) => {
  if (inflater === "portable") vi.stubGlobal("DecompressionStream", undefined);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...archives),
      fc.array(change, { minLength: 1, maxLength: 5 }),
      async (sound, changes) => {
        const bytes = sound.slice();
        for (const { at, value } of changes) bytes[Math.floor(at * bytes.length)] = value;
        await survives(bytes);
      },
    ),
    { numRuns: runs(80) },
  );
  vi.unstubAllGlobals();
});

it("pieces cut out or doubled", async () => {
  const places = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...archives), places, fc.boolean(), async (sound, [a, b], doubled) => {
      const [start, end] = [
        Math.floor(Math.min(a, b) * sound.length),
        Math.floor(Math.max(a, b) * sound.length),
      ];
      const kept = doubled
        ? [sound.slice(0, end), sound.slice(start)]
        : [sound.slice(0, start), sound.slice(end)];
      await survives(new Uint8Array(Buffer.concat(kept)));
    }),
    { numRuns: runs(50) },
  );
});

it("XML changed within a sound archive", async () => {
  const members = workbookMembers(book);
  const insert = fc.constantFrom(
    "<",
    ">",
    "/",
    '"',
    "&",
    ";",
    "<!--",
    "<![CDATA[",
    "]]>",
    "<?",
    "</row>",
    "<row>",
    "<c>",
    "<v>",
    ' r="ZZZZ9"',
    "\0",
    "\ufffe",
    "<!DOCTYPE a>",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.nat(members.length - 1),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), insert, fc.nat(9)), {
        minLength: 1,
        maxLength: 4,
      }),
      async (index, edits) => {
        const changed = members.map((member, place) => {
          if (place !== index) return member;
          let text = String(member.data);
          for (const [at, piece, length] of edits) {
            const start = Math.floor(at * text.length);
            text = text.slice(0, start) + piece + text.slice(start + length);
          }
          return { ...member, data: text };
        });
        await survives(zip(changed));
      },
    ),
    { numRuns: runs(100) },
  );
});
