import { concatBytes } from "../model/bytes.js";
import { untilAborted } from "./abort.js";
import { chunkBytes } from "./foreign-fetch.js";
import type { OpenResponse } from "./send.js";

/** The next chunk of a body; `undefined` at its end. This is where all bytes come in. */
export async function readChunk(
  reader: ReadableStreamDefaultReader<unknown>,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const { done, value } = await untilAborted(reader.read(), signal);
  return done ? undefined : chunkBytes(value);
}

/** Reads a body whole, but no more than `limit` bytes: `undefined` when there are more. */
export async function readBounded(
  response: Response,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const body = response.body;
  if (!body) return new Uint8Array();
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let chunk = await readChunk(reader, signal); chunk; chunk = await readChunk(reader, signal)) {
      length += chunk.byteLength;
      if (length > limit) return undefined;
      parts.push(chunk);
    }
    return concatBytes(parts, length);
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    reader.cancel().catch(() => {});
  }
}

/** Lets go of a body nobody will read. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

/** Lets go of an answer as a whole. */
export function closeResponse(open: OpenResponse): void {
  open.release();
  discard(open.response);
}

/** The text of an answer, or what is wrong with its bytes. */
type AnswerText = { readonly text: string } | { readonly problem: string; readonly byte?: number };

/**
 * Decodes an answer by the charset that its content type names, else by its byte order mark, else as UTF-8. Byte order
 * marks at the beginning are left out, however many there are.
 */
export async function answerText(bytes: Uint8Array, contentType: string | null): Promise<AnswerText> {
  const named = /;\s*charset\s*=\s*["']?([^\s"';]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  // Browsers take ASCII for windows-1252, and would read any byte. In UTF-8 it is the same, and others are known.
  const charset = markedCharset(bytes) ?? (/^(us-)?ascii$/i.test(named) ? "utf-8" : named);
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    return { problem: `text in a charset that is not known (${charset.slice(0, 40)})` };
  }
  try {
    let text = decoder.decode(bytes).replace(/^\uFEFF+/, "");
    if (decoder.encoding === "windows-1252")
      text = (await import("../records/windows-1252.js")).withSigns(text);
    // Some runtimes let a lone surrogate of UTF-16 pass.
    if (!decoder.encoding.startsWith("utf-16") || !/[\uD800-\uDFFF]/u.test(text)) return { text };
  } catch {
    // What is wrong is said below.
  }
  const byte =
    decoder.encoding === "utf-8" ? (await import("../records/utf8.js")).firstMalformedByte(bytes) : -1;
  return {
    problem: `bytes that are no ${decoder.encoding.toUpperCase()}${byte < 0 ? "" : `, as byte ${byte}`}`,
    ...(byte >= 0 && { byte }),
  };
}

function markedCharset([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}
