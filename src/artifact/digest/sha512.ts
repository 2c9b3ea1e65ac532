import { blockDigest, type Digest } from "./digest.js";
import { primes } from "./sha256.js";

/** SHA-512 of FIPS 180-4, each word as two halves of 32 bits, the upper one first: `BigInt` is slower by far. */
export function sha512(): Digest {
  const constants = halves(primes(80), 3n);
  const state = halves(primes(8), 2n);
  const words = new Int32Array(2 * 80);
  const work = new Int32Array(2 * 8);
  /** The halves of the sum at hand. */
  let high = 0;
  let low = 0;

  const add = (h: number, l: number) => {
    const sum = (low >>> 0) + (l >>> 0);
    high = (high + h + (sum > 0xffffffff ? 1 : 0)) | 0;
    low = sum | 0;
  };
  const addWord = (from: Int32Array, i: number) => add(from[2 * i] as number, from[2 * i + 1] as number);
  /** The word rotated by each of `by`, mixed; with `shift` the last one is shifted out instead. */
  const addRotated = (from: Int32Array, i: number, [x, y, z]: Rotations, shift = false) => {
    const [h, l] = [from[2 * i] as number, from[2 * i + 1] as number];
    add(
      rotated(h, l, x) ^ rotated(h, l, y) ^ (shift ? h >>> z : rotated(h, l, z)),
      rotated(l, h, x) ^ rotated(l, h, y) ^ rotated(l, h, z),
    );
  };
  const take = (to: Int32Array, i: number) => {
    to[2 * i] = high;
    to[2 * i + 1] = low;
    high = 0;
    low = 0;
  };

  return blockDigest({
    blockBytes: 128,
    littleEndian: false,
    compress(bytes, at) {
      for (let i = 0; i < 32; i++) words[i] = bytes.getInt32(at + 4 * i);
      for (let i = 16; i < 80; i++) {
        addWord(words, i - 16);
        addWord(words, i - 7);
        addRotated(words, i - 15, [1, 8, 7], true);
        addRotated(words, i - 2, [19, 61, 6], true);
        take(words, i);
      }
      work.set(state);
      for (let i = 0; i < 80; i++) {
        const [ah = 0, al = 0, bh = 0, bl = 0, ch = 0, cl = 0] = work;
        const [eh = 0, el = 0, fh = 0, fl = 0, gh = 0, gl = 0] = work.subarray(8);
        addWord(work, 7);
        addRotated(work, 4, [14, 18, 41]);
        add((eh & fh) ^ (~eh & gh), (el & fl) ^ (~el & gl));
        addWord(constants, i);
        addWord(words, i);
        const [firstHigh, firstLow] = [high, low];
        addRotated(work, 0, [28, 34, 39]);
        add((ah & bh) ^ (ah & ch) ^ (bh & ch), (al & bl) ^ (al & cl) ^ (bl & cl));
        // Every word takes the place after its own; the first and the fifth are new.
        work.copyWithin(2, 0);
        take(work, 0);
        add(firstHigh, firstLow);
        addWord(work, 4);
        take(work, 4);
      }
      for (let i = 0; i < 8; i++) {
        addWord(state, i);
        addWord(work, i);
        take(state, i);
      }
    },
    finish() {
      const digest = new DataView(new ArrayBuffer(64));
      for (const [i, half] of state.entries()) digest.setInt32(4 * i, half);
      return new Uint8Array(digest.buffer);
    },
  });
}

type Rotations = readonly [number, number, number];

/** One half of a word that is rotated to the right, given that half and the other. */
function rotated(half: number, other: number, by: number): number {
  return by < 32 ? (half >>> by) | (other << (32 - by)) : (other >>> (by - 32)) | (half << (64 - by));
}

/** The first 64 bits behind the point of the roots of these numbers. */
function halves(numbers: readonly number[], degree: bigint): Int32Array {
  return Int32Array.from(
    numbers.flatMap((number) => {
      const root = integerRoot(BigInt(number) << (64n * degree), degree);
      return [Number((root >> 32n) & 0xffffffffn), Number(root & 0xffffffffn)];
    }),
  );
}

/** The largest number whose power is no larger than `power`. */
function integerRoot(power: bigint, degree: bigint): bigint {
  let root = 1n << 80n;
  for (;;) {
    const next = ((degree - 1n) * root + power / root ** (degree - 1n)) / degree;
    if (next >= root) return root;
    root = next;
  }
}
