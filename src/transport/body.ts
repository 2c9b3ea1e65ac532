import { untilAborted } from "../model/abort.js";
import { concatBytes } from "../model/bytes.js";
import { ForeignFetch } from "./foreign-fetch.js";

/** The chunks of a body, in order. Whoever makes one must call `close`. */
export interface ChunkReader {
  /** The next chunk; `undefined` at the end. Rejects with the signal's reason once that is aborted. */
  read(): Promise<Uint8Array | undefined>;
  /** Lets go of the body, which ends the connection ahead of the end. May be called twice. */
  close(): void;
}

/** Reads a body chunk by chunk, one at a time, until the signal is aborted, which a stream of another library may not heed. */
export function chunkReader(body: ReadableStream<unknown>, signal: AbortSignal): ChunkReader {
  const reader = body.getReader();
  let giveUp: (reason: unknown) => void = () => {};
  // One listener for all chunks: to add and remove one takes as long as all the rest that is done for a chunk.
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort);
  return {
    read: () =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        if (signal.aborted) onAbort();
        reader.read().then(({ done, value }) => {
          try {
            resolve(done ? undefined : chunkBytes(value));
          } catch (error) {
            reject(error);
          }
        }, reject);
      }),
    close() {
      signal.removeEventListener("abort", onAbort);
      reader.cancel().catch(() => {});
    },
  };
}

/** Reads a body whole, but no more than `limit` bytes: `undefined` when there are more. */
export async function readBounded(
  response: Response,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array();
  try {
    return await untilAborted(() => readAll(reader, limit), signal);
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    reader.cancel().catch(() => {});
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<unknown>,
  limit: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(parts, length);
    const chunk = chunkBytes(value);
    length += chunk.byteLength;
    if (length > limit) return undefined;
    parts.push(chunk);
  }
}

/** What a body's stream gave, as bytes. They may be of another realm, or lie in another kind of view. */
function chunkBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const kind = Object.prototype.toString.call(value);
  if (kind === "[object ArrayBuffer]" || kind === "[object SharedArrayBuffer]")
    return new Uint8Array(value as ArrayBuffer);
  // Text is no way to carry bytes: what was not UTF-8 in them is lost by then.
  throw new ForeignFetch(
    `its Response has a body of ${typeof value === "string" ? "text" : kind}, not bytes`,
  );
}
