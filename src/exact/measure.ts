import { noteZero } from "./exact-number.js";
import { isPolluted, MOST_LEVELS } from "./levels.js";

/** So long is the shortest number up to the largest safe integer that a double may not hold, exponents of three digits apart. */
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
  /** The longest of the numbers. */
  #longest = 0;

  /** Whether the text of the value can hold nothing but the numbers as they came out. */
  explains(value: object, text: string): boolean {
    this.isUnusual = isPolluted();
    this.hasZero = false;
    this.isTooDeep = false;
    this.#longest = 4;
    const more = text.length - this.#lengthOf(value, 1);
    if (this.isUnusual) return false;
    const most = Math.min(LOSING - this.#longest, this.hasZero ? BEYOND_ZERO : LOSING);
    return more < most || hasEscapes(text, more - most + 1);
  }

  #lengthOf(value: object, depth: number): number {
    if (depth > MOST_LEVELS) {
      this.isTooDeep = true;
      this.isUnusual = true;
      return 0;
    }
    let least = 1;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        const member: unknown = value[index];
        if (typeof member === "string") least += member.length + 3;
        else if (typeof member === "number") least += this.#lengthOfNumber(member) + 1;
        else if (typeof member !== "object" || member === null) least += member === false ? 6 : 5;
        else least += this.#lengthOf(member, depth + 1) + 1;
      }
    } else {
      for (const name in value) {
        const member: unknown = value[name as keyof typeof value];
        least += name.length + 4;
        if (typeof member === "string") least += member.length + 2;
        else if (typeof member === "number") least += this.#lengthOfNumber(member);
        else if (typeof member !== "object" || member === null) least += member === false ? 5 : 4;
        else least += this.#lengthOf(member, depth + 1);
      }
    }
    // Without a member there is still the other bracket.
    return least === 1 ? 2 : least;
  }

  /** How many characters a number has at least, in any notation. */
  #lengthOfNumber(value: number): number {
    const size = value < 0 ? -value : value;
    const sign = value < 0 ? 1 : 0;
    const isWhole = size === Math.floor(size);
    if (size < 10) {
      if (size === 0) {
        this.hasZero = true;
        noteZero(value);
      } else if (size < 1e-99) this.isUnusual = true;
      if (isWhole) return sign + 1;
      // `1e-4` is shorter than what it stands for, and so is `1e3`.
      return sign + (size < 1e-3 ? 4 : 3);
    }
    if (size === Number.POSITIVE_INFINITY) this.isUnusual = true;
    let least = digitsOf(size);
    if (!isWhole) least += 2;
    else if (size >= 1e3 && size / 1e3 === Math.floor(size / 1e3)) least = 3;
    // Beyond the safe integers one digit less may be too many.
    const longest = size > Number.MAX_SAFE_INTEGER ? least + 1 : least;
    if (longest > this.#longest) this.#longest = longest;
    return sign + least;
  }
}

/** Whether a text of JSON is longer by so many characters for its escapes: by one for `\n`, by five for `\u0026`. */
function hasEscapes(text: string, least: number): boolean {
  let length = 0;
  for (let at = text.indexOf("\\"); at !== -1; at = text.indexOf("\\", at)) {
    const isUnit = text.charCodeAt(at + 1) === 0x75;
    length += isUnit ? 5 : 1;
    // The rest of the text need not be looked at.
    if (length >= least) return true;
    at += isUnit ? 6 : 2;
  }
  return false;
}

/** How many digits a number from ten on has before its point, or fewer. */
function digitsOf(size: number): number {
  if (size < 1e3) return 2;
  if (size < 1e6) return size < 1e4 ? 4 : size < 1e5 ? 5 : 6;
  if (size < 1e12) return size < 1e9 ? 7 : 10;
  return size < 1e15 ? 13 : 16;
}
