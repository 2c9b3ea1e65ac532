import { completeLength } from "../utf8.js";
import { archiveError } from "../zip/archive-error.js";
import { greaterThan } from "./xml-tag.js";

/** How many bytes without the end of a tag are kept back. */
const longestWait = 16 * 1024;

/**
 * The bytes of an XML document as text: UTF-8 or UTF-16 (all that OPC allows), line ends as `\n`.
 * Chunks may end anywhere, within a character, too.
 */
export class XmlText {
  readonly #label: string;
  #carry = new Uint8Array(0);
  #decoder: TextDecoder | undefined;
  #isUtf8 = true;
  #atStart = true;
  #endedInReturn = false;

  constructor(label: string) {
    this.#label = label;
  }

  /** @throws ExportError `DECODE_FAILED` where the bytes are not text of the encoding */
  decode(chunk: Uint8Array, isLast = false): string {
    let bytes = chunk;
    if (this.#carry.length > 0) {
      bytes = new Uint8Array(this.#carry.length + chunk.length);
      bytes.set(this.#carry);
      bytes.set(chunk, this.#carry.length);
    }
    if (this.#decoder === undefined) {
      if (bytes.length < 4 && !isLast) {
        this.#carry = bytes.slice();
        return "";
      }
      const encoding = detectEncoding(bytes);
      this.#isUtf8 = encoding === "utf-8";
      this.#decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    }
    const end = isLast || !this.#isUtf8 ? bytes.length : cutPlace(bytes);
    this.#carry = bytes.slice(end);
    try {
      return this.#normalize(
        this.#decoder.decode(bytes.subarray(0, end), { stream: !this.#isUtf8 && !isLast }),
      );
    } catch (cause) {
      throw archiveError("DECODE_FAILED", `${this.#label} is not text of its encoding.`, { cause });
    }
  }

  #normalize(text: string): string {
    // The mark is dropped by hand: a decoder would take it off every piece.
    const isMarked = this.#atStart && text.startsWith("\ufeff");
    const whole = isMarked || (this.#endedInReturn && text.startsWith("\n")) ? text.slice(1) : text;
    if (text === "") return text;
    this.#atStart = false;
    this.#endedInReturn = text.endsWith("\r");
    return whole.includes("\r") ? whole.replace(/\r\n?/g, "\n") : whole;
  }
}

function detectEncoding(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return "utf-16le";
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return "utf-16be";
  return "utf-8";
}

/**
 * Checks what an XML declaration says about the encoding.
 *
 * @throws ExportError `DECODE_FAILED`
 */
export function checkEncoding(declaration: string, label: string): void {
  const encoding = /^<\?xml\s.*\sencoding\s*=\s*["']([^"']*)["']/s.exec(declaration)?.[1];
  if (encoding === undefined || /^(utf-?8|utf-?16(le|be)?|us-ascii)$/i.test(encoding)) return;
  throw archiveError("DECODE_FAILED", `${label} is neither UTF-8 nor UTF-16, which a workbook has to be.`);
}

/**
 * Where to cut, so that whole pieces can be decoded: Node's decoder is faster then than in its streaming mode. Behind a
 * tag is best, for the tokenizer then seldom has to join strings, and a joined string is slow to read.
 */
function cutPlace(bytes: Uint8Array): number {
  const tagEnd = bytes.lastIndexOf(greaterThan);
  if (tagEnd >= 0 && bytes.length - tagEnd < longestWait) return tagEnd + 1;
  if (tagEnd < 0 && bytes.length < longestWait) return 0;
  return completeLength(bytes);
}
