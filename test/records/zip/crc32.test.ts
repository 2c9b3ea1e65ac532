import { crc32 as reference } from "node:zlib";
import { expect, it } from "vitest";
import { crc32 } from "../../../src/records/zip/crc32.js";
import fc from "../../support/fast-check.js";

it("agrees with zlib, in one step and in several", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 }), (pieces) => {
      const whole = Buffer.concat(pieces);
      let crc = 0;
      for (const piece of pieces) crc = crc32(piece, crc);
      expect(crc).toBe(reference(whole));
      expect(crc32(whole)).toBe(reference(whole));
    }),
  );
});

it("reads a view into a larger buffer from its own beginning", () => {
  const whole = new Uint8Array(64).map((_, index) => index * 7);
  expect(crc32(whole.subarray(3, 40))).toBe(reference(whole.slice(3, 40)));
});
