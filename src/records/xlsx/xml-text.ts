import { completeLength } from "../utf8.js";
import { withSigns } from "../windows-1252.js";
import { archiveError } from "../zip/archive-error.js";
import { greaterThan } from "./xml-tag.js";

/** How many bytes without the end of a tag are kept back. */
const longestWait = 16 * 1024;
/** An XML declaration is shorter. */
const LONGEST_DECLARATION = 1024;

type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/**
 * The bytes of an XML document as text, line ends as `\n`: UTF-8 or UTF-16, which is all that OPC allows, and Latin-1,
 * which some writers declare all the same. Chunks may end anywhere, within a character, too.
 */
export class XmlText {
  readonly #label: string;
  #carry = new Uint8Array(0);
  #decoder: TextDecoder | undefined;
  #encoding: Encoding = "utf-8";
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
      if (!isLast && mayDeclareMore(bytes)) {
        this.#carry = bytes.slice();
        return "";
      }
      this.#encoding = detectEncoding(bytes, this.#label);
      this.#decoder = new TextDecoder(this.#encoding, { fatal: true, ignoreBOM: true });
    }
    const isUtf8 = this.#encoding === "utf-8";
    const end = isLast || !isUtf8 ? bytes.length : cutPlace(bytes);
    this.#carry = bytes.slice(end);
    let text: string;
    try {
      text = this.#decoder.decode(bytes.subarray(0, end), { stream: !isUtf8 && !isLast });
    } catch (cause) {
      throw archiveError("DECODE_FAILED", `${this.#label} is not ${this.#encoding} text.`, { cause });
    }
    return this.#normalize(this.#encoding === "windows-1252" ? withSigns(text) : text);
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

/** Whether the encoding may be told by bytes that have not come yet. */
function mayDeclareMore(bytes: Uint8Array): boolean {
  if (bytes.length < 4 || bytes.length >= LONGEST_DECLARATION) return bytes.length < 4;
  const head = headOf(bytes).trimStart();
  return "<?xml".startsWith(head.slice(0, 5)) && !head.includes("?>");
}

/** @throws ExportError `DECODE_FAILED` for an encoding that is not read, by the declaration or by the bytes of it */
function detectEncoding(bytes: Uint8Array, label: string): Encoding {
  const [a, b, c, d] = bytes;
  // No text holds a NUL: where two bytes are zero, a character has four.
  if ((a === 0 && b === 0) || (c === 0 && d === 0)) throw notRead("UTF-32", label);
  if (a === 0x4c && b === 0x6f && c === 0xa7 && d === 0x94) throw notRead("EBCDIC", label);
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return "utf-16le";
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return "utf-16be";
  // What the bytes show counts: .NET writes "utf-16" at the head of text that it then saves as UTF-8.
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  const declared = /^\s*<\?xml\s(?:[^>]*\s)?encoding\s*=\s*["']([^"'>]*)["']/.exec(headOf(bytes))?.[1];
  if (declared === undefined || /^(utf[-_]?8|utf[-_]?16(le|be)?|(us-)?ascii)$/i.test(declared))
    return "utf-8";
  if (/^(iso[-_]?8859[-_]?1|latin[-_]?1|l1|cp819|ibm819|windows[-_]?1252|(x-)?cp1252|ansi)$/i.test(declared))
    return "windows-1252";
  throw notRead(declared, label);
}

function notRead(encoding: string, label: string): Error {
  return archiveError(
    "DECODE_FAILED",
    `${label} is encoded as ${JSON.stringify(encoding.slice(0, 40))}; UTF-8, UTF-16, ISO-8859-1 and windows-1252 are read.`,
  );
}

function headOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, LONGEST_DECLARATION));
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
