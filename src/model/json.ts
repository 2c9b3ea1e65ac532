import { parseAnswer } from "../exact/exact-digits.js";
import { isExactNumber } from "../exact/exact-number.js";

/** A value that survives `JSON.stringify` and `JSON.parse` unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** An object of {@link JsonValue}s. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** What `JSON.parse(JSON.stringify(value))` makes of a type: a `Date` becomes its ISO string. */
export type Jsonified<T> = T extends Date
  ? string
  : T extends (...args: never[]) => unknown
    ? never
    : T extends object
      ? { readonly [K in keyof T]: Jsonified<T[K]> }
      : T;

/**
 * Whether a value is an object with members, and neither `null` nor a list, nor an `ExactNumber`, which stands for a number.
 *
 * @example
 * ```ts
 * isObject({ id: 1 }); // true
 * isObject([1]); // false
 * isObject(numberOf("1e400")); // false
 * ```
 */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isExactNumber(value);
}

/** Whether a value counts something: whole, exact, and 0 or more. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Whether a value can be written as JSON: there is text for it, and it is not nested deeper than the stack reaches.
 *
 * @param read - gives the value; what it throws counts as no
 */
export function isWritable(read: () => unknown): boolean {
  try {
    return JSON.stringify(read()) !== undefined;
  } catch {
    return false;
  }
}

/** The value of a JSON text, numbers by their digits; `undefined` where it is none. */
export function readJson(text: string, parse: (text: string) => unknown = parseAnswer): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
