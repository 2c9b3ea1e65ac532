/** The longest match. */
export const LONGEST = 258;
export const END_OF_BLOCK = 256;

// RFC 1951, 3.2.5: where each length and distance code begins, and how many extra bits it has.
export const LENGTH_EXTRA = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
export const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/** The order of the lengths of the code that the lengths of the other codes are written in (3.2.7). */
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A Huffman code: what the next bits mean, as symbol times 16 plus length; 0 where they mean nothing. */
export interface Code {
  readonly table: Uint16Array;
  readonly mask: number;
}

/** What is the same for all data. */
export interface Tables {
  readonly lengths: Uint16Array;
  readonly distances: Uint16Array;
  readonly literals: Code;
  readonly offsets: Code;
}

let tables: Tables | undefined;

/** At least 17 bits from a place on. */
export function peek(input: Uint8Array, bit: number): number {
  const at = bit >> 3;
  return (
    ((input[at] as number) | ((input[at + 1] as number) << 8) | ((input[at + 2] as number) << 16)) >>>
    (bit & 7)
  );
}

/** The codes that stand before a block (RFC 1951, 3.2.7), or none where that is broken; and where it ends. */
export function readCodes(
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
export function fixed(): Tables {
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
