import { blockDigest, type Digest } from "./digest.js";

const rotate = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** SHA-256 of FIPS 180-4. */
export function sha256(): Digest {
  const constants = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
  const state = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
  const words = new Int32Array(64);

  return blockDigest({
    blockBytes: 64,
    littleEndian: false,
    compress(bytes, at) {
      for (let i = 0; i < 16; i++) words[i] = bytes.getInt32(at + 4 * i);
      for (let i = 16; i < 64; i++) {
        const early = words[i - 15] as number;
        const late = words[i - 2] as number;
        words[i] =
          (words[i - 16] as number) +
          (rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)) +
          (words[i - 7] as number) +
          (rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10));
      }
      let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
      for (let i = 0; i < 64; i++) {
        const first =
          (h +
            (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
            ((e & f) ^ (~e & g)) +
            (constants[i] as number) +
            (words[i] as number)) |
          0;
        const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + first) | 0;
        d = c;
        c = b;
        b = a;
        a = (first + second) | 0;
      }
      for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] as number) + word;
    },
    finish() {
      const digest = new DataView(new ArrayBuffer(32));
      for (const [i, word] of state.entries()) digest.setInt32(4 * i, word);
      return new Uint8Array(digest.buffer);
    },
  });
}

/** The first 32 bits behind the point. */
function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32);
}

export function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}
