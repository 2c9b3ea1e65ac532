/** What came of reading something to its end, or to its failure. */
export interface Drained {
  readonly bytes: Uint8Array;
  /** What it failed with; `undefined` where it ended well. */
  readonly error?: unknown;
}

/** Reads the bytes of a download; `undefined` in place of `open` failing is told like a failure of the reading. */
export async function drain(download: Promise<{ bytes(): ReadableStream<Uint8Array> }>): Promise<Drained> {
  const parts: Uint8Array[] = [];
  try {
    for await (const chunk of (await download).bytes()) parts.push(chunk);
    return { bytes: new Uint8Array(Buffer.concat(parts)) };
  } catch (error) {
    return { bytes: new Uint8Array(Buffer.concat(parts)), error };
  }
}
