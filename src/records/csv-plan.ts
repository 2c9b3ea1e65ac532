import type { JsonObject } from "../model/json.js";
import type { CsvLayout } from "../spec/records.js";
import { pathReader } from "./column-path.js";
import { askedColumns, type CsvColumns, refuseUnknown } from "./csv-columns.js";
import { type CsvColumn, type CsvDialect, type CsvDialectOptions, dialectOf } from "./csv-dialect.js";
import { type CsvState, csvStateOf, refuseOtherFile } from "./csv-state.js";

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
