import * as z from "zod/mini";
import { ExportError } from "../errors.js";
import { describeIssues } from "../issues.js";

const schema = () => {
  const column = z.string("must be a column name");
  const shape = z.strictObject({
    format: z.optional(z.enum(["ndjson", "csv"], 'must be "ndjson" or "csv"')),
    onInvalid: z.optional(
      z.custom(
        (value) => value === "throw" || value === "skip" || typeof value === "function",
        'must be "throw", "skip" or a function',
      ),
    ),
    columns: z.optional(z.array(column, "must be a list of column names")),
    formulas: z.optional(z.enum(["keep", "escape"], 'must be "keep" or "escape"')),
  });
  const only = (name: "columns" | "formulas") =>
    z.refine<{ readonly format?: unknown }>(
      (options) => options.format !== "ndjson" || (options as { [key: string]: unknown })[name] === undefined,
      { message: 'is for "csv" only', path: [name] },
    );
  return shape.check(only("columns"), only("formulas"));
};

/** Checks how a download is to be read, before it is taken; throws `CONFIG_INVALID` naming the field. */
export function checkReadOptions(call: string, options: object): void {
  const checked = schema().safeParse(options);
  if (!checked.success)
    throw new ExportError("CONFIG_INVALID", ...describeIssues(call, checked.error.issues));
}
