import { EXPONENT, hasLongRun, parseExactly } from "./exact-digits.js";
import { noteZero } from "./exact-number.js";
import { NestedTooDeep } from "./levels.js";
import { LONG, WIDE } from "./look-at-piece.js";
import { Measure } from "./measure.js";

// A number that a double makes zero of.
const SMALL = /\d[eE]-\d{3,}[\s,\]}]/;
const SIGNED_ZERO = /(?:^|[\s:,[])-0(?:\.0+)?(?:[eE][-+]?\d+)?(?:$|[\s,\]}])/;

/** One for all texts: to make one takes as long as to measure a small record. */
let measure: Measure | undefined;

/**
 * `JSON.parse` that makes an {@link ExactNumber} of every number whose digits a double does not hold. For the JSON of
 * records and cells: it throws where objects and lists stand in one another more than 512 levels deep.
 *
 * @example
 * ```ts
 * parseJson('{"id":9007199254740993}'); // { id: new ExactNumber("9007199254740993") }
 * ```
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) {
    return typeof value === "number" ? parseNumber(text, value) : value;
  }
  measure ??= new Measure();
  // Most texts are proven to be exact by their values and their length; only the others are searched.
  if (measure.explains(value, text)) return value;
  if (measure.isTooDeep) throw new NestedTooDeep();
  const mayDiffer =
    hasLongRun(text) || (measure.isUnusual ? EXPONENT.test(text) : measure.hasZero && SMALL.test(text));
  return mayDiffer ? parseExactly(text, value) : value;
}

/**
 * `parseJson` of a text whose bytes were looked at, so that its values need not be.
 *
 * @param finds - what may stand in it, see `findsIn`
 */
export function parseSeen(text: string, finds: number): unknown {
  const value: unknown = JSON.parse(text);
  // What stands before it may be in another piece.
  if (typeof value === "number") return parseNumber(text, value);
  if (finds === 0) return value;
  if (finds & WIDE && SIGNED_ZERO.test(text)) noteZero(-0);
  const mayDiffer = (finds & LONG && hasLongRun(text)) || (finds & WIDE && EXPONENT.test(text));
  return mayDiffer ? parseExactly(text, value) : value;
}

function parseNumber(text: string, value: number): unknown {
  noteZero(value);
  return parseExactly(text, value);
}
