import * as z from "#zod";
import { isSignal } from "../model/call-signal.js";
import { documentedError } from "../model/documented-error.js";
import { describeIssues, type SchemaIssue } from "../model/issues.js";
import { unpolluted } from "../model/own-properties.js";
import { wrongOption } from "../model/wrong-option.js";
import { type CsvOptions, csvOptionFields, givenCsvOptions } from "./csv-options.js";
import { type OnInvalid, onInvalidOption } from "./read-options.js";
import type { ExportDownload } from "./types.js";

/** What is used of a schema. */
interface Checking {
  safeParse(value: unknown): {
    readonly data?: unknown;
    readonly error?: { readonly issues: readonly SchemaIssue[] } | undefined;
  };
}

/** How a file is encoded; `"raw"` is not at all. */
export interface FileLayout extends CsvOptions {
  readonly format: "raw" | "ndjson" | "csv";
}

export const callback = () =>
  z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "must be a function");

/** What whoever makes a file of a download takes, wherever it is to stand, as fields of a schema. */
export function fileOptionFields() {
  return {
    format: z.optional(z.enum(["raw", "ndjson", "csv"], 'must be "raw", "ndjson" or "csv"')),
    ...csvOptionFields(),
    onInvalid: onInvalidOption(),
    onProgress: z.optional(callback()),
    signal: z.optional(z.custom<AbortSignal>(isSignal, "must be an AbortSignal")),
    // Checked where it is taken up.
    budget: z.optional(z.unknown()),
  };
}

/**
 * Checks such options by a schema with these fields, and takes the layout out of them; throws `CONFIG_INVALID` naming the field.
 *
 * @param given - the options as the caller wrote them, for the words of the error
 */
export function checkFileOptions(
  call: string,
  schemaOf: () => Checking,
  options: CsvOptions & { format?: FileLayout["format"] | undefined; onInvalid?: OnInvalid | undefined },
  given: unknown,
): FileLayout {
  const checked = unpolluted(() => schemaOf().safeParse(options));
  if (checked.error)
    throw documentedError("CONFIG_INVALID", ...describeIssues(call, checked.error.issues, given));
  const { format = "raw", onInvalid } = options;
  const csv = givenCsvOptions(options);
  if (format !== "csv" && csv[0]) throw wrongOption(call, csv[0], 'is for format: "csv" only');
  if (format === "raw" && onInvalid)
    throw wrongOption(call, "onInvalid", 'is not for format: "raw", which reads no records');
  // The schema's copy, since the caller's may change while the file grows.
  const copy = checked.data as CsvOptions;
  return { format, ...Object.fromEntries(csv.map((name) => [name, copy[name]])) };
}

/** The bytes of a file with this layout. */
export function fileStream(
  download: ExportDownload<unknown>,
  { format, ...options }: FileLayout,
  onInvalid: OnInvalid | undefined,
): ReadableStream<Uint8Array> {
  return format === "raw" ? download.bytes() : download.encode(format, { ...options, onInvalid });
}
