/**
 * Memory that can be freed as soon as it has been used. What a socket brings is garbage a moment later, and V8 goes through
 * its whole heap for every 16 to 30 MiB of it: to free each chunk saves nearly half the processor time of reading a body.
 *
 * Not where records are made of the chunks: V8 then lets more of the records' own garbage gather, and a thousand downloads
 * at once take a third more memory.
 *
 * What is freed is gone for whoever else holds it. So two things have to be known: that the chunk's memory is nobody
 * else's, and that nobody else is handed the chunk. Hence it is told of the very object that the chunks are read from:
 * whoever stands in between, and may keep them, is another one.
 */
export interface ChunkOwnership {
  /** Whether the memory of the chunk that came last is its reader's alone. */
  isOwn: boolean;
}

const ownerships = new WeakMap<object, ChunkOwnership>();

/** What is known of the chunks of a stream or an iteration; `undefined` where somebody may keep them. */
export function ownershipOf(source: object): ChunkOwnership | undefined {
  return ownerships.get(source);
}

/** What is read from `source` is handed to nobody but its reader. */
export function noteOwnership(source: object, ownership: ChunkOwnership | undefined): void {
  if (ownership) ownerships.set(source, ownership);
}

/**
 * Whether the chunks of a body are its reader's alone: the byte streams of the platform take the memory away from whoever
 * put it into them. Any other stream may hand out what somebody keeps, a cache for instance.
 */
export function readerOwnsChunks(body: ReadableStream<unknown>): boolean {
  // A reader of another library, or of the caller's, may promise less.
  if (body.getReader !== ReadableStream.prototype.getReader) return false;
  try {
    // What is no byte stream refuses.
    body.getReader({ mode: "byob" }).releaseLock();
    return byteStreamsTakeMemory();
  } catch {
    return false;
  }
}

/** Whether the platform's byte streams do so: those of Bun 1.2 do not. */
function byteStreamsTakeMemory(): boolean {
  const chunk = new Uint8Array(1);
  new ReadableStream({ type: "bytes", start: (controller) => controller.enqueue(chunk) });
  return chunk.length === 0;
}

/** Frees the memory of a chunk, which is empty then. */
export function freeChunk({ buffer }: Uint8Array): void {
  (buffer as { transfer?: (length: number) => unknown }).transfer?.(0);
}
