import { NestedTooDeep } from "../exact/levels.js";
import { parseJson } from "../exact/parse-json.js";
import { isObject } from "../model/json.js";
import { reasonOf } from "../spec/records.js";
import type { TextBatch } from "./text-batch.js";

/**
 * Adds the record that `map` makes of a JSON text to a batch, or what is wrong with it; `what` names the text there.
 *
 * @returns whether it is JSON
 */
export function addJson<R>(
  batch: TextBatch<R>,
  text: string,
  end: number,
  map: (value: unknown) => R,
  what: string,
): boolean {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    // The engine's own message quotes the text.
    const isDeep = error instanceof NestedTooDeep;
    batch.reject(`The ${what} is ${isDeep ? error.message : "not valid JSON"}.`, end);
    return isDeep;
  }
  try {
    batch.add(map(value), end);
  } catch (error) {
    batch.reject(reasonOf(error), end);
  }
  return true;
}

/** Takes objects and nothing else, which it calls by `noun`. */
export function objectOf(noun: string): (value: unknown) => unknown {
  return (value) => {
    if (isObject(value)) return value;
    const found = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    throw new Error(`The ${noun} is not a JSON object but ${found}.`);
  };
}
