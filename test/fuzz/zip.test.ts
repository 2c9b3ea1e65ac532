import { afterEach, describe, vi } from "vitest";
import { inflateLimits, unzip } from "../records/zip/read-archive.js";
import { zip } from "../records/zip/zip-writer.js";
import fc from "../support/fast-check.js";
import { fuzz } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { mutatedBytes, randomBytes } from "./mutated-bytes.js";

// ZIP archives of any kind: whatever comes, members or one of our errors.

const text = "a line of text that repeats\n".repeat(30);
const seeds = [
  zip([
    { name: "a.txt", data: text },
    { name: "folder/b.txt", data: "x", method: 0 },
  ]),
  zip([{ name: "a.txt", data: text, descriptor: true, zip64: true }], {
    zip64: true,
    comment: new Uint8Array(9),
  }),
  zip([
    { name: "__proto__", data: "1" },
    { name: "constructor", data: "2" },
    { name: "ü😀", data: "" },
  ]),
  zip([], { prefix: new Uint8Array(50) }),
];
// Signatures, and sizes and offsets at the ends of what their fields hold.
const words = [
  "PK\x01\x02",
  "PK\x03\x04",
  "PK\x05\x06",
  "PK\x06\x06",
  "PK\x06\x07",
  "PK\x07\x08",
  "../",
  new Uint8Array(4).fill(0xff),
  new Uint8Array(8).fill(0xff),
  new Uint8Array(8),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0),
];

const check = async (bytes: Uint8Array) => {
  const limits = { ...inflateLimits(), maxInflatedBytes: 1_000_000 };
  const outcome = await harmless(() => unzip(bytes, limits));
  if (!("value" in outcome)) return;
  const inflated = Object.values(outcome.value).reduce((sum, member) => sum + member.length, 0);
  if (inflated > limits.maxInflatedBytes) throw new Error(`${inflated} characters of ${bytes.length} bytes`);
};

afterEach(() => void vi.unstubAllGlobals());

describe.each(["native", "portable"])("with the %s inflater", (inflater) => {
  const run = async (bytes: Uint8Array) => {
    if (inflater === "portable") vi.stubGlobal("DecompressionStream", undefined);
    await check(bytes);
  };
  fuzz(`ZIP, ${inflater}, random bytes`, 50, randomBytes, run);
  fuzz(
    `ZIP, ${inflater}, random bytes before an end`,
    50,
    fc.tuple(randomBytes, randomBytes),
    ([head, tail]) => run(new Uint8Array([...head, ...(seeds[3] ?? []), ...tail])),
  );
  fuzz(`ZIP, ${inflater}, mutated bytes`, 200, mutatedBytes(seeds, words), run);
});
