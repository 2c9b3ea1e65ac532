import { isObject } from "../model/json.js";
import { wrongOption } from "../model/wrong-option.js";
import type { CsvLayout, RecordDecoder } from "../spec/records.js";
import { type CsvPrepare, csvFormat } from "./csv-format.js";
import { type CsvHeaders, repeatedNames } from "./csv-header.js";
import { type CsvRecord, prepareRecord } from "./csv-record.js";
import { decoderOptions, type OptionKinds } from "./decoder-options.js";
import { decodeText } from "./text-decoder.js";

export type { CsvHeaders, CsvPrepare, CsvRecord };

/** What {@link csv} can be told. */
export interface CsvOptions<R> {
  /** Default: records are {@link CsvRecord}s. */
  readonly prepare?: CsvPrepare<R>;
  /** How `encode("csv")` lays the records out. Default without `prepare`: the columns of the file. */
  readonly csv?: CsvLayout<R>;
  /**
   * What stands between cells: one character. Default a comma. A first line that names one as Excel takes it (`sep=;`)
   * counts more, and is not a header.
   */
  readonly delimiter?: string | undefined;
  /**
   * What becomes of names that the header has twice, the empty one included: `"unique"` (default without `prepare`)
   * refuses the file, `"rename"` numbers them (`tag`, `tag_2`, and `column_3` for one without a name), `"keep"` (default
   * with `prepare`, and of no effect without) leaves them to `prepare`. A list of names says that the file has no header row, and what its columns
   * are.
   */
  readonly headers?: CsvHeaders | undefined;
  /**
   * Names that the header of every file has: one that lacks any of them is refused with `DECODE_FAILED`, so that a
   * message in the file's place is never taken for an empty export. Name what identifies a record.
   */
  readonly requiredColumns?: readonly string[] | undefined;
  /**
   * Whether a header with no record below it is the export's own, and the export empty. Default: with `requiredColumns`
   * it is; without it one of two names or more, unless it reads as a message (`error,forbidden`) or as a row (a number
   * first, an address, a time). A line of one word proves nothing, and is refused.
   */
  readonly isHeader?: ((header: readonly string[]) => boolean) | undefined;
  /** Default `"text/csv"`. */
  readonly contentType?: string;
  /**
   * Whether the vendor ends every row with a line end, the last one too. Then a file of unknown length that ends without
   * one was cut off, which nothing else would tell if it was within the last cell: `DECODE_FAILED`. Default `false`.
   */
  readonly endsRows?: boolean;
  /**
   * Whether an empty first line is the header of a file with one column, whose name is empty. Default `false`: the header
   * is the first line that is not empty.
   */
  readonly blankHeader?: boolean;
}

const KINDS: OptionKinds<CsvOptions<unknown>> = {
  prepare: "function",
  csv: "object",
  delimiter: "string",
  headers: "any",
  requiredColumns: "object",
  isHeader: "function",
  contentType: "string",
  endsRows: "boolean",
  blankHeader: "boolean",
};

/**
 * A decoder for CSV as RFC 4180 describes it, in UTF-8 and with a header row; a row may also end in LF alone.
 * A file of no bytes has no records, unless `requiredColumns` or `isHeader` tell that there is a header. An empty line is a record where there is one column, and nothing where there are
 * more. A row with another number of cells than the header becomes an `InvalidRecord`.
 *
 * `decode` throws `DECODE_FAILED` for what is no CSV (JSON, HTML, lines that end in CR alone, a sentence), a header
 * without records that may be something else (see `requiredColumns`), a column name that comes twice, text after a closing quote, a quote that is never
 * closed and bytes that are not UTF-8, and `LIMIT_EXCEEDED` for a row larger than `maxBufferedBytes`, its line end
 * included.
 *
 * @example
 * ```ts
 * const rows = csv();
 * const users = csv({
 *   prepare: (header) => {
 *     const email = header.indexOf("email");
 *     if (email === -1) throw new Error("There is no column email.");
 *     return (cells) => ({ email: cells[email] });
 *   },
 * });
 * ```
 */
export function csv(options?: Omit<CsvOptions<CsvRecord>, "prepare">): RecordDecoder<CsvRecord>;
/** A decoder of CSV whose records are what `prepare` makes of their cells. */
export function csv<R>(options: CsvOptions<R> & { readonly prepare: CsvPrepare<R> }): RecordDecoder<R>;
export function csv<R>(given: CsvOptions<R> = {}): RecordDecoder<R> {
  const options = decoderOptions("csv", given, KINDS);
  const prepare = options.prepare ?? (prepareRecord as CsvPrepare<unknown> as CsvPrepare<R>);
  const { delimiter, headers: asked = "keep" } = options;
  // Nothing but a function that gets the cells can tell two of one name apart.
  const headers = asked === "keep" && !options.prepare ? "unique" : asked;
  if (delimiter !== undefined && !/^[^"\r\n]$/.test(delimiter)) {
    throw wrongOption("csv", "delimiter", "must be one character, and no quote or line end");
  }
  if (!isNames(headers) && !["unique", "rename", "keep"].includes(headers)) {
    throw wrongOption("csv", "headers", 'must be "unique", "rename", "keep" or a list of names');
  }
  const twice = typeof headers === "object" ? repeatedNames(headers) : [];
  if (typeof headers === "object" && !options.prepare && (twice.length > 0 || headers.length === 0)) {
    throw wrongOption("csv", "headers", "must name every column, and none of them twice");
  }
  if (options.requiredColumns && !isNames(options.requiredColumns)) {
    throw wrongOption("csv", "requiredColumns", "must be a list of names");
  }
  const layout = options.csv ?? (options.prepare ? undefined : { columns: [], complete: true });
  return {
    kind: "artifact",
    format: "csv",
    contentType: options.contentType ?? "text/csv",
    ...(layout && { csv: layout }),
    decode(artifact, decodeOptions) {
      const { onColumns, warn } = decodeOptions;
      const needsLineEnd = () => options.endsRows === true && artifact.size === undefined;
      return decodeText(
        artifact,
        decodeOptions,
        csvFormat(onColumns ? naming(prepare, onColumns) : prepare, decodeOptions.state, {
          delimiter,
          headers,
          needsLineEnd,
          blankHeader: options.blankHeader,
          requiredColumns: options.requiredColumns,
          isHeader: options.isHeader,
          warn,
        }),
      );
    },
  };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

/** Tells the header as the names of the records' columns; takes it back where the first record turns out to have others. */
function naming<R>(prepare: CsvPrepare<R>, onColumns: (names: readonly string[]) => void): CsvPrepare<R> {
  return (header, warn) => {
    const make = prepare(header, warn);
    onColumns(header);
    let isFirst = true;
    return (cells) => {
      const record = make(cells);
      if (isFirst && !(isObject(record) && header.every((name) => Object.hasOwn(record, name))))
        onColumns([]);
      isFirst = false;
      return record;
    };
  };
}
