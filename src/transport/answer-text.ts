import { loadPart } from "../model/load-part.js";
/** The text of an answer, or what is wrong with its bytes. */
export type AnswerText = { readonly text: string } | { readonly problem: string; readonly byte?: number };

/**
 * Decodes an answer by the charset that its content type names, else by its byte order mark, else as UTF-8. Byte order
 * marks at the beginning are left out, however many there are.
 */
export async function answerText(bytes: Uint8Array, contentType: string | null): Promise<AnswerText> {
  const charset = /;\s*charset\s*=\s*["']?([^\s"';]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  if (/^utf-?8$/i.test(charset)) {
    try {
      return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/^\uFEFF+/, "") };
    } catch {
      // Marked as UTF-16, or no text; few answers are.
    }
  }
  return (await loadPart(import("./charset.js"))).textIn(bytes, charset);
}
