import { csv, type RecordDecoder } from "exportkit/provider";
import { authgearExportBytes } from "exportkit/testing";
import { beforeAll, describe } from "vitest";
import { csvRows } from "../../src/provider/csv-rows.js";
import { ndjsonEncoder } from "../../src/records/encoder.js";
import { csvEncoder } from "../records/csv-encoder.js";
import { textArtifact } from "../records/text-artifact.js";
import { collectBuffer } from "../support/collect.js";
import fc from "../support/fast-check.js";
import { decodeSafely, encodeSafely, sameDecoding } from "./decoding.js";
import { fuzz } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { byteEdits, chunkSizes, editedBytes, mutatedBytes, randomBytes } from "./mutated-bytes.js";

// CSV of any kind: whatever comes, records or one of our errors, and the same ones however it is cut into chunks.

const utf8 = new TextEncoder();
const decoder = csv() as RecordDecoder<unknown>;
const limits = fc.constantFrom(1_024, 1 << 20);
const seeds = [
  'a,b,c\n1,"x ""y"" z",\n"multi\nline",2,3\n,,\n',
  "\ufeffid;name\r\n1\r\n\r\n2\r\n",
  "one\n\n\nvalue\n",
  '__proto__,constructor,toString,a\n{"polluted":1},1,2,3\n',
  '"é😀","b"\r\n"\u2028",=1+1\r\n',
].map((text) => utf8.encode(text));

let exported: Uint8Array = new Uint8Array();
beforeAll(async () => {
  exported = await collectBuffer(authgearExportBytes({ format: "csv", users: 3 }));
});

const check = async ([bytes, sizes, maxBufferedBytes]: [Uint8Array, number[], number]) => {
  const options = { maxBufferedBytes };
  const whole = await decodeSafely(decoder, textArtifact(bytes), options);
  const parts = await decodeSafely(decoder, textArtifact(bytes, sizes), options);
  sameDecoding(whole, parts);
  // Of one column, a row may be nothing but the end of its line.
  if (whole.entries.length > bytes.length) throw new Error("more records than there is room for");
  for (const encoder of [ndjsonEncoder<unknown>(), csvEncoder<unknown>({ formulas: "escape" })]) {
    await encodeSafely(encoder, whole.records);
  }
  await harmless(() => void csvRows(new TextDecoder().decode(bytes), "Zephr"));
};

describe("CSV", () => {
  fuzz("CSV, random bytes", 150, fc.tuple(randomBytes, chunkSizes, limits), check);
  fuzz("CSV, mutated bytes", 250, fc.tuple(mutatedBytes(seeds), chunkSizes, limits), check);
  fuzz("CSV, a mutated export", 50, fc.tuple(byteEdits(), chunkSizes, limits), ([edits, sizes, most]) =>
    check([editedBytes(exported, edits), sizes, most]),
  );
});
