import { type ComputedBytes, crc32ByReading } from "./computed-bytes.js";

const headerBytes = 5;
const blockBytes = 65_535;

/**
 * Content as raw deflate data (RFC 1951) in stored blocks. Nothing gets smaller, but a decoder has to inflate it, and
 * every byte can still be computed from its offset.
 */
export function deflateBlocks(content: ComputedBytes): ComputedBytes {
  const blocks = Math.max(1, Math.ceil(content.size / blockBytes));
  const size = content.size + blocks * headerBytes;

  const write: ComputedBytes["write"] = (target, at, start, end) => {
    for (let from = start; from < end; ) {
      const block = Math.floor(from / (headerBytes + blockBytes));
      const place = from - block * (headerBytes + blockBytes);
      const first = block * blockBytes;
      const length = Math.min(blockBytes, content.size - first);
      const to = Math.min(end, from + headerBytes + length - place);
      if (place < headerBytes) {
        const header = headerOf(length, block === blocks - 1).subarray(place, place + to - from);
        target.set(header, at + from - start);
        from += header.byteLength;
      } else {
        const offset = first + place - headerBytes;
        content.write(target, at + from - start, offset, offset + to - from);
        from = to;
      }
    }
  };
  return { size, write, crc32: crc32ByReading({ size, write }) };
}

/** Last block or not, kind 0, then the length and its complement. */
function headerOf(length: number, last: boolean): Uint8Array {
  return Uint8Array.of(last ? 1 : 0, length & 0xff, length >>> 8, ~length & 0xff, (~length >>> 8) & 0xff);
}
