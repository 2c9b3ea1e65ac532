/**
 * An iteration of chunks as a web stream. Without a queue of its own a chunk is made when it is asked for, so that
 * "made" and "handed over" are the same moment, which is what a checkpoint needs.
 *
 * @param close - ends what the chunks are read from: a generator that waits, or never ran, does not see a `return`
 */
export function byteStream(chunks: AsyncIterable<Uint8Array>, close: () => void): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        close();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
