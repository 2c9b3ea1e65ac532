/** A digest that is fed piece by piece: WebCrypto digests only what is in memory as a whole. */
export interface Digest {
  update(bytes: Uint8Array): void;
  /** The digest of all that came; called once, at the end. */
  finish(): Uint8Array;
}

/** What the digests of the MD and SHA families have in common: blocks, and padding with the length in bits. */
export interface BlockDigest {
  readonly blockBytes: 64 | 128;
  readonly littleEndian: boolean;
  /** Works in the block that begins at `at`. */
  compress(bytes: DataView, at: number): void;
  finish(): Uint8Array;
}

export function blockDigest({ blockBytes, littleEndian, compress, finish }: BlockDigest): Digest {
  const rest = new Uint8Array(2 * blockBytes);
  const restView = new DataView(rest.buffer);
  let held = 0;
  let length = 0;
  return {
    update(bytes) {
      length += bytes.byteLength;
      let at = 0;
      if (held > 0) {
        at = Math.min(blockBytes - held, bytes.byteLength);
        rest.set(bytes.subarray(0, at), held);
        held += at;
        if (held < blockBytes) return;
        compress(restView, 0);
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (; at + blockBytes <= bytes.byteLength; at += blockBytes) compress(view, at);
      rest.set(bytes.subarray(at));
      held = bytes.byteLength - at;
    },
    finish() {
      const lengthBytes = blockBytes / 8;
      const end = held + 1 + lengthBytes > blockBytes ? 2 * blockBytes : blockBytes;
      rest.fill(0, held);
      rest[held] = 0x80;
      // The upper half of a length of 128 bits stays 0.
      restView.setBigUint64(end - 8, BigInt(length) * 8n, littleEndian);
      for (let at = 0; at < end; at += blockBytes) compress(restView, at);
      return finish();
    },
  };
}
