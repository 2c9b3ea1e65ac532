import { lookAtPiece, type PieceSeen } from "../exact/look-at-piece.js";
import { appendBytes } from "../model/bytes.js";
import { openReadings } from "../model/open-readings.js";
import { completeLength, firstMalformedByte } from "./utf8.js";
import type { WholeRows } from "./whole-rows.js";

/** A piece of a text file that ends between two characters. */
export interface TextChunk {
  readonly text: string;
  /** The byte of the file at which the text begins. */
  readonly offset: number;
  /** How many bytes the text takes up in the file. */
  readonly bytes: number;
  /** The byte after this text is not UTF-8; no chunk follows. */
  readonly malformed: boolean;
  /** What its bytes showed, where they were looked at. */
  readonly seen?: PieceSeen | undefined;
  /** Where it is rows of CSV, written without their quotes: what is in the text. */
  readonly rows?: WholeRows | undefined;
}

/** How a format takes the bytes at hand. */
export interface ChunkOptions {
  /** Whether they are looked at for numbers that a double does not hold, and for line ends. */
  readonly isJson?: boolean;
  /**
   * What the next chunk is: so many bytes, or rows at their beginning; 0 where they have to wait for more.
   *
   * @param isRest - they are what follows the rows that were taken just now
   */
  take?(bytes: Uint8Array, isRest: boolean): number | WholeRows;
}

/**
 * Larger chunks are taken apart, so that a batch of records stays small whatever the source delivers: a download holds the
 * text and the records of one. Half of what a socket gives at a time costs no more time, and half the memory.
 */
const LARGEST_PIECE = 32 * 1024;
/** Where many are read at once, memory counts for more than the twentieth of the time that this takes. */
const SMALL_PIECE = 8 * 1024;
const FEW = 64;

/**
 * Decodes UTF-8 that comes in chunks of any size. Byte order marks at byte 0 of the file, however many, are left
 * out and counted in the offsets; anywhere else U+FEFF is a character like others. Malformed input is reported in the last chunk, after
 * the text before it.
 *
 * @param source - the bytes from `offset` on
 * @param offset - the byte of the file at which `source` begins
 */
export async function* textChunks(
  source: AsyncIterable<Uint8Array>,
  offset: number,
  { isJson = false, take = lengthOf }: ChunkOptions = {},
): AsyncGenerator<TextChunk, void, undefined> {
  // A decoder that is told to stream leaves the fast path of Node, so characters are put together here.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest = new Uint8Array(0);
  let isBeginning = offset === 0;
  for await (const chunk of source) {
    for (let start = 0, end = 0; start < chunk.length; start = end) {
      end = start + (openReadings() > FEW ? SMALL_PIECE : LARGEST_PIECE);
      let bytes = appendBytes(rest, chunk.subarray(start, end));
      // The mark is one character of three bytes, so it is never seen in part.
      while (isBeginning && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
        bytes = bytes.subarray(3);
        offset += 3;
      }
      let left = completeLength(bytes);
      if (left > 0) isBeginning = false;
      let rows: WholeRows | undefined;
      while (left > 0) {
        const piece = bytes.subarray(0, left);
        const taken = take(piece, rows !== undefined);
        if (taken === 0) break;
        rows = typeof taken === "object" ? taken : undefined;
        const decoded = decode(
          decoder,
          typeof taken === "object" ? piece : piece.subarray(0, taken),
          offset,
          rows,
        );
        yield isJson ? { ...decoded, seen: lookAtPiece(piece.subarray(0, decoded.bytes)) } : decoded;
        if (decoded.malformed) return;
        bytes = bytes.subarray(decoded.bytes);
        offset += decoded.bytes;
        left -= decoded.bytes;
      }
      rest = new Uint8Array(bytes);
    }
  }
  const last = decode(decoder, rest.subarray(0, completeLength(rest)), offset);
  const malformed = last.bytes < rest.length;
  if (rest.length > 0) yield { ...last, malformed };
}

const lengthOf = (bytes: Uint8Array): number => bytes.length;

function decode(decoder: TextDecoder, bytes: Uint8Array, offset: number, rows?: WholeRows): TextChunk {
  try {
    const text = decoder.decode(rows ? rows.written : bytes);
    return { text, offset, bytes: rows ? rows.bytes : bytes.length, malformed: false, rows };
  } catch (error) {
    const malformedAt = firstMalformedByte(bytes);
    if (malformedAt === -1) throw error;
    const sound = bytes.subarray(0, malformedAt);
    return { text: decoder.decode(sound), offset, bytes: malformedAt, malformed: true };
  }
}
