import fc from "../support/fast-check.js";

/** One change to bytes; places and lengths are told as parts of the whole. */
interface ByteEdit {
  readonly kind: "flip" | "set" | "remove" | "double" | "cut" | "insert" | "splice";
  readonly at: number;
  readonly length: number;
  readonly bit: number;
  readonly piece: Uint8Array;
}

const utf8 = new TextEncoder();
const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** What breaks text parsers now and then: ends of lines, marks, halves of characters. */
const AWKWARD: readonly (string | Uint8Array)[] = [
  "\0",
  "\r",
  "\n",
  "\r\n",
  "\ufeff",
  "\u2028",
  '"',
  '""',
  ",",
  "{",
  "}",
  "[",
  "\\",
  "\\ud800",
  "__proto__",
  '"__proto__":{"polluted":1}',
  "1e999",
  Uint8Array.of(0xff),
  Uint8Array.of(0xc0, 0x80),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
  Uint8Array.of(0xe2, 0x82),
  Uint8Array.of(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff),
];

/** Random bytes, half of them of the sort that text is made of. */
export const randomBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(fc.constantFrom(...AWKWARD, "a", "ü", "😀", " ", "1", ":", "true", "{}", '{"a":1}'), {
      maxLength: 60,
    })
    .map((pieces) => concat(pieces.map(bytesOf))),
);

/** One of the seeds with some changes to it; `words` are inserted beside what is awkward anyway. */
export function mutatedBytes(
  seeds: readonly Uint8Array[],
  words: readonly (string | Uint8Array)[] = [],
): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...seeds), byteEdits(words), fc.constantFrom(...seeds))
    .map(([seed, edits, other]) => editedBytes(seed, edits, other));
}

/** Sizes of chunks, used over and over. */
export const chunkSizes: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
  fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 4 }).map((sizes) => [...sizes, 100]),
);

export function byteEdits(words: readonly (string | Uint8Array)[] = []): fc.Arbitrary<readonly ByteEdit[]> {
  const edit: fc.Arbitrary<ByteEdit> = fc.record({
    kind: fc.constantFrom<ByteEdit["kind"]>("flip", "set", "remove", "double", "cut", "insert", "splice"),
    at: part,
    length: fc.oneof(
      fc.constant(0),
      part.map((length) => length ** 4),
    ),
    bit: fc.nat(7),
    piece: fc.oneof(
      fc.constantFrom(...AWKWARD, ...words).map(bytesOf),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
    ),
  });
  return fc.array(edit, { minLength: 1, maxLength: 5 });
}

export function editedBytes(
  seed: Uint8Array,
  edits: readonly ByteEdit[],
  other: Uint8Array = seed,
): Uint8Array {
  let bytes: Uint8Array = seed.slice();
  for (const { kind, at, length, bit, piece } of edits) {
    const start = Math.floor(at * bytes.length);
    const end = Math.min(bytes.length, start + 1 + Math.floor(length * bytes.length));
    const [head, body, tail] = [bytes.slice(0, start), bytes.slice(start, end), bytes.slice(end)];
    if (kind === "flip" && body[0] !== undefined) bytes[start] = body[0] ^ (1 << bit);
    else if (kind === "set" && piece[0] !== undefined && start < bytes.length) bytes[start] = piece[0];
    else if (kind === "remove") bytes = concat([head, tail]);
    else if (kind === "double") bytes = concat([head, body, body, tail]);
    else if (kind === "cut") bytes = head;
    else if (kind === "insert") bytes = concat([head, piece, body, tail]);
    else if (kind === "splice") bytes = concat([head, other.slice(Math.floor((1 - at) * other.length))]);
  }
  return bytes;
}

export function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? utf8.encode(value) : value;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
