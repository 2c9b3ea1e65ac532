import { firstMalformedByte } from "../records/utf8.js";
import { withSigns } from "../records/windows-1252.js";

/** The text of an answer, or what is wrong with its bytes. */
export type AnswerText =
  | { readonly text: string; readonly isUtf8?: boolean }
  | { readonly problem: string; readonly byte?: number };

/** The text of an answer in another charset than UTF-8, or what is wrong with one that names none. */
export function textIn(bytes: Uint8Array, named: string): AnswerText {
  // Browsers take ASCII for windows-1252, and would read any byte. In UTF-8 it is the same, and others are known.
  const charset = markedCharset(bytes) ?? (/^(us-)?ascii$/i.test(named) ? "utf-8" : named);
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    return { problem: `text in a charset that is not known (${charset.slice(0, 40)})` };
  }
  try {
    const text = decoder.decode(bytes).replace(/^\uFEFF+/, "");
    if (decoder.encoding === "windows-1252") return { text: withSigns(text) };
    // Some runtimes let a lone surrogate of UTF-16 pass.
    if (!decoder.encoding.startsWith("utf-16") || !/[\uD800-\uDFFF]/u.test(text)) return { text };
  } catch {
    // What is wrong is said below.
  }
  const byte = decoder.encoding === "utf-8" ? firstMalformedByte(bytes) : -1;
  return {
    problem: `bytes that are not ${decoder.encoding.toUpperCase()}${byte < 0 ? "" : `, as byte ${byte}`}`,
    ...(byte >= 0 && { byte }),
  };
}

function markedCharset([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}
