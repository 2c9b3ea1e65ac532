/** What came of reading something to its end, or to its failure. */
export interface Drained {
  readonly bytes: Uint8Array;
  /** What it failed with; `undefined` where it ended well. */
  readonly error?: unknown;
}

/**
 * Reads the bytes of a download; a failure to open it is told like one of the reading.
 *
 * @param onChunk - called with every piece. Whoever breaks a connection off does it here: a client may drop what it has not
 * read yet when the connection ends.
 */
export async function drain(
  download: Promise<{ bytes(): ReadableStream<Uint8Array> }>,
  onChunk: () => void = () => {},
): Promise<Drained> {
  const parts: Uint8Array[] = [];
  try {
    for await (const chunk of (await download).bytes()) {
      parts.push(chunk);
      onChunk();
    }
    return { bytes: new Uint8Array(Buffer.concat(parts)) };
  } catch (error) {
    return { bytes: new Uint8Array(Buffer.concat(parts)), error };
  }
}
