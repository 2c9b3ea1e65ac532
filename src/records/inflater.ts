import { joined } from "./joined.js";

const WINDOW = 32 * 1024;
const OUTPUT = 64 * 1024;
/** The longest match. */
const LONGEST = 258;
/** A length and a distance with their extra bits reach over so many bytes; so many more are looked at. */
const LOOKAHEAD = 7;
const END_OF_BLOCK = 256;

// RFC 1951, 3.2.5: where each length and distance code begins, and how many extra bits it has.
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_EXTRA = Array.from({ length: 30 }, (_, code) => Math.max(0, (code >> 1) - 1));
/** The order of the lengths of the code that the lengths of the other codes are written in (3.2.7). */
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The data is not what deflate writes. */
export class BrokenDeflate extends Error {}

/** A Huffman code: what the next bits mean, as symbol times 16 plus length; 0 where they mean nothing. */
interface Code {
  readonly table: Uint16Array;
  readonly mask: number;
}

interface Tables {
  readonly lengths: Uint16Array;
  readonly distances: Uint16Array;
  readonly literals: Code;
  readonly offsets: Code;
}

let tables: Tables | undefined;

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
    this.#input = joined(this.#input, bytes);
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

/** At least 17 bits from a place on. */
function peek(input: Uint8Array, bit: number): number {
  const at = bit >> 3;
  return (
    ((input[at] as number) | ((input[at + 1] as number) << 8) | ((input[at + 2] as number) << 16)) >>>
    (bit & 7)
  );
}

/** The codes that stand before a block (RFC 1951, 3.2.7), or none where that is broken; and where it ends. */
function readCodes(
  input: Uint8Array,
  start: number,
): { readonly bit: number; readonly codes?: Pick<Tables, "literals" | "offsets"> | undefined } {
  let bit = start;
  const take = (count: number): number => {
    const value = peek(input, bit) & ((1 << count) - 1);
    bit += count;
    return value;
  };
  const literals = take(5) + 257;
  const offsets = take(5) + 1;
  const used = take(4) + 4;
  const own = new Uint8Array(19);
  for (let index = 0; index < used; index++) own[CODE_ORDER[index] as number] = take(3);
  const code = codeOf(own);
  const lengths = new Uint8Array(literals + offsets);
  for (let index = 0; code && index < lengths.length; ) {
    const found = code.table[peek(input, bit) & code.mask] as number;
    if (found === 0) return { bit };
    bit += found & 15;
    const symbol = found >> 4;
    if (symbol < 16) {
      lengths[index++] = symbol;
      continue;
    }
    if (symbol === 16 && index === 0) return { bit };
    const value = symbol === 16 ? (lengths[index - 1] as number) : 0;
    const times = symbol === 16 ? take(2) + 3 : symbol === 17 ? take(3) + 3 : take(7) + 11;
    if (index + times > lengths.length) return { bit };
    lengths.fill(value, index, index + times);
    index += times;
  }
  const literal = codeOf(lengths.subarray(0, literals));
  const offset = codeOf(lengths.subarray(literals));
  if (!code || !literal || !offset || lengths[END_OF_BLOCK] === 0 || literals > 286) return { bit };
  return { bit, codes: { literals: literal, offsets: offset } };
}

/** The code with these lengths by symbol (RFC 1951, 3.2.2); `undefined` where there is no such code. */
function codeOf(lengths: Uint8Array): Code | undefined {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  counts[0] = 0;
  let longest = 15;
  while (longest > 1 && counts[longest] === 0) longest--;
  const next = new Uint16Array(16);
  let free = 1;
  for (let length = 1; length <= 15; length++) {
    next[length] = ((next[length - 1] as number) + (counts[length - 1] as number)) << 1;
    free = free * 2 - (counts[length] as number);
    if (free < 0) return undefined;
  }
  const table = new Uint16Array(1 << longest);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] as number;
    if (length === 0) continue;
    const code = next[length] as number;
    next[length] = code + 1;
    let reversed = 0;
    for (let index = 0; index < length; index++) reversed |= ((code >> index) & 1) << (length - 1 - index);
    for (let index = reversed; index < table.length; index += 1 << length)
      table[index] = symbol * 16 + length;
  }
  return { table, mask: table.length - 1 };
}

/** What is the same for all data: the codes of blocks that bring none along, and where lengths and distances begin. */
function fixed(): Tables {
  if (tables) return tables;
  const literals = codeOf(
    Uint8Array.from({ length: 288 }, (_, symbol) =>
      symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
    ),
  ) as Code;
  const offsets = codeOf(new Uint8Array(32).fill(5)) as Code;
  const begins = (extra: readonly number[], first: number) => {
    let begin = first;
    return Uint16Array.from(extra, (bits) => {
      const own = begin;
      begin += 1 << bits;
      return own;
    });
  };
  const lengths = begins(LENGTH_EXTRA, 3);
  lengths[28] = LONGEST;
  tables = { literals, offsets, lengths, distances: begins(DISTANCE_EXTRA, 1) };
  return tables;
}
