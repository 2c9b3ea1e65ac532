import { isObject } from "./json.js";
import { isDate } from "./realm.js";

const JSON_TEXT = "it is a string; pass what JSON.parse makes of it";

/** What a value is that was given by a usual mistake, and what to give instead; `undefined` where it is none of these. */
export function mistakeIn(value: unknown): string | undefined {
  try {
    if (typeof value === "string") return /^\s*["{]./s.test(value) ? JSON_TEXT : undefined;
    if (isDate(value))
      return Number.isNaN(value.getTime()) ? "it is an invalid Date" : "it is a Date; pass its toISOString()";
    return isObject(value) && typeof value.then === "function"
      ? "it is a promise; await it first"
      : undefined;
  } catch {
    // A proxy, or a getter.
    return undefined;
  }
}

/** The same where it has to be an object, with everything that is none. */
export function objectMistake(value: unknown): string | undefined {
  if (typeof value === "string") return JSON_TEXT;
  return mistakeIn(value) ?? (isObject(value) ? undefined : "it is no object");
}
