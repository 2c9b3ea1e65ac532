/** Bytes on their way into parts. */
export class PartBuffer {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
  }

  /** Takes out the first `count` bytes; all of them unless told otherwise. */
  take(count = this.#length): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(count);
    let at = 0;
    let used = 0;
    while (at < count) {
      const chunk = this.#chunks[used] as Uint8Array;
      const piece = chunk.subarray(0, count - at);
      taken.set(piece, at);
      at += piece.byteLength;
      if (piece.byteLength === chunk.byteLength) used += 1;
      else this.#chunks[used] = chunk.subarray(piece.byteLength);
    }
    this.#chunks = this.#chunks.slice(used);
    this.#length -= count;
    return taken;
  }

  /** The bytes, left where they are. */
  peek(): Uint8Array<ArrayBuffer> {
    const all = this.take();
    this.push(all);
    return all;
  }
}
