import { ExactNumber, numberOf } from "./exact-number.js";

// Numbers stand behind one of these and before one of those; ids and times, which are as long, stand in quotes. What is
// spelled out is what lets the search go ahead in steps instead of character by character.
const LONG = /[:,[\s-][\d.][\d.][\d.][\d.][\d.][\d.][\d.][\d.][\d.]{8}/;
const EXPONENT = /\d[eE][-+]?\d{3,}[\s,\]}]/;
// A number that a double makes zero of.
const SMALL = /\d[eE]-\d{3,}[\s,\]}]/;
const RUN = 16;

/** `JSON.parse` that makes an {@link ExactNumber} of every number whose digits a double does not hold. */
export function parseJson(text: string): unknown {
  const isContainer = text.startsWith("{") || text.startsWith("[");
  return isContainer && !LONG.test(text) && !EXPONENT.test(text) ? JSON.parse(text) : parseExactly(text);
}

/**
 * A parser for the lines of a text like {@link parseJson}, which looks at the whole text at once as far as it has to.
 * Numbers with few digits can be told by their values: only those with an exponent of three digits may be inexact, and
 * come out as zero, as infinite, or else far from any ordinary number.
 *
 * @param bytes - the same text in UTF-8, in which long runs are found faster
 */
export function lineParser(bytes: Uint8Array, text: string): (line: string) => unknown {
  if (hasLongRun(bytes)) return parseJson;
  let hasExponent: boolean | undefined;
  let hasSmall: boolean | undefined;
  return (line) => {
    if (hasExponent === true) return parseJson(line);
    const value: unknown = JSON.parse(line);
    if (hasExponent === false) return value;
    const numbers = numbersIn(value);
    if (numbers === "ordinary") return value;
    if (numbers === "zero") {
      hasSmall ??= SMALL.test(text);
      if (!hasSmall) return value;
    }
    hasExponent = EXPONENT.test(text);
    return hasExponent ? parseJson(line) : value;
  };
}

/** What the numbers of a flat object are; to look into nested ones costs more than to search the text. */
function numbersIn(value: unknown): "ordinary" | "zero" | "unknown" {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "unknown";
  let hasZero = false;
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value];
    if (typeof member === "number") {
      const size = member < 0 ? -member : member;
      if (size === 0) hasZero = true;
      else if (!(size > 1e-99 && size < 1e99)) return "unknown";
    } else if (typeof member === "object" && member !== null) return "unknown";
  }
  return hasZero ? "zero" : "ordinary";
}

/** Whether there are so many digits and points in a row, and not in quotes, that a double may not hold them. */
function hasLongRun(bytes: Uint8Array): boolean {
  // Where a run begins behind `before`, its last digit that counts is at `before + RUN` or later.
  for (let at = RUN - 1; at < bytes.length; ) {
    let before = at;
    while (isDigit(bytes[before])) before--;
    if (at - before < RUN) {
      at = before + RUN;
      continue;
    }
    if (bytes[before] !== 0x22) return true;
    while (isDigit(bytes[at])) at++;
    at += RUN;
  }
  return false;
}

function isDigit(byte = 0): boolean {
  return byte <= 0x39 && byte >= 0x2e && byte !== 0x2f;
}

let marked: string | undefined;

/** Parses a text in which such numbers are strings with a mark before them, and puts the numbers in their places. */
function parseExactly(text: string): unknown {
  // Nobody can send what nobody else knows.
  marked ??= `${crypto.randomUUID()}:`;
  const mark = marked;
  let rewritten = "";
  let done = 0;
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const open = quote === -1 ? text.length : quote;
    // The shortest is 1e400. What a colon follows would become a name, and is no JSON.
    if (open - at >= 5) {
      for (const { 0: literal, index } of text.slice(at, open).matchAll(/-?\d[\d.eE+-]{4,}(?!\s*:)/g)) {
        if (typeof numberOf(literal) === "number" || !isNumber(literal)) continue;
        rewritten += `${text.slice(done, at + index)}"${mark}${literal}"`;
        done = at + index + literal.length;
      }
    }
    at = endOfString(text, open);
  }
  if (done === 0) return JSON.parse(text);
  return revived(JSON.parse(rewritten + text.slice(done)), mark);
}

/** What is no number in JSON stays as it is: to be refused. */
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
