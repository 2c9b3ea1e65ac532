import { ExactNumber, numberOf } from "./exact-number.js";
import { countDeepText } from "./levels.js";
import { lookAtAnswer, ORDINARY, TOO_DEEP } from "./look-at-answer.js";

export const EXPONENT = /\d[eE][-+]?\d{3,}[\s,\]}]/;
const RUN = 16;
const LITERAL = /-?\d[\d.eE+-]*/y;

/**
 * `parseJson` for a whole answer: of any depth, since it holds more than records (see `deepTextsRead`), and searched once,
 * without the measure that pays off line by line.
 */
export function parseAnswer(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const found = lookAtAnswer(value);
  if (found & TOO_DEEP) countDeepText();
  const mayDiffer =
    typeof value === "number" || hasLongRun(text) || (found !== ORDINARY && EXPONENT.test(text));
  return mayDiffer ? parseExactly(text, value) : value;
}

/**
 * Whether somewhere so many digits and points stand in a row as in a number that a double may not hold, and they are one that
 * it does not hold, or look like it. Most come back from it.
 */
export function hasLongRun(text: string): boolean {
  // A run holds one of these characters, and all from there to the eighth behind it or to the eighth before it.
  for (let at = RUN - 1; at < text.length; at += RUN) {
    if (!isDigit(text, at)) continue;
    const reaches =
      (isDigit(text, at + 8) && isDigit(text, at + 4)) || (isDigit(text, at - 8) && isDigit(text, at - 4));
    if (!reaches) continue;
    let before = at;
    while (isDigit(text, before)) before--;
    let behind = at;
    while (isDigit(text, behind)) behind++;
    const isLong = behind - before > RUN && mayPrecede(text.charCodeAt(before));
    if (isLong && typeof numberOf(literalAt(text, before)) !== "number") return true;
    // Looked at once, however long it is.
    at = behind;
  }
  return false;
}

/** The number whose first digit is behind an index, with its sign. */
function literalAt(text: string, before: number): string {
  LITERAL.lastIndex = before + (text[before] === "-" ? 0 : 1);
  return LITERAL.exec(text)?.[0] ?? "";
}

/** Whether a number may stand behind it: one in a string has a quote or a letter before it. */
function mayPrecede(code: number): boolean {
  return !(code > 0x20) || code === 0x2c || code === 0x2d || code === 0x3a || code === 0x5b;
}

function isDigit(text: string, at: number): boolean {
  // Once asked outside of the text, V8 makes a call of every `charCodeAt` here.
  if (at < 0 || at >= text.length) return false;
  const code = text.charCodeAt(at);
  return code <= 0x39 && code >= 0x2e && code !== 0x2f;
}

let marked: string | undefined;

/**
 * Parses a text in which such numbers are strings with a mark before them, and puts the numbers in their places.
 *
 * @param value - what `JSON.parse` makes of the text
 */
export function parseExactly(text: string, value: unknown): unknown {
  // Nobody can send what nobody else knows.
  marked ??= `${crypto.randomUUID()}:`;
  const mark = marked;
  let rewritten = "";
  let done = 0;
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const open = quote === -1 ? text.length : quote;
    // What a colon follows would become a name, and is no JSON.
    if (mayHoldOne(text, at, open)) {
      for (const { 0: literal, index } of text.slice(at, open).matchAll(/-?\d[\d.eE+-]{4,}(?!\s*:)/g)) {
        if (typeof numberOf(literal) === "number" || !isNumber(literal)) continue;
        rewritten += `${text.slice(done, at + index)}"${mark}${literal}"`;
        done = at + index + literal.length;
      }
    }
    at = endOfString(text, open);
  }
  if (done === 0) return value;
  return revived(JSON.parse(rewritten + text.slice(done)), mark);
}

/** Whether such a number may stand between two strings: a long one, or one with an exponent, of which the shortest is 1e400. */
function mayHoldOne(text: string, start: number, end: number): boolean {
  if (end - start >= RUN) return true;
  for (let at = start + 1; at < end - 2; at++) {
    if ((text.charCodeAt(at) | 0x20) === 0x65 && isDigit(text, at - 1)) return true;
  }
  return false;
}

/** What is not a number in JSON stays as it is: to be refused. */
function isNumber(literal: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(literal);
}

/** The index behind the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close !== -1; close = text.indexOf('"', close + 1)) {
    let slashes = 0;
    while (text[close - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return close + 1;
  }
  return text.length;
}

// Without recursion: JSON can be nested deeper than the stack.
function revived(value: unknown, mark: string): unknown {
  const holder = { value };
  const open: object[] = [holder];
  for (let node = open.pop(); node; node = open.pop()) {
    const members = node as { [key: string]: unknown };
    for (const key of Object.keys(members)) {
      const member = members[key];
      if (typeof member === "object" && member !== null) open.push(member);
      else if (typeof member === "string" && member.startsWith(mark)) {
        // The member is there already, so that this reaches no prototype.
        members[key] = new ExactNumber(member.slice(mark.length));
      }
    }
  }
  return holder.value;
}
