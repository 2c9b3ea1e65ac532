import { MOST_LEVELS } from "./levels.js";

/** So long is the shortest number below 1e15 that a double may not hold, exponents of three digits apart. */
const LOSING = 17;
/** So much longer than `0` is the shortest number that comes out as zero and is none: `1e-400`. */
const BEYOND_ZERO = 5;

/**
 * How long the text of a JSON value is at least. Where the text itself is hardly longer, no number in it can have had more
 * digits than are left of it.
 */
export class Measure {
  /** There may be a number that only an exponent makes so large or small. */
  isUnusual = false;
  hasZero = false;
  /** It has more than `MOST_LEVELS`, and was not looked at below them. */
  isTooDeep = false;
  #least = 0;
  /** The longest of the numbers. */
  #longest = 0;
  /** What others put on `Object.prototype` would be counted. */
  readonly #isPolluted: boolean;

  constructor() {
    let isPolluted = false;
    for (const _ in {}) isPolluted = true;
    this.#isPolluted = isPolluted;
  }

  /** Measures another value. */
  take(value: object): void {
    this.isUnusual = this.#isPolluted;
    this.hasZero = false;
    this.isTooDeep = false;
    this.#least = 0;
    this.#longest = 3;
    this.#add(value, 1);
  }

  /** Whether the text of the value can hold nothing but the numbers as they came out. */
  explains(text: string): boolean {
    if (this.isUnusual) return false;
    const most = Math.min(LOSING - this.#longest, this.hasZero ? BEYOND_ZERO : LOSING);
    const more = text.length - this.#least;
    return more < most || more - lengthOfEscapes(text) < most;
  }

  #add(value: object, depth: number): void {
    if (depth > MOST_LEVELS) {
      this.isTooDeep = true;
      this.isUnusual = true;
      return;
    }
    let least = 1;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        const member: unknown = value[index];
        if (typeof member === "string") least += member.length + 3;
        else if (typeof member === "number") least += this.#lengthOf(member) + 1;
        else if (typeof member !== "object" || member === null) least += member === false ? 6 : 5;
        else {
          least += 1;
          this.#add(member, depth + 1);
        }
      }
    } else {
      for (const name in value) {
        const member: unknown = value[name as keyof typeof value];
        least += name.length + 4;
        if (typeof member === "string") least += member.length + 2;
        else if (typeof member === "number") least += this.#lengthOf(member);
        else if (typeof member !== "object" || member === null) least += member === false ? 5 : 4;
        else this.#add(member, depth + 1);
      }
    }
    this.#least += least;
  }

  /** How many characters a number has at least, in any notation. */
  #lengthOf(value: number): number {
    const size = value < 0 ? -value : value;
    const isWhole = size === Math.floor(size);
    if (size < 10) {
      if (size === 0) this.hasZero = true;
      else if (size < 1e-99) this.isUnusual = true;
      return isWhole ? 1 : 3;
    }
    if (size >= 1e15) this.isUnusual = true;
    let least = digitsOf(size);
    if (!isWhole) least += 2;
    // `1e3` is shorter than what it stands for.
    else if (size >= 1e3 && size / 1e3 === Math.floor(size / 1e3)) least = 3;
    if (least > this.#longest) this.#longest = least;
    return least;
  }
}

/** By how much a text of JSON is longer for its escapes: `\n` by one character, `\u0026` by five. */
function lengthOfEscapes(text: string): number {
  let length = 0;
  for (let at = text.indexOf("\\"); at !== -1; at = text.indexOf("\\", at)) {
    const isUnit = text.charCodeAt(at + 1) === 0x75;
    length += isUnit ? 5 : 1;
    at += isUnit ? 6 : 2;
  }
  return length;
}

/** How many digits a number from ten on has before its point, or fewer. */
function digitsOf(size: number): number {
  if (size < 1e3) return 2;
  if (size < 1e6) return size < 1e4 ? 4 : size < 1e5 ? 5 : 6;
  return size < 1e9 ? 7 : size < 1e12 ? 10 : 13;
}
