import * as z from "#zod";
import { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import { unpolluted } from "../model/own-properties.js";
import { csvOptionFields, givenCsvOptions } from "./csv-options.js";

const onInvalid = () =>
  z.optional(
    z.custom(
      (value) => value === "throw" || value === "skip" || typeof value === "function",
      'must be "throw", "skip" or a function',
    ),
  );

const encoding = () => {
  const shape = z.strictObject({
    ...csvOptionFields(),
    format: z.optional(z.enum(["ndjson", "csv"], 'must be "ndjson" or "csv"')),
    onInvalid: onInvalid(),
  });
  return shape.check(
    z.superRefine((options, context) => {
      if (options.format !== "ndjson") return;
      for (const name of givenCsvOptions(options)) {
        context.addIssue({ code: "custom", path: [name], message: 'is for "csv" only' });
      }
    }),
  );
};

const batching = () => {
  const count = z.optional(z.int("must be a whole number").check(z.positive("must be 1 or more")));
  return z.strictObject({ size: count, bytes: count, onInvalid: onInvalid() });
};

/** Checks how a download is to be read, before it is taken; throws `CONFIG_INVALID` naming the field. */
export function checkReadOptions(call: string, options: object): void {
  const schema = unpolluted<z.ZodMiniType>(call === "batches" ? batching : encoding);
  const checked = unpolluted(() => schema.safeParse(options));
  if (!checked.success)
    throw new ExportError("CONFIG_INVALID", ...describeIssues(call, checked.error.issues, options));
}
