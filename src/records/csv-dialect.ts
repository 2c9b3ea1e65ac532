import { ExportError } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";

/** One column of a CSV file. */
export interface CsvColumn {
  /** A column of the provider's layout, or a path into the record, such as `address.country` or `roles.0`. */
  readonly path: string;
  /** What the column is called in the file. Default: the path. */
  readonly header?: string | undefined;
}

/** How a CSV file is written. */
export interface CsvDialectOptions {
  /**
   * `"excel"` is what Excel, LibreOffice and Google Sheets open without questions: `bom: true`, `newline: "crlf"`,
   * `formulas: "escape"`, `dates: "spreadsheet"`, `booleans: "upper"`. What is set beside it wins; where Excel's list
   * separator is a semicolon, set `delimiter: ";"`.
   */
  readonly preset?: "excel" | undefined;
  /** What stands between two cells: one character, no quote and no line break. Default `","`. */
  readonly delimiter?: string | undefined;
  /** Whether the file begins with a byte order mark, by which Excel knows UTF-8. Default `false`. */
  readonly bom?: boolean | undefined;
  /** What ends a row. Default `"lf"`; `"\n"` and `"\r\n"` are taken as well. */
  readonly newline?: "lf" | "crlf" | "\n" | "\r\n" | undefined;
  /**
   * The cell of what is `null`, or not there at all. It is never quoted, and a text that is the same is, so that the two
   * can be told apart: with `""` an empty text is `""`, as PostgreSQL's `COPY` reads it, with `"NULL"` the text is
   * `"NULL"`. Default: an empty cell, for an empty text too.
   */
  readonly nullText?: string | undefined;
  /** `"all"` quotes every cell but those of `nullText`. Default `"minimal"`: only those that need it. */
  readonly quote?: "minimal" | "all" | undefined;
  /**
   * What to do with text that a spreadsheet would run as a formula: it begins with `=`, `+`, `-`, `@`, a tab or a line
   * break, and is not a number such as `-12.50`. Default `"keep"`: the file says what the provider said, and a telephone
   * number keeps its `+`. `"escape"` puts a single quote before it.
   */
  readonly formulas?: "escape" | "keep" | undefined;
  /**
   * `"spreadsheet"` writes dates with a time of day, such as `2026-01-31T10:00:00.5+01:00`, so that spreadsheets take
   * them for dates: `2026-01-31 09:00:00`, in UTC where they have a zone, without fractions of a second. Default
   * `"keep"`.
   */
  readonly dates?: "keep" | "spreadsheet" | undefined;
  /** `"upper"` writes `TRUE` and `FALSE`, as spreadsheets do. Default `"lower"`. */
  readonly booleans?: "lower" | "upper" | undefined;
}

/** {@link CsvDialectOptions} with nothing left open, as plain JSON: a file is continued in the dialect it was started in. */
export interface CsvDialect {
  readonly delimiter: string;
  readonly bom: boolean;
  readonly newline: "\n" | "\r\n";
  readonly nullText: string | null;
  readonly quote: "minimal" | "all";
  readonly formulas: "escape" | "keep";
  readonly dates: "keep" | "spreadsheet";
  readonly booleans: "lower" | "upper";
}

// Rows end in LF and not in CRLF: the vendors' own files do, every reader takes it, and text tools see no stray CR.
const PLAIN: CsvDialect = {
  delimiter: ",",
  bom: false,
  newline: "\n",
  nullText: null,
  quote: "minimal",
  formulas: "keep",
  dates: "keep",
  booleans: "lower",
};

const EXCEL: Partial<CsvDialect> = {
  bom: true,
  newline: "\r\n",
  formulas: "escape",
  dates: "spreadsheet",
  booleans: "upper",
};

const NEWLINES = { lf: "\n", crlf: "\r\n", "\n": "\n", "\r\n": "\r\n" } as const;

/** @throws ExportError `CONFIG_INVALID` where `nullText` would be more than one cell */
export function dialectOf(given: CsvDialectOptions): CsvDialect {
  // What somebody put into `Object.prototype` is not an option.
  const options = ownProperties(given);
  const { newline } = options;
  const base: CsvDialect = options.preset === "excel" ? { ...PLAIN, ...EXCEL } : PLAIN;
  const delimiter = options.delimiter ?? base.delimiter;
  // It is never quoted.
  if (options.nullText?.includes(delimiter)) {
    throw new ExportError("CONFIG_INVALID", "nullText: must not hold the delimiter", {
      details: { field: "nullText" },
    });
  }
  return {
    delimiter,
    bom: options.bom ?? base.bom,
    newline: newline === undefined ? base.newline : NEWLINES[newline],
    nullText: options.nullText ?? base.nullText,
    quote: options.quote ?? base.quote,
    formulas: options.formulas ?? base.formulas,
    dates: options.dates ?? base.dates,
    booleans: options.booleans ?? base.booleans,
  };
}
