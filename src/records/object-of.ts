import { isObject } from "../model/json.js";

/** Takes objects and nothing else, which it calls by `noun`. */
export function objectOf(noun: string): (value: unknown) => unknown {
  return (value) => {
    if (isObject(value)) return value;
    const found = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    throw new Error(`The ${noun} is not a JSON object but ${found}.`);
  };
}
