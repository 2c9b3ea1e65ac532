import { combineCrc32, crc32 } from "./crc32.js";

/** Bytes of any number that are never held: each is computed from its place. */
export interface ComputedBytes {
  readonly size: number;
  /** Writes the bytes from `start` up to and without `end` into `target` from `at` on. */
  write(target: Uint8Array, at: number, start: number, end: number): void;
  /** The CRC-32 of all of them; computed when first asked for. */
  crc32(): number;
}

/** Bytes that are small enough to be held, made when first read. The size must be known before. */
export function lazyBytes(size: number, make: () => Uint8Array): ComputedBytes {
  let made: Uint8Array | undefined;
  const bytes = () => {
    made ??= make();
    return made;
  };
  return {
    size,
    write: (target, at, start, end) => target.set(bytes().subarray(start, end), at),
    crc32: () => crc32(bytes()),
  };
}

export function fixedBytes(bytes: Uint8Array): ComputedBytes {
  return lazyBytes(bytes.byteLength, () => bytes);
}

export function utf8Bytes(text: string): ComputedBytes {
  return fixedBytes(new TextEncoder().encode(text));
}

/** Parts one after the other. */
export function concatBytes(parts: readonly ComputedBytes[]): ComputedBytes {
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    starts.push(size);
    size += part.size;
  }
  return {
    size,
    write(target, at, start, end) {
      for (const [index, part] of parts.entries()) {
        const first = starts[index] ?? 0;
        if (first >= end) return;
        const from = Math.max(start, first);
        const to = Math.min(end, first + part.size);
        if (from < to) part.write(target, at + from - start, from - first, to - first);
      }
    },
    crc32: once(() => parts.reduce((crc, part) => combineCrc32(crc, part.crc32(), part.size), 0)),
  };
}

const chunkBytes = 65_536;

/** The CRC-32 of bytes that have no shortcut to it: all of them are made once. */
export function crc32ByReading(bytes: Omit<ComputedBytes, "crc32">): () => number {
  return once(() => {
    const chunk = new Uint8Array(Math.min(chunkBytes, bytes.size));
    let crc = 0;
    for (let start = 0; start < bytes.size; start += chunkBytes) {
      const end = Math.min(start + chunkBytes, bytes.size);
      bytes.write(chunk, 0, start, end);
      crc = crc32(chunk.subarray(0, end - start), crc);
    }
    return crc;
  });
}

/** The bytes from `start` up to and without `end`, in chunks. */
export async function* computedChunks(
  bytes: ComputedBytes,
  start: number,
  end: number,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let from = start; from < end; from += size) {
    const to = Math.min(from + size, end);
    const chunk = new Uint8Array(to - from);
    bytes.write(chunk, 0, from, to);
    yield chunk;
  }
}

function once(compute: () => number): () => number {
  let known: number | undefined;
  return () => {
    known ??= compute();
    return known;
  };
}
