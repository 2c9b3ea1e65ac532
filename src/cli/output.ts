import { once } from "node:events";

/** What a stream of bytes is written to: `process.stdout` and its like. */
export interface Output extends NodeJS.EventEmitter {
  write(bytes: Uint8Array | string): boolean;
}

/**
 * Writes a stream as fast as the reader at the other end takes it; returns the number of bytes. Rejects with the signal's
 * own reason.
 */
export async function writeToOutput(
  stream: ReadableStream<Uint8Array>,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    await writeText(chunk, output, signal);
  }
  return bytes;
}

/** Writes at once, and waits until the other end has taken it. */
export async function writeText(
  text: Uint8Array | string,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  if (output.write(text)) return;
  await once(output, "drain", { signal }).catch((error) => {
    throw signal.aborted ? signal.reason : error;
  });
}
