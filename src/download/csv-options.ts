import * as z from "#zod";
import type { CsvColumn, CsvDialectOptions } from "../records/csv-dialect.js";

export type { CsvColumn, CsvDialectOptions };

/** How CSV is written. */
export interface CsvOptions extends CsvDialectOptions {
  /**
   * These columns, in this order, and no others: by the names of the provider's own, or by paths into the record such as
   * `address.country`. Default: the provider's own, with what is in none as JSON in `_extra`.
   */
  readonly columns?: readonly (string | CsvColumn)[] | undefined;
}

/** The options of CSV as fields of a schema. */
export function csvOptionFields() {
  const name = z.string("must be a column name");
  const column = z.union(
    [name, z.strictObject({ path: name, header: z.optional(z.string("must be a string")) })],
    "must be a column name, or { path, header }",
  );
  const either = <const T extends string>(...values: readonly T[]) =>
    z.optional(z.enum(values, `must be ${values.map((value) => JSON.stringify(value)).join(" or ")}`));
  return {
    columns: z.optional(z.array(column, "must be a list of column names")),
    preset: either("excel"),
    delimiter: z.optional(
      z
        .string("must be one character")
        .check(
          z.refine(
            (text) => /^[^"\r\n\ud800-\udfff\ufeff]$/.test(text),
            "must be one character, no quote and no line break",
          ),
        ),
    ),
    bom: z.optional(z.boolean("must be true or false")),
    newline: either("lf", "crlf", "\n", "\r\n"),
    nullText: z.optional(
      z
        .string("must be a string")
        .check(z.refine((text) => !/["\r\n]/.test(text), "must hold no quote and no line break")),
    ),
    quote: either("minimal", "all"),
    formulas: either("keep", "escape"),
    dates: either("keep", "spreadsheet"),
    booleans: either("lower", "upper"),
  };
}

/** The options of CSV, by name. */
const CSV_OPTIONS = [
  "columns",
  "preset",
  "delimiter",
  "bom",
  "newline",
  "nullText",
  "quote",
  "formulas",
  "dates",
  "booleans",
] as const satisfies readonly (keyof CsvOptions)[];

/** The options of CSV that are set, by name. */
export function givenCsvOptions(options: CsvOptions): readonly (keyof CsvOptions)[] {
  return CSV_OPTIONS.filter((name) => Object.hasOwn(options, name) && options[name] !== undefined);
}
