import { withSignedZeros } from "../exact/convert-numbers.js";
import { isObject } from "../model/json.js";
import { cellWriter } from "./csv-cell.js";
import type { CsvColumns } from "./csv-columns.js";
import type { Cells, CsvPlan } from "./csv-plan.js";
import { jsonOf, type RecordEncoder } from "./encoder.js";
import { namesInOrder } from "./names-in-order.js";

/**
 * An encoder for CSV as RFC 4180 describes it, in any of the dialects of {@link CsvDialectOptions}.
 *
 * A column is the cell of its name; else what `layout.cell` says; else where its name leads as a path. Without columns of
 * the caller's or the layout's they are those that the source names (see `sourceColumns`), then what else the first
 * record has. Cells that are in no column are kept as a JSON object in a last column `_extra` (with another underscore
 * before it where a column has that name), unless `columns` is given or `layout.complete` says that there are none, and
 * the first record does not say otherwise.
 *
 * @example
 * ```ts
 * const encoder = plannedCsvEncoder(csvPlan({ columns: ["id", "tags"] }, {}));
 * encoder.write({ id: 1, tags: ["a"] }); // 'id,tags\n1,"[""a""]"\n'
 * ```
 */
export function plannedCsvEncoder<R>({
  layout,
  header,
  dialect,
  asked,
  former,
  lookUp,
  refuseUnknown,
}: CsvPlan<R>): Required<RecordEncoder<R>> {
  const { delimiter, newline } = dialect;
  const { textOf, escaped, quoted, nothing } = cellWriter(dialect);
  // A line with nothing on it is a record to some readers and none to others. Only where that is how null is written, it stays.
  const blank = dialect.nullText === "" ? "" : '""';

  let columns = former?.columns ?? asked;
  let begun = former?.begun ?? false;
  let hasRows = former?.empty !== undefined;
  /** By column, whether a record has filled it. */
  const filled = columns?.paths.map((_, index) => former?.empty?.includes(index) === false) ?? [];
  /** The names of the source's columns: where the next records come from, and everywhere so far. */
  let named: readonly string[] = [];
  const everNamed = new Set<string>();
  /** Those of them that have no place in this file, whose columns are those of another source. */
  let unplaced: readonly string[] = [];

  function columnsFor(cells: Cells | undefined): CsvColumns {
    const { columns: names = [], complete = false } = layout ?? {};
    const keys = cells ? namesInOrder(cells) : [];
    if (names.length === 0) {
      const found = [...new Set(cells ? [...named, ...keys] : everNamed)];
      // Without any column there would be no row either.
      return namedColumns(found, !complete || found.length === 0);
    }
    const isMore = keys.some((key) => cells?.[key] !== undefined && !names.includes(key));
    return namedColumns(names, !complete || isMore);
  }

  function begin(found: CsvColumns): string {
    columns = found;
    if (begun) return "";
    begun = true;
    const mark = dialect.bom ? "\uFEFF" : "";
    if (!header) return mark;
    const names = found.extra === undefined ? found.headers : [...found.headers, found.extra];
    return mark + (names.map((name) => quoted(escaped(name))).join(delimiter) || '""') + newline;
  }

  function emptyIndexes(): readonly number[] {
    return [...(columns?.paths.keys() ?? [])].filter((index) => !filled[index]);
  }

  return {
    contentType: "text/csv; charset=utf-8",
    extension: "csv",
    isWellFormed: false,
    write(record, signed) {
      if (unplaced.length > 0) {
        const names = unplaced.slice(0, 10).map((name) => JSON.stringify(name));
        throw new Error(
          `it has columns that the first file or page does not have (${names.join(", ")}): name all of them in the option columns`,
        );
      }
      const flat: unknown = layout?.flatten ? layout.flatten(record) : record;
      // The cells of a list go by their places, and its length is none.
      const cells: unknown = Array.isArray(flat) ? { ...flat } : flat;
      if (!isObject(cells))
        throw new Error("CSV needs an object or a list, or a layout whose flatten makes one");
      const found = columns ?? columnsFor(cells);
      const { paths, known, extra } = found;
      const fresh: number[] = [];
      // A string that grows is faster here than cells that are joined.
      let row = "";
      for (let index = 0; index < paths.length; index++) {
        const path = paths[index] as string;
        const cell = Object.hasOwn(cells, path) ? cells[path] : lookUp(record, cells, path);
        // Not before: a layout is to get the number that a record holds.
        const text = textOf(signed ? withSignedZeros(cell) : cell);
        if (text && !filled[index]) fresh.push(index);
        if (index > 0) row += delimiter;
        row += text === undefined ? nothing : quoted(text);
      }
      if (extra !== undefined) {
        const rest = extraText(signed ? withSignedZeros(cells) : cells, known);
        if (paths.length > 0) row += delimiter;
        row += rest === undefined ? nothing : quoted(rest);
      }
      for (const index of fresh) filled[index] = true;
      hasRows = true;
      return `${begin(found)}${row || blank}${newline}`;
    },
    end() {
      const found = columns ?? columnsFor(undefined);
      return found.paths.length === 0 ? "" : begin(found);
    },
    state() {
      if (!columns) return {};
      const { paths, headers, extra = null } = columns;
      const empty = hasRows ? emptyIndexes() : null;
      return { columns: paths, headers, extra, dialect: { ...dialect }, begun, empty };
    },
    sourceColumns(names, more = false) {
      const isFirst = everNamed.size === 0 && !begun;
      // What the first of several has not, another one may have.
      if (isFirst && !more && layout?.columns.length === 0) refuseUnknown(names);
      const known = asked || columns?.extra !== undefined ? undefined : columns?.known;
      unplaced = known ? names.filter((name) => !known.has(name)) : [];
      named = names;
      for (const name of names) everNamed.add(name);
    },
    emptyColumns: () => (hasRows ? emptyIndexes().map((index) => columns?.paths[index] as string) : []),
  };
}

/** The cells without a column as a JSON object; `undefined` if there are none. */
function extraText(cells: Cells, known: ReadonlySet<string>): string | undefined {
  const rest = Object.keys(cells).filter((key) => !known.has(key) && cells[key] !== undefined);
  return rest.length === 0 ? undefined : jsonOf(Object.fromEntries(rest.map((key) => [key, cells[key]])));
}

/** Columns called what their cells are called. */
function namedColumns(names: readonly string[], hasExtra: boolean): CsvColumns {
  const extra = hasExtra ? extraName(names) : undefined;
  return { paths: names, headers: names, extra, known: new Set(names) };
}

function extraName(names: readonly string[]): string {
  let extra = "_extra";
  while (names.includes(extra)) extra = `_${extra}`;
  return extra;
}
