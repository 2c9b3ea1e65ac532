import { readFileSync } from "node:fs";
import type { RecordDecoder } from "exportkit/provider";
import { describe } from "vitest";
import { xlsxArchive } from "../records/xlsx/decode.js";
import { workbookMembers, xlsx } from "../records/xlsx/workbook-writer.js";
import { memoryArtifact } from "../records/zip/memory-artifact.js";
import { zip } from "../records/zip/zip-writer.js";
import fc from "../support/fast-check.js";
import { decodeSafely, sameDecoding } from "./decoding.js";
import { fuzz } from "./fuzz.js";
import { byteEdits, bytesOf, editedBytes, mutatedBytes, randomBytes } from "./mutated-bytes.js";

// Workbooks of any kind: whatever comes, rows or one of our errors, and the same ones by ranges and from memory.

const book = {
  sheets: ["a", "__proto__"].map((name) => ({
    name,
    rows: [
      ["id", "__proto__", "constructor"],
      ...Array.from({ length: 9 }, (_, y) => [`Grüße & 東京 ${y}`, y, y % 2 === 0]),
    ],
  })),
  styles:
    '<numFmts><numFmt numFmtId="170" formatCode="yyyy"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs>',
  shared: true,
};
const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/xlsx/${name}.xlsx`, import.meta.url)));
const seeds = [
  zip([{ name: "a.xlsx", data: xlsx(book), method: 0 }]),
  zip([{ name: "b.xlsx", data: xlsx({ ...book, stored: true }), descriptor: true, zip64: true }], {
    zip64: true,
  }),
  xlsx({ ...book, stored: true, descriptor: true, date1904: true }),
  fixture("openpyxl"),
  fixture("libreoffice"),
  fixture("hucre"),
];
const words = [
  "<",
  ">",
  "/>",
  "&#x110000;",
  "&#0;",
  "&#55296;",
  "&lol;",
  "<!--",
  "<![CDATA[",
  "]]>",
  "<?xml?>",
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  "</row>",
  '<row r="1048577">',
  "<row>",
  '<c r="XFE1" t="s"><v>99999999</v></c>',
  '<c t="b"><v>2</v></c>',
  '<c t="d"><v>x</v></c>',
  "<v>1e999</v>",
  "<v>-99999999</v>",
  ' r="A0"',
  ' s="4294967296"',
  "<sheetData>",
  "</sst>",
  '<mergeCell ref="A1:XFD1048576"/>',
  "\ufffe",
  "PK\x01\x02",
];
const decoder: RecordDecoder<unknown> = xlsxArchive();
const options = { maxBufferedBytes: 256 * 1024 };
// A deflated byte stands for 1,032 at most, and a row takes more than one.
const MOST_ROWS_PER_BYTE = 1_032;

const check = async (bytes: Uint8Array) => {
  const ranged = await decodeSafely(decoder, memoryArtifact(bytes, { chunk: 1_000 }), options);
  const held = await decodeSafely(decoder, memoryArtifact(bytes, { ranges: false, chunk: 7 }), options);
  sameDecoding(ranged, held);
  if (ranged.entries.length > bytes.length * MOST_ROWS_PER_BYTE)
    throw new Error("more rows than there is room for");
};

describe("XLSX", () => {
  fuzz("XLSX, random bytes", 30, randomBytes, check);
  fuzz("XLSX, mutated bytes", 70, mutatedBytes(seeds, ["PK\x03\x04", new Uint8Array(4).fill(0xff)]), check);

  const members = workbookMembers({ ...book, stored: true });
  fuzz(
    "XLSX, mutated XML in a sound archive",
    80,
    fc.array(fc.tuple(fc.nat(members.length - 1), byteEdits(words)), { minLength: 1, maxLength: 2 }),
    (changes) => {
      const changed = members.map((member, index) => {
        const edits = changes.filter(([place]) => place === index).flatMap(([, edits]) => edits);
        return { ...member, data: editedBytes(bytesOf(member.data ?? ""), edits) };
      });
      return check(zip(changed));
    },
  );
});
