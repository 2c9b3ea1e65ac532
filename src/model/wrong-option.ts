import { ExportError } from "./errors.js";
import { isObject } from "./json.js";
import { mistakeIn, objectMistake } from "./mistakes.js";

/** The error for an option, or an argument, of a call. */
export function wrongOption(call: string, field: string, problem: string): ExportError {
  return new ExportError("CONFIG_INVALID", `${call}: ${field}: ${problem}`, { details: { field } });
}

/**
 * Refuses one that lacks a function which is used of it.
 *
 * @param words - what it must be
 */
export function checkFunctions(
  call: string,
  field: string,
  value: unknown,
  names: readonly string[],
  words: string,
): void {
  const members: { readonly [name: string]: unknown } = Object(value);
  if (names.every((name) => typeof members[name] === "function")) return;
  const mistake = mistakeIn(value);
  throw wrongOption(call, field, `must be ${words}${mistake === undefined ? "" : ` (${mistake})`}`);
}

/** Refuses options that are no object, or lack a text that is needed. */
export function checkTexts(call: string, options: unknown, ...names: readonly string[]): void {
  if (!isObject(options)) throw wrongOption(call, "options", `must be an object (${objectMistake(options)})`);
  const missing = names.find((name) => typeof options[name] !== "string" || options[name] === "");
  if (missing) throw wrongOption(call, missing, "must be a text that is not empty");
}

/** The same of a client. */
export function checkClient(call: string, client: unknown, ...names: readonly string[]): void {
  checkFunctions(call, "client", client, names, "what createExportClient made");
}
