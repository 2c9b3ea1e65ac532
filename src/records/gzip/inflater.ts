import { appendBytes } from "../../model/bytes.js";
import {
  type Code,
  DISTANCE_EXTRA,
  END_OF_BLOCK,
  fixed,
  LENGTH_EXTRA,
  peek,
  readCodes,
  type Tables,
} from "./huffman-codes.js";

const WINDOW = 32 * 1024;
const OUTPUT = 64 * 1024;
/** The longest match. */
const LONGEST = 258;
/** A length and a distance with their extra bits reach over so many bytes; so many more are looked at. */
const LOOKAHEAD = 7;
/** The data is not what deflate writes. */
export class BrokenDeflate extends Error {}

/**
 * Unpacks raw deflate data (RFC 1951) that comes in pieces, and knows the very byte behind its end: the runtimes'
 * `DecompressionStream` does not tell it, and takes other members of a gzip file for garbage, or drops them, as the
 * runtime may be.
 *
 * Its memory is flat, whatever the data unfolds to: output is made as it is asked for.
 *
 * @example
 * ```ts
 * const inflater = new Inflater();
 * for (const bytes of inflater.push(chunk)) use(bytes);
 * if (inflater.isDone) const behind = inflater.rest;
 * ```
 */
export class Inflater {
  #isDone = false;
  #input: Uint8Array = new Uint8Array(0);
  /** The next bit of the input. */
  #bit = 0;
  /** What was unpacked last, up to `#to`; from `#from` on it is not handed over yet. */
  readonly #output = new Uint8Array(WINDOW + OUTPUT);
  #from = 0;
  #to = 0;
  #isLast = false;
  /** What is read next: the head of a block, so many stored bytes, or symbols of these codes. */
  #block: "head" | number | Pick<Tables, "literals" | "offsets"> = "head";

  /** Whether the data is over; it may be followed by anything. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The bytes that have not been used: at the end those behind the data. */
  get rest(): Uint8Array {
    return this.#input.subarray((this.#bit + 7) >> 3);
  }

  /**
   * What unfolds from the next bytes; take all of it before the next call. Of data whose end is that of everything the
   * last bytes stay unread: push 8 bytes more, of any kind.
   *
   * @throws BrokenDeflate
   */
  *push(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.#input = appendBytes(this.#input, bytes);
    for (let hasMore = true; hasMore; ) {
      hasMore = this.#run();
      if (this.#to > this.#from) yield this.#output.slice(this.#from, this.#to);
      this.#from = this.#to;
      if (this.#to <= WINDOW) continue;
      this.#output.copyWithin(0, this.#to - WINDOW, this.#to);
      this.#from = this.#to = WINDOW;
    }
    // A copy, for the bytes are their owner's again.
    this.#input = this.#input.slice(this.#bit >> 3);
    this.#bit &= 7;
  }

  /** Forgets everything, for other data. */
  reset(): void {
    this.#isDone = this.#isLast = false;
    this.#input = new Uint8Array(0);
    this.#bit = this.#from = this.#to = 0;
    this.#block = "head";
  }

  /** @returns whether the output is full, so that there is more to come */
  #run(): boolean {
    while (!this.#isDone) {
      const block = this.#block;
      if (block === "head") {
        if (this.#isLast) this.#isDone = true;
        else if (!this.#readHead()) return false;
      } else if (typeof block === "number") {
        if (!this.#copyStored(block)) return this.#to === this.#output.length;
      } else if (!this.#readSymbols(block.literals, block.offsets)) {
        return this.#output.length - this.#to < LONGEST;
      }
    }
    return false;
  }

  /** @returns whether all of it was there */
  #readHead(): boolean {
    const input = this.#input;
    const end = input.length * 8;
    let bit = this.#bit + 3;
    if (bit > end) return false;
    const head = peek(input, this.#bit);
    const type = (head >> 1) & 3;
    if (type === 3) throw new BrokenDeflate();
    if (type === 0) {
      const at = (bit + 7) >> 3;
      if (at + 4 > input.length) return false;
      const length = peek(input, at * 8) & 0xffff;
      if ((length ^ (peek(input, at * 8 + 16) & 0xffff)) !== 0xffff) throw new BrokenDeflate();
      bit = (at + 4) * 8;
      this.#block = length;
    } else if (type === 1) {
      this.#block = fixed();
    } else {
      const found = readCodes(input, bit);
      // What is behind the input reads as zeros, and may look broken for that.
      if (found.bit > end) return false;
      if (!found.codes) throw new BrokenDeflate();
      bit = found.bit;
      this.#block = found.codes;
    }
    this.#isLast = (head & 1) === 1;
    this.#bit = bit;
    return true;
  }

  /** @returns whether all of them were there, and had room */
  #copyStored(left: number): boolean {
    const at = this.#bit >> 3;
    const count = Math.min(left, this.#input.length - at, this.#output.length - this.#to);
    this.#output.set(this.#input.subarray(at, at + count), this.#to);
    this.#to += count;
    this.#bit += count * 8;
    this.#block = count === left ? "head" : left - count;
    return count === left;
  }

  /** @returns whether the block is over; if not, input or room is lacking */
  #readSymbols({ table, mask }: Code, offsets: Code): boolean {
    const { lengths, distances } = fixed();
    const input = this.#input;
    const output = this.#output;
    const lastBit = (input.length - LOOKAHEAD) * 8;
    const lastTo = output.length - LONGEST;
    let bit = this.#bit;
    let to = this.#to;
    let isOver = false;
    while (bit <= lastBit && to <= lastTo) {
      const found = table[peek(input, bit) & mask] as number;
      if (found === 0) throw new BrokenDeflate();
      bit += found & 15;
      const symbol = found >> 4;
      if (symbol < END_OF_BLOCK) {
        output[to++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        isOver = true;
        break;
      }
      const code = symbol - END_OF_BLOCK - 1;
      const extra = LENGTH_EXTRA[code];
      if (extra === undefined) throw new BrokenDeflate();
      const length = (lengths[code] as number) + (peek(input, bit) & ((1 << extra) - 1));
      bit += extra;
      const offset = offsets.table[peek(input, bit) & offsets.mask] as number;
      if (offset === 0) throw new BrokenDeflate();
      bit += offset & 15;
      const more = DISTANCE_EXTRA[offset >> 4];
      if (more === undefined) throw new BrokenDeflate();
      const distance = (distances[offset >> 4] as number) + (peek(input, bit) & ((1 << more) - 1));
      bit += more;
      if (distance > to) throw new BrokenDeflate();
      for (const end = to + length; to < end; to++) output[to] = output[to - distance] as number;
    }
    this.#bit = bit;
    this.#to = to;
    if (isOver) this.#block = "head";
    return isOver;
  }
}
