import { ExportError } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";
import type { CsvLayout } from "../spec/records.js";
import { dotBefore } from "./column-path.js";
import type { CsvColumn } from "./csv-dialect.js";

/** The columns of a file. */
export interface CsvColumns {
  /** Where each comes from: the name of a cell, or a path into the record. */
  readonly paths: readonly string[];
  /** What they are called in the file. */
  readonly headers: readonly string[];
  /** The name of the one for all cells that have none. */
  readonly extra: string | undefined;
  /** The paths. */
  readonly known: ReadonlySet<string>;
}

/**
 * The columns that a caller asks for.
 *
 * @throws `CONFIG_INVALID` where there are none, or two of one name
 */
export function askedColumns(columns: readonly (string | CsvColumn)[]): CsvColumns {
  const named = columns.map((column) =>
    typeof column === "string" ? { path: column, header: column } : ownProperties(column),
  );
  const paths = named.map(({ path }) => path);
  const headers = named.map(({ path, header }) => header ?? path);
  if (headers.length === 0 || new Set(headers).size < headers.length) {
    throw new ExportError(
      "CONFIG_INVALID",
      "columns must name at least one column, and none of them twice.",
      {
        details: { field: "columns" },
      },
    );
  }
  return { paths, headers, extra: undefined, known: new Set(paths) };
}

/**
 * Refuses a column that cannot be there.
 *
 * @param names - all the columns there are; a path into one of them may lead somewhere
 * @throws `REQUEST_INVALID`
 */
export function refuseUnknown<R>(
  { paths }: CsvColumns,
  names: readonly string[],
  layout: CsvLayout<R> | undefined,
): void {
  // What an adapter looks up by itself nobody else can know.
  if (!layout?.complete || layout.cell || names.length === 0) return;
  const known = new Set(names);
  const isKnown = (path: string) => {
    for (let end = path.length; end >= 0; end = dotBefore(path, end)) {
      if (known.has(path.slice(0, end))) return true;
    }
    return false;
  };
  const unknown = paths.filter((path) => !isKnown(path));
  if (unknown.length === 0) return;
  const list = names.slice(0, 50).join(", ") + (names.length > 50 ? ", …" : "");
  throw new ExportError(
    "REQUEST_INVALID",
    `columns: this export has no ${unknown.map((path) => JSON.stringify(path)).join(", ")}; it has ${list}`,
    { details: { field: "columns", columns: unknown } },
  );
}
