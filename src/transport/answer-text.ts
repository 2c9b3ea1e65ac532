/** The text of an answer, or what is wrong with its bytes. */
export type AnswerText = { readonly text: string } | { readonly problem: string; readonly byte?: number };

/**
 * Decodes an answer by the charset that its content type names, else by its byte order mark, else as UTF-8. Byte order
 * marks at the beginning are left out, however many there are.
 */
export async function answerText(bytes: Uint8Array, contentType: string | null): Promise<AnswerText> {
  const charset =
    markedCharset(bytes) ?? /;\s*charset\s*=\s*["']?([^\s"';]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    return { problem: `text in a charset that is not known (${charset.slice(0, 40)})` };
  }
  try {
    const text = decoder.decode(bytes).replace(/^\uFEFF+/, "");
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
