import { crc32 } from "./crc32.js";
import type { MemberProgress } from "./member.js";

/**
 * Passes chunks on, and checks that they begin with what was read another time.
 *
 * @param changed - makes the error for content that begins otherwise
 */
export async function* checkPrefix(
  chunks: AsyncIterable<Uint8Array>,
  known: Readonly<MemberProgress>,
  changed: () => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = known.bytes;
  let crc = 0;
  for await (const chunk of chunks) {
    if (left > 0) {
      const prefix = chunk.subarray(0, left);
      crc = crc32(prefix, crc);
      left -= prefix.length;
      if (left === 0 && crc !== known.crc32) throw changed();
    }
    yield chunk;
  }
  if (left > 0) throw changed();
}
