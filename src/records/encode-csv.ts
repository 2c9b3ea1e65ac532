import type { CsvLayout } from "../contract/records.js";
import { ExportError } from "../errors.js";
import { isObject, type JsonObject } from "../json.js";
import { cellText, csvRow, type FormulaTreatment } from "./csv-cell.js";
import { jsonOf, type RecordEncoder } from "./encoder.js";

/** What {@link csvEncoder} can be told. */
export interface CsvEncoderOptions<R> {
  /** The columns, in order; a key in none of them is left out. Default: those of `layout`, else the first record's keys. */
  readonly columns?: readonly string[] | undefined;
  /** How this kind of record is laid out. An empty `columns` in it stands for the first record's keys. */
  readonly layout?: CsvLayout<R> | undefined;
  /**
   * What to do with strings that a spreadsheet takes for a formula. Default `"keep"`: the file says what the provider
   * said, and `+49 30 123456` stays the telephone number it is. Choose `"escape"` for a file that people open in a
   * spreadsheet: strings beginning with `=`, `+`, `-`, `@`, a tab or a line break get a single quote before them.
   */
  readonly formulas?: FormulaTreatment | undefined;
  /** Whether the names of the columns are the first row. Default `true`. */
  readonly header?: boolean | undefined;
}

/** The columns of a file; `extra` is the name of the one for all keys that have none. */
interface Columns {
  readonly names: readonly string[];
  readonly known: ReadonlySet<string>;
  readonly extra: string | undefined;
}

/**
 * An encoder for CSV as RFC 4180 describes it. Rows end in LF and not in CRLF: the vendors' own files do, every reader
 * takes it, and text tools see no stray CR. Cells are quoted only where they must be. `null`, `undefined` and the empty
 * string are all written as an empty cell.
 *
 * Keys that are in no column are kept as a JSON object in a last column `_extra` (with another underscore before it
 * where a column has that name), unless `columns` is given or `layout.complete` says that there are none.
 *
 * @param state - what `state()` gave, to continue a file; give the same options as at its beginning
 * @throws `CONFIG_INVALID` for `columns` that are empty or name one twice, `JOB_INVALID` for a state that is none, or of
 * a file with other columns
 *
 * @example
 * ```ts
 * const encoder = csvEncoder({ columns: ["id", "tags"] });
 * encoder.write({ id: 1, tags: ["a"] }); // 'id,tags\n1,"[""a""]"\n'
 * ```
 */
export function csvEncoder<R>(options: CsvEncoderOptions<R> = {}, state: JsonObject = {}): RecordEncoder<R> {
  const { layout, formulas = "keep", header = true } = options;
  const asked = columnsOfOptions(options);
  const former = columnsOfState(state);
  if (former && options.columns && !isSame(former, asked)) throw otherColumns(former);
  let columns = former ?? asked;
  let begun = state.begun === true;

  function begin(): string {
    if (begun || columns === undefined) return "";
    begun = true;
    const names = columns.extra === undefined ? columns.names : [...columns.names, columns.extra];
    return header ? csvRow(names.map((name) => cellText(name, formulas))) : "";
  }

  function rowOf(record: R): string {
    const cells: unknown = layout?.flatten ? layout.flatten(record) : record;
    if (!isObject(cells)) throw new Error("CSV needs an object, or a layout whose flatten makes one");
    const found = columns ?? columnsOf(Object.keys(cells), layout?.complete === true);
    const { names, known, extra } = found;
    const texts = names.map((name) =>
      cellText(Object.hasOwn(cells, name) ? cells[name] : layout?.cell?.(record, name), formulas),
    );
    if (extra !== undefined) texts.push(extraText(cells, known));
    const row = csvRow(texts);
    columns = found;
    return begin() + row;
  }

  return {
    contentType: "text/csv; charset=utf-8",
    extension: "csv",
    write: rowOf,
    end: begin,
    state: () => (columns ? { columns: columns.names, extra: columns.extra ?? null, begun } : {}),
  };
}

function isSame(former: Columns, asked: Columns | undefined): boolean {
  return JSON.stringify([former.names, former.extra]) === JSON.stringify([asked?.names, asked?.extra]);
}

function otherColumns({ names }: Columns): ExportError {
  return new ExportError(
    "JOB_INVALID",
    `columns: the file was begun with other columns (${names.join(", ")}). Name the same ones to go on with it, or ` +
      "begin without the checkpoint",
    { details: { field: "columns" } },
  );
}

/** The keys without a column as a JSON object; nothing if there are none. */
function extraText(cells: { readonly [key: string]: unknown }, known: ReadonlySet<string>): string {
  const rest = Object.keys(cells).filter((key) => !known.has(key) && cells[key] !== undefined);
  return rest.length === 0 ? "" : jsonOf(Object.fromEntries(rest.map((key) => [key, cells[key]])));
}

function columnsOfOptions<R>({ columns, layout }: CsvEncoderOptions<R>): Columns | undefined {
  if (columns !== undefined) {
    const known = new Set(columns);
    if (columns.length === 0 || known.size < columns.length) {
      throw new ExportError(
        "CONFIG_INVALID",
        "columns must name at least one column, and none of them twice.",
      );
    }
    return { names: [...known], known, extra: undefined };
  }
  return layout && layout.columns.length > 0
    ? columnsOf(layout.columns, layout.complete === true)
    : undefined;
}

function columnsOf(names: readonly string[], complete: boolean): Columns {
  const known = new Set(names);
  // Without any column there would be no row either.
  if (complete && names.length > 0) return { names, known, extra: undefined };
  let extra = "_extra";
  while (known.has(extra)) extra = `_${extra}`;
  return { names, known, extra };
}

function columnsOfState({ columns, extra, begun }: JsonObject): Columns | undefined {
  if (columns === undefined && begun === undefined) return undefined;
  if (
    !Array.isArray(columns) ||
    !columns.every((name) => typeof name === "string") ||
    (extra !== null && typeof extra !== "string") ||
    typeof begun !== "boolean"
  ) {
    throw new ExportError(
      "JOB_INVALID",
      "The checkpoint does not say how the CSV file was begun. Begin it anew.",
      { details: { field: "encoder" } },
    );
  }
  return { names: columns, known: new Set(columns), extra: extra ?? undefined };
}
