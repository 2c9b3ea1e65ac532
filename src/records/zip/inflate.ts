import { BrokenDeflate, Inflater } from "../gzip/inflater.js";
import { archiveError } from "./archive-error.js";

/**
 * Deflate can grow a thousandfold. Pieces of this size keep what one of them unfolds to below 17 MB, also on runtimes
 * that unfold a whole piece before anyone has asked for it.
 */
const pieceSize = 16 * 1024;
/** How far the own inflater looks ahead, in bytes. */
const AHEAD = 8;

/**
 * Unpacks raw deflate data. The source must hold exactly the compressed bytes: some runtimes throw on bytes behind them.
 *
 * `DecompressionStream` runs as native code, where there is one. The edge runtime has none; an own inflater stands in.
 *
 * @throws ExportError `INTEGRITY` where the data is broken; errors of the source pass through
 */
export function inflate(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const native = nativeInflater();
  return native ? inflateNative(native, chunks, label) : inflatePortable(chunks, label);
}

function nativeInflater(): DecompressionStream | undefined {
  try {
    return typeof DecompressionStream === "function" ? new DecompressionStream("deflate-raw") : undefined;
  } catch {
    // Known, but not for raw deflate.
    return undefined;
  }
}

async function* inflateNative(
  inflater: DecompressionStream,
  chunks: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = inflater.writable.getWriter();
  const reader = inflater.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  // Both also reject where a call below does; unheard rejections end a Node process.
  writer.closed.catch(ignore);
  reader.closed.catch(ignore);

  let sourceError: { readonly error: unknown } | undefined;
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of pieces(chunks)) {
        // A failing write is the inflater's doing, and the reader hears of it.
        if (!(await settles(writer.write(chunk)))) return;
      }
    } catch (error) {
      sourceError = { error };
      await settles(writer.abort(error));
      return;
    }
    await settles(writer.close());
  };
  const feeding = feed();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
  } catch (error) {
    throw sourceError ? (sourceError as { error: unknown }).error : broken(label, error);
  } finally {
    await settles(reader.cancel());
    await settles(writer.abort());
    await feeding;
  }
  if (sourceError) throw (sourceError as { error: unknown }).error;
}

async function* inflatePortable(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflater = new Inflater();
  try {
    for await (const piece of pieces(chunks)) yield* inflater.push(piece);
    // It looks ahead; more than these bytes must not be missing.
    if (!inflater.isDone) yield* inflater.push(new Uint8Array(AHEAD));
  } catch (error) {
    throw error instanceof BrokenDeflate ? broken(label, error) : error;
  }
  if (!inflater.isDone) throw broken(label, undefined);
}

async function* pieces(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += pieceSize) {
      yield chunk.subarray(at, at + pieceSize) as Uint8Array<ArrayBuffer>;
    }
  }
}

function broken(label: string, cause: unknown): Error {
  return archiveError("INTEGRITY", `${label} holds broken compressed data. Download it again.`, { cause });
}

function ignore(): void {}

function settles(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
