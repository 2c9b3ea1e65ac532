import * as z from "#zod";
import { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import { madeOnce } from "../model/made-once.js";
import { unpolluted } from "../model/own-properties.js";
import type { RecordIssue } from "../spec/records.js";
import { type CsvOptions, csvOptionFields, givenCsvOptions } from "./csv-options.js";

/** What to do with a record that cannot be read, or encoded. */
export type OnInvalid = "throw" | "skip" | ((issue: RecordIssue) => void);

/** How records are read. */
export interface RecordsOptions {
  /** `"throw"` (default) ends with `RECORD_INVALID`; `"skip"` passes over; a function is told, then it is passed over. */
  readonly onInvalid?: OnInvalid | undefined;
}

/** How {@link ExportDownload.batches} cuts the records. */
export interface BatchesOptions extends RecordsOptions {
  /** The most records in a batch. Default 500. */
  readonly size?: number | undefined;
  /**
   * The most bytes of a batch, as JSON of its records in UTF-8; a larger record is a batch of its own. Default: the
   * client's `maxBufferedBytes`.
   */
  readonly bytes?: number | undefined;
}

/** All but `onInvalid` is for CSV only. */
export interface EncodeOptions extends RecordsOptions, CsvOptions {}

/** What `toResponse` serves. */
export interface ResponseOptions extends EncodeOptions {
  /** Default: the artifact as the provider serves it, for which there are no other options. */
  readonly format?: "ndjson" | "csv" | undefined;
}

/** What `onInvalid` may be, wherever it is an option. */
export const onInvalidOption = () =>
  z.optional(
    z.custom(
      (value) => value === "throw" || value === "skip" || typeof value === "function",
      'must be "throw", "skip" or a function',
    ),
  );

/** @param isResponse - whether, without a format, it is the provider's bytes, whatever is in them */
const encodingOptions = (isResponse: boolean) => {
  const shape = z.strictObject({
    ...csvOptionFields(),
    format: z.optional(z.enum(["ndjson", "csv"], 'must be "ndjson" or "csv"')),
    onInvalid: onInvalidOption(),
  });
  return shape.check(
    z.superRefine((options, context) => {
      const { format } = options;
      const refuse = (name: string, message: string) =>
        context.addIssue({ code: "custom", path: [name], message });
      if (format !== "csv") for (const name of givenCsvOptions(options)) refuse(name, 'is for "csv" only');
      if (isResponse && !format && options.onInvalid) refuse("onInvalid", "needs a format");
    }),
  );
};

const encoding = madeOnce(() => encodingOptions(false));
const responding = madeOnce(() => encodingOptions(true));

const batching = madeOnce(() => {
  const count = z.optional(z.int("must be a whole number").check(z.positive("must be 1 or more")));
  return z.strictObject({ size: count, bytes: count, onInvalid: onInvalidOption() });
});

/** Checks how a download is to be read, before it is taken; throws `CONFIG_INVALID` naming the field. */
export function checkReadOptions(call: string, options: object): void {
  const schemaOf: () => z.ZodMiniType =
    call === "batches" ? batching : call === "toResponse" ? responding : encoding;
  const checked = unpolluted(() => schemaOf().safeParse(options));
  if (!checked.success)
    throw new ExportError("CONFIG_INVALID", ...describeIssues(call, checked.error.issues, options));
}
