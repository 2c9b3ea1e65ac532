import type { Digest } from "./digest.js";

/** CRC-32C of RFC 3720, with the polynomial of Castagnoli, in big-endian bytes. */
export const crc32c = (): Digest => crcOf(0x82f63b78);

/** CRC-32 of ZIP and gzip, in big-endian bytes. */
export const crc32 = (): Digest => crcOf(0xedb88320);

/** @param polynomial - reversed */
function crcOf(polynomial: number): Digest {
  const table = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table[byte] = crc;
  }
  // The further parts say what a byte comes to with so many bytes of zero behind it: four bytes are then one step.
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256] as number;
    table[i] = (before >>> 8) ^ (table[before & 0xff] as number);
  }
  let crc = -1;
  return {
    update(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let at = 0;
      for (; at + 4 <= bytes.byteLength; at += 4) {
        crc ^= view.getInt32(at, true);
        crc =
          (table[768 + (crc & 0xff)] as number) ^
          (table[512 + ((crc >>> 8) & 0xff)] as number) ^
          (table[256 + ((crc >>> 16) & 0xff)] as number) ^
          (table[crc >>> 24] as number);
      }
      for (; at < bytes.byteLength; at++) {
        crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number);
      }
    },
    finish() {
      const digest = new DataView(new ArrayBuffer(4));
      digest.setInt32(0, ~crc);
      return new Uint8Array(digest.buffer);
    },
  };
}
