import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { crc32, crc32c } from "../../../src/artifact/digest/crc32.js";
import type { Digest } from "../../../src/artifact/digest/digest.js";
import { md5 } from "../../../src/artifact/digest/md5.js";
import { sha256 } from "../../../src/artifact/digest/sha256.js";
import { sha512 } from "../../../src/artifact/digest/sha512.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";

const hex = (digest: Digest, ...chunks: readonly Uint8Array[]) => {
  for (const chunk of chunks) digest.update(chunk);
  return Buffer.from(digest.finish()).toString("hex");
};

it.each([
  ["md5", md5],
  ["sha256", sha256],
  ["sha512", sha512],
] as const)("%s is that of Node, however the bytes come", (name, make) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (chunks) => {
      const known = createHash(name).update(Buffer.concat(chunks)).digest("hex");
      expect(hex(make(), ...chunks)).toBe(known);
    }),
    { numRuns: runs(100) },
  );
});

it("every length around the size of a block", () => {
  for (let length = 0; length <= 260; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i);
    for (const [name, make] of [
      ["md5", md5],
      ["sha256", sha256],
      ["sha512", sha512],
    ] as const) {
      expect(hex(make(), bytes), `${name} of ${length} bytes`).toBe(
        createHash(name).update(bytes).digest("hex"),
      );
    }
  }
});

it("CRC-32C has the values of RFC 3720, appendix B.4", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(hex(crc32c(), new Uint8Array(32))).toBe("8a9136aa");
  expect(hex(crc32c(), new Uint8Array(32).fill(0xff))).toBe("62a8ab43");
  expect(hex(crc32c(), ascending)).toBe("46dd794e");
  expect(hex(crc32c(), ascending.slice().reverse())).toBe("113fdb5c");
  expect(hex(crc32c(), new TextEncoder().encode("123456789"))).toBe("e3069283");
  expect(hex(crc32(), new TextEncoder().encode("123456789"))).toBe("cbf43926");
  // In pieces that are no multiple of a step.
  for (const at of [1, 3, 4, 5, 31]) {
    expect(hex(crc32c(), ascending.subarray(0, at), ascending.subarray(at))).toBe("46dd794e");
  }
});
