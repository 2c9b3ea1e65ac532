import { blockDigest, type Digest } from "./digest.js";

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;

/** MD5 of RFC 1321. Object stores announce it; against forgery it is worth nothing, and TLS is there for that. */
export function md5(): Digest {
  const sines = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
  const shifts = Int32Array.from({ length: 64 }, (_, i) => SHIFTS[(i >> 4) * 4 + (i & 3)] ?? 0);
  // Which word of the block each of the 64 steps takes.
  const places = Int32Array.from({ length: 64 }, (_, i) => {
    const round = i >> 4;
    return round === 0 ? i : (round === 1 ? 5 * i + 1 : round === 2 ? 3 * i + 5 : 7 * i) & 15;
  });
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const words = new Int32Array(16);

  return blockDigest({
    blockBytes: 64,
    littleEndian: true,
    compress(bytes, at) {
      for (let i = 0; i < 16; i++) words[i] = bytes.getInt32(at + 4 * i, true);
      let [a = 0, b = 0, c = 0, d = 0] = state;
      for (let i = 0; i < 64; i++) {
        let mixed: number;
        if (i < 16) mixed = (b & c) | (~b & d);
        else if (i < 32) mixed = (d & b) | (~d & c);
        else if (i < 48) mixed = b ^ c ^ d;
        else mixed = c ^ (b | ~d);
        const sum = (a + mixed + (sines[i] as number) + (words[places[i] as number] as number)) | 0;
        const shift = shifts[i] as number;
        a = d;
        d = c;
        c = b;
        b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
      }
      state[0] = (state[0] as number) + a;
      state[1] = (state[1] as number) + b;
      state[2] = (state[2] as number) + c;
      state[3] = (state[3] as number) + d;
    },
    finish() {
      const digest = new DataView(new ArrayBuffer(16));
      for (const [i, word] of state.entries()) digest.setInt32(4 * i, word, true);
      return new Uint8Array(digest.buffer);
    },
  });
}
