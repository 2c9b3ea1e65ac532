import { isExactNumber } from "../exact/exact-number.js";
import { NestedTooDeep } from "../exact/levels.js";
import { parseJson, parseSeen } from "../exact/parse-json.js";
import { isObject } from "../model/json.js";
import { reasonOf } from "../spec/records.js";
import { textOf } from "./noted-text.js";
import type { TextBatch } from "./text-batch.js";

/**
 * Adds the record that `map` makes of a JSON text to a batch, or what is wrong with it.
 *
 * @param what - names the text in what is said of it
 * @param finds - what its bytes showed, where they were looked at
 * @returns whether it is JSON
 */
export function addJson<R>(
  batch: TextBatch<R>,
  text: string,
  end: number,
  map: (value: unknown) => R,
  what: string,
  finds?: number,
): boolean {
  let value: unknown;
  try {
    value = finds === undefined ? parseJson(text) : parseSeen(text, finds);
  } catch (error) {
    // The engine's own message quotes the text.
    const isDeep = error instanceof NestedTooDeep;
    batch.reject(`The ${what} is ${isDeep ? error.message : "not valid JSON"}.`, end);
    return isDeep;
  }
  try {
    const record = map(value);
    batch.add(record, end);
    // By its first record a file gets its columns.
    if (batch.sound < 2 && record === value && isObject(value) && Number(Object.keys(value)[0]) >= 0)
      textOf.set(value, text);
  } catch (error) {
    batch.reject(reasonOf(error), end);
  }
  return true;
}

/** Takes objects and nothing else, which it calls by `noun`. */
export function objectOf(noun: string): (value: unknown) => unknown {
  return (value) => {
    if (isObject(value)) return value;
    const kind = isExactNumber(value) ? "number" : typeof value;
    const found = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${kind}`;
    throw new Error(`The ${noun} is not a JSON object but ${found}.`);
  };
}
