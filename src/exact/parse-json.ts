import { EXPONENT, hasLongRun, parseExactly } from "./exact-digits.js";
import { NestedTooDeep } from "./levels.js";
import { Measure } from "./measure.js";

// A number that a double makes zero of.
const SMALL = /\d[eE]-\d{3,}[\s,\]}]/;

/**
 * `JSON.parse` that makes an {@link ExactNumber} of every number whose digits a double does not hold. For the JSON of
 * records and cells: it throws where objects and lists stand in one another more than 512 levels deep.
 *
 * @example
 * ```ts
 * parseJson('{"id":9007199254740993}'); // { id: ExactNumber }
 * ```
 */
export function parseJson(text: string): unknown {
  return parseWith(new Measure(), text, hasLongRun);
}

/** A parser like {@link parseJson} for the lines of a text, in which it looks for long numbers once. */
export function lineParser(text: string): (line: string) => unknown {
  const measure = new Measure();
  let hasLong: boolean | undefined;
  const mayHaveLong = (line: string) => {
    hasLong ??= hasLongRun(text);
    return hasLong && hasLongRun(line);
  };
  return (line) => parseWith(measure, line, mayHaveLong);
}

/** Most texts are proven to be exact by their values and their length; only the others are searched. */
function parseWith(measure: Measure, text: string, mayHaveLong: (text: string) => boolean): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) {
    return typeof value === "number" ? parseExactly(text) : value;
  }
  measure.take(value);
  if (measure.explains(text)) return value;
  if (measure.isTooDeep) throw new NestedTooDeep();
  const mayDiffer =
    mayHaveLong(text) || (measure.isUnusual ? EXPONENT.test(text) : measure.hasZero && SMALL.test(text));
  return mayDiffer ? parseExactly(text) : value;
}
