/** Everything that an iterable hands over. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** All bytes of a stream, as they compare with other arrays of bytes. */
export async function collectBytes(
  chunks: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  return new Uint8Array(await collectBuffer(chunks));
}

/** All bytes of a stream; each piece is copied, for a source that uses its buffer again. */
export async function collectBuffer(
  chunks: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) parts.push(chunk.slice());
  return Buffer.concat(parts);
}
