import type { ExportError } from "../model/errors.js";
import { repeatedNames } from "./csv-header.js";
import { textError } from "./text-batch.js";

/** Refuses a header that names a column twice. */
export function checkHeader(
  names: readonly string[],
  { line = 1, byte = 0 }: { line?: number; byte?: number },
): void {
  const twice = repeatedNames(names);
  if (twice.length === 0) return;
  throw textError(
    "DECODE_FAILED",
    `The header row on line ${line} names more than once: ${shownNames(twice)}. Tell csv() what to do with them, with headers.`,
    { line, byte, columns: few(twice) },
  );
}

/** The error for a file that is something else than CSV, or that nothing proves to be CSV. */
export function notCsv(
  why: string,
  { line = 1, byte = 0 }: { line?: number; byte?: number } = {},
  columns?: readonly string[],
): ExportError {
  const details = { line, byte, ...(columns && { columns: few(columns) }) };
  return textError("DECODE_FAILED", `The file is not CSV: ${why}.`, details);
}

function few(names: readonly string[]): string[] {
  return names.slice(0, 10).map((name) => name.slice(0, 100));
}

/** Some of the names, as a list. */
export function shownNames(names: readonly string[]): string {
  return few(names)
    .map((name) => JSON.stringify(name))
    .join(", ");
}
