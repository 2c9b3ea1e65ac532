import { archiveError } from "../zip/archive-error.js";
import { decodeEntities } from "./xml-entities.js";
import type { XmlNamespaces } from "./xml-namespaces.js";

export const space = 0x20;
export const quote = 0x22;
const singleQuote = 0x27;
export const slash = 0x2f;
const colon = 0x3a;
export const lessThan = 0x3c;
export const equals = 0x3d;
export const greaterThan = 0x3e;

interface Name {
  readonly raw: string;
  readonly prefix: string;
  readonly local: string;
}

/**
 * A start tag. Its attributes are remembered by place only and become strings when they are asked for: most attributes
 * of a worksheet never are. One object serves a whole document.
 */
export class XmlTag {
  /** The name as written, with its prefix. */
  raw = "";
  /** With its colon; `""` without one. */
  prefix = "";
  local = "";
  isSelfClosed = false;
  /** The namespaces that it declares, if any. */
  declared: Map<string, string> | undefined;
  readonly #label: string;
  readonly #namespaces: XmlNamespaces;
  #buffer = "";
  /** For each attribute: where its local name and its value begin and end. */
  readonly #marks: number[] = [];
  #count = 0;
  readonly #names: Name[] = [];

  constructor(label: string, namespaces: XmlNamespaces) {
    this.#label = label;
    this.#namespaces = namespaces;
  }

  attribute(local: string, prefixed: boolean): string | undefined {
    const place = this.#find(local, prefixed);
    if (place < 0) return undefined;
    const value = this.#buffer.slice(this.#marks[place + 2], this.#marks[place + 3]);
    // The types and styles of cells are mostly of one character, and a comparison is faster than a search.
    const hasEntity = value.length === 1 ? value === "&" : value.includes("&");
    return hasEntity ? decodeEntities(value, this.#label) : value;
  }

  /** Where the marks of an attribute begin; -1 where there is none. */
  #find(local: string, prefixed: boolean): number {
    const marks = this.#marks;
    const buffer = this.#buffer;
    const first = local.charCodeAt(0);
    for (let place = 0; place < this.#count * 4; place += 4) {
      const start = marks[place] as number;
      if (buffer.charCodeAt(start) !== first) continue;
      if ((marks[place + 1] as number) - start !== local.length || !standsAt(local, buffer, start)) continue;
      if ((buffer.charCodeAt(start - 1) === colon) !== prefixed) continue;
      if (!prefixed || this.#isOfOffice(start - 1)) return place;
    }
    return -1;
  }

  /** Whether the prefix that ends there stands for a namespace of Office's; one that nothing declares may. */
  #isOfOffice(end: number): boolean {
    const prefix = /[^\s"']*$/.exec(this.#buffer.slice(Math.max(0, end - 100), end))?.[0] ?? "";
    return /^$|\/officedocument\//i.test(this.#namespaces.get(prefix) ?? "");
  }

  /**
   * Reads the tag whose `<` stands at `start`.
   *
   * @returns where the tag ends; -1 where the text ends before it does
   * @throws ExportError `DECODE_FAILED`
   */
  read(buffer: string, start: number): number {
    this.#buffer = buffer;
    this.#count = 0;
    this.declared = undefined;
    let at = start + 1;
    let local = at;
    // Behind the end of the text `code` is NaN, which ends each of these loops.
    let code = buffer.charCodeAt(at);
    while (code > space && code !== greaterThan && code !== slash) {
      if (code === colon) local = at + 1;
      else if (code === lessThan) throw notWellFormed(this.#label, "a tag within a tag");
      code = buffer.charCodeAt(++at);
    }
    const nameEnd = at;
    for (;;) {
      while (code <= space) code = buffer.charCodeAt(++at);
      if (code === greaterThan || code === slash) break;
      at = this.#readAttribute(buffer, at);
      if (at < 0) return -1;
      code = buffer.charCodeAt(at);
    }
    this.isSelfClosed = code === slash;
    if (this.isSelfClosed) {
      if (++at >= buffer.length) return -1;
      if (buffer.charCodeAt(at) !== greaterThan) throw notWellFormed(this.#label, "a malformed tag");
    }
    if (local === nameEnd) throw notWellFormed(this.#label, "a tag without a name");
    const name = this.#nameAt(start + 1, local, nameEnd);
    this.raw = name.raw;
    this.prefix = name.prefix;
    this.local = name.local;
    return at + 1;
  }

  /** A document has few names and uses them millions of times: each is kept, and not cut out again. */
  #nameAt(start: number, local: number, end: number): Name {
    const slot = (this.#buffer.charCodeAt(local) + (end - start) * 7) & 63;
    const known = this.#names[slot];
    if (known?.raw.length === end - start && standsAt(known.raw, this.#buffer, start)) return known;
    const raw = this.#buffer.slice(start, end);
    const prefix = raw.slice(0, local - start);
    // Equal strings are compared fastest where they are one.
    const name = {
      raw,
      prefix: prefix === this.prefix ? this.prefix : prefix,
      local: raw.slice(local - start),
    };
    this.#names[slot] = name;
    return name;
  }

  #readAttribute(buffer: string, start: number): number {
    let at = start;
    let local = at;
    let code = buffer.charCodeAt(at);
    while (code > space && code !== equals && code !== greaterThan && code !== lessThan) {
      if (code === colon) local = at + 1;
      code = buffer.charCodeAt(++at);
    }
    const nameEnd = at;
    while (code <= space) code = buffer.charCodeAt(++at);
    if (at >= buffer.length) return -1;
    if (code !== equals || nameEnd === local) throw notWellFormed(this.#label, "a malformed attribute");
    do code = buffer.charCodeAt(++at);
    while (code <= space);
    if (at >= buffer.length) return -1;
    if (code !== quote && code !== singleQuote) throw notWellFormed(this.#label, "a malformed attribute");
    const closing = code;
    const valueStart = ++at;
    do code = buffer.charCodeAt(at++);
    while (code !== closing && at <= buffer.length);
    if (at > buffer.length) return -1;
    // `xmlns:r` declares a prefix; it is not an attribute called `r`.
    const length = (local === start ? nameEnd : local - 1) - start;
    if (length === 5 && standsAt("xmlns", buffer, start)) {
      const prefix = local === start ? "" : buffer.slice(local, nameEnd);
      this.declared ??= new Map();
      this.declared.set(prefix, buffer.slice(valueStart, at - 1));
    } else {
      const place = this.#count++ * 4;
      this.#marks[place] = local;
      this.#marks[place + 1] = nameEnd;
      this.#marks[place + 2] = valueStart;
      this.#marks[place + 3] = at - 1;
    }
    return at;
  }
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** What `startsWith` does, several times faster for the short words of markup. */
export function standsAt(word: string, text: string, start: number): boolean {
  // Once asked behind the end, V8 makes a call of every `charCodeAt` here.
  if (start + word.length > text.length) return false;
  for (let index = 0; index < word.length; index++) {
    if (text.charCodeAt(start + index) !== word.charCodeAt(index)) return false;
  }
  return true;
}

export function notWellFormed(label: string, reason: string): Error {
  return archiveError("DECODE_FAILED", `${label} is not well-formed XML: ${reason}.`);
}
