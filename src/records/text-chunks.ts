import { lookAtPiece, type PieceSeen } from "../exact/look-at-piece.js";
import { appendBytes } from "../model/bytes.js";
import { completeLength, firstMalformedByte } from "./utf8.js";

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
}

/**
 * Larger chunks are taken apart, so that a batch of records stays small whatever the source delivers: a download holds the
 * text and the records of one. Half of what a socket gives at a time costs no more time, and half the memory.
 */
const LARGEST_PIECE = 32 * 1024;

/**
 * Decodes UTF-8 that comes in chunks of any size. Byte order marks at byte 0 of the file, however many, are left
 * out and counted in the offsets; anywhere else U+FEFF is a character like others. Malformed input is reported in the last chunk, after
 * the text before it.
 *
 * @param source - the bytes from `offset` on
 * @param offset - the byte of the file at which `source` begins
 * @param isLookedAt - whether the bytes are looked at before they are text; asked at each chunk
 */
export async function* textChunks(
  source: AsyncIterable<Uint8Array>,
  offset: number,
  isLookedAt: () => boolean = () => false,
): AsyncGenerator<TextChunk, void, undefined> {
  // A decoder that is told to stream leaves the fast path of Node, so characters are put together here.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest = new Uint8Array(0);
  let isBeginning = offset === 0;
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += LARGEST_PIECE) {
      let bytes = appendBytes(rest, chunk.subarray(start, start + LARGEST_PIECE));
      const complete = completeLength(bytes);
      rest = new Uint8Array(bytes.subarray(complete));
      bytes = bytes.subarray(0, complete);
      // The mark is one character of three bytes, so it is never seen in part.
      while (isBeginning && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
        bytes = bytes.subarray(3);
        offset += 3;
      }
      if (bytes.length === 0) continue;
      isBeginning = false;
      const decoded = decode(decoder, bytes, offset);
      yield isLookedAt() ? { ...decoded, seen: lookAtPiece(bytes.subarray(0, decoded.bytes)) } : decoded;
      if (decoded.malformed) return;
      offset += decoded.bytes;
    }
  }
  if (rest.length > 0) yield { text: "", offset, bytes: 0, malformed: true };
}

function decode(decoder: TextDecoder, bytes: Uint8Array, offset: number): TextChunk {
  try {
    return { text: decoder.decode(bytes), offset, bytes: bytes.length, malformed: false };
  } catch (error) {
    const malformedAt = firstMalformedByte(bytes);
    if (malformedAt === -1) throw error;
    const sound = bytes.subarray(0, malformedAt);
    return { text: decoder.decode(sound), offset, bytes: malformedAt, malformed: true };
  }
}
