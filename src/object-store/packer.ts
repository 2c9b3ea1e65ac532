import { PartBuffer } from "./part-buffer.js";

/** What stands between the download and the parts: nothing, or gzip. */
export interface Packer {
  /** Takes a chunk; resolves with what is ready, which may be nothing. */
  push(chunk: Uint8Array): Promise<Uint8Array>;
  /** Everything that is still held back: after it the packer stands where the download does. */
  flush(): Promise<Uint8Array>;
  /** What a file is in which there is nothing. */
  empty(): Promise<Uint8Array>;
}

const NOTHING = new Uint8Array();

export const plainPacker: Packer = {
  push: async (chunk) => chunk,
  flush: async () => NOTHING,
  empty: async () => NOTHING,
};

/** How much of the export goes into one member: large enough to cost next to nothing. */
const MEMBER_BYTES = 1024 * 1024;

/**
 * Gzip, as members one behind the other, which is one file to every reader: between two of them another process can
 * continue, which no compressor could whose state is in its memory.
 */
export function gzipPacker(partBytes: number): Packer {
  const memberBytes = Math.min(MEMBER_BYTES, partBytes);
  const pending = new PartBuffer();
  const flush = async () => (pending.length === 0 ? NOTHING : gzip(pending.take()));
  return {
    async push(chunk) {
      pending.push(chunk);
      return pending.length < memberBytes ? NOTHING : flush();
    },
    flush,
    // A file of no bytes is not a gzip file.
    empty: () => gzip(NOTHING),
  };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
