import { ExportError } from "../model/errors.js";
import { isObject, type JsonObject } from "../model/json.js";
import { shown } from "../model/printable.js";
import type { CsvLayout } from "../spec/records.js";
import { pathReader } from "./column-path.js";
import { askedColumns, type CsvColumns, refuseUnknown } from "./csv-columns.js";
import { type CsvColumn, type CsvDialect, type CsvDialectOptions, dialectOf } from "./csv-dialect.js";

/** What a CSV encoder can be told. */
export interface CsvEncoderOptions<R> extends CsvDialectOptions {
  /** The columns, in order; what is in none of them is left out. Default: those of `layout`, else those of the source. */
  readonly columns?: readonly (string | CsvColumn)[] | undefined;
  /** How this kind of record is laid out. An empty `columns` in it stands for the columns of the source. */
  readonly layout?: CsvLayout<R> | undefined;
  /** Whether the names of the columns are the first row. Default `true`. */
  readonly header?: boolean | undefined;
}

/** A record as a row: its cells by name. */
export type Cells = { readonly [name: string]: unknown };

/** How a file was started, and what of it is there. */
interface CsvState {
  readonly columns: CsvColumns;
  readonly dialect: JsonObject;
  /** Whether the header is written. */
  readonly begun: boolean;
  /** The indexes of the columns that no record filled; `undefined` before the first record. */
  readonly empty: readonly number[] | undefined;
}

/** What a CSV file is to be: everything about it that can be refused before the encoder is loaded. */
export interface CsvPlan<R> {
  readonly layout: CsvLayout<R> | undefined;
  readonly header: boolean;
  readonly dialect: CsvDialect;
  /** The columns of the caller. */
  readonly asked: CsvColumns | undefined;
  /** The file that is continued. */
  readonly former: CsvState | undefined;
  /** What a column holds that is not a cell of the row itself. */
  lookUp(record: R, cells: Cells, path: string): unknown;
  /** Refuses a column of the caller's that is none of these, where they are known to be all. */
  refuseUnknown(names: readonly string[]): void;
}

/**
 * @param state - what the encoder's `state()` gave, to continue a file; give the same options as at its beginning
 * @throws `CONFIG_INVALID` for `columns` that are empty or name one twice, `REQUEST_INVALID` for one that a complete
 * layout does not have, `JOB_INVALID` for a state that is none, or of a file with other columns or another dialect
 */
export function csvPlan<R>(options: CsvEncoderOptions<R>, state: JsonObject): CsvPlan<R> {
  const { layout, header = true } = options;
  const dialect = dialectOf(options);
  const asked = options.columns && askedColumns(options.columns);
  const former = csvStateOf(state);
  if (former) refuseOtherFile(former, asked, dialect);
  const refuse = (names: readonly string[]) => asked && refuseUnknown(asked, names, layout);
  if (layout) refuse(layout.columns);
  const readers = new Map<string, (value: unknown) => unknown>();
  const valueAt = (value: unknown, path: string): unknown => {
    const read = readers.get(path) ?? pathReader(path);
    readers.set(path, read);
    return read(value);
  };
  const lookUp = (record: R, cells: Cells, path: string): unknown => {
    // Most of what is not there has a plain name, and nowhere else to be.
    if (cells === record && !layout?.cell && !path.includes(".")) return undefined;
    const found = layout?.cell?.(record, path) ?? valueAt(cells, path);
    return found ?? (cells === record ? undefined : valueAt(record, path));
  };
  return { layout, header, dialect, asked, former, lookUp, refuseUnknown: refuse };
}

/** @throws `JOB_INVALID` where it is none; `undefined` stands for a file that was not started */
function csvStateOf(state: JsonObject): CsvState | undefined {
  const { columns, headers, dialect, begun } = state;
  // Some stores keep no `null`.
  const { extra = null, empty = null } = state;
  if (columns === undefined && begun === undefined) return undefined;
  if (
    !isListOf("string", columns) ||
    !isListOf("string", headers) ||
    columns.length !== headers.length ||
    (extra !== null && typeof extra !== "string") ||
    !isObject(dialect) ||
    typeof begun !== "boolean" ||
    (empty !== null && !isListOf("number", empty))
  ) {
    throw new ExportError(
      "JOB_INVALID",
      "The checkpoint does not say how the CSV file was started. Restart it without the checkpoint.",
      { details: { field: "encoder" } },
    );
  }
  const paths = columns as readonly string[];
  return {
    columns: {
      paths,
      headers: headers as readonly string[],
      extra: extra ?? undefined,
      known: new Set(paths),
    },
    dialect: dialect as JsonObject,
    begun,
    empty: (empty ?? undefined) as CsvState["empty"],
  };
}

/** @throws `JOB_INVALID` where a file was started in another way than it is to be continued */
function refuseOtherFile(former: CsvState, asked: CsvColumns | undefined, dialect: CsvDialect): void {
  const { paths, headers, extra } = former.columns;
  if (
    asked &&
    JSON.stringify([paths, headers, extra]) !== JSON.stringify([asked.paths, asked.headers, asked.extra])
  ) {
    throw otherFile("columns", `columns (${headers.join(", ")})`);
  }
  for (const [option, value] of Object.entries(dialect)) {
    if (former.dialect[option] === value) continue;
    throw otherFile(option, `${option} (${shown(former.dialect[option])})`);
  }
}

function otherFile(field: string, shown: string): ExportError {
  return new ExportError(
    "JOB_INVALID",
    `${field}: the file was started with other ${shown}. Name the same to resume it, or start without the checkpoint`,
    { details: { field } },
  );
}

function isListOf(type: "string" | "number", value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
