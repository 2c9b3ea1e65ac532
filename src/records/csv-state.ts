import { ExportError } from "../model/errors.js";
import { isObject, type JsonObject } from "../model/json.js";
import { shown } from "../model/printable.js";
import type { CsvColumns } from "./csv-columns.js";
import type { CsvDialect } from "./csv-dialect.js";

/** How a file was started, and what of it is there. */
export interface CsvState {
  readonly columns: CsvColumns;
  readonly dialect: JsonObject;
  /** Whether the header is written. */
  readonly begun: boolean;
  /** The indexes of the columns that no record filled; `undefined` before the first record. */
  readonly empty: readonly number[] | undefined;
}

/** @throws `JOB_INVALID` where it is none; `undefined` stands for a file that was not started */
export function csvStateOf(state: JsonObject): CsvState | undefined {
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
export function refuseOtherFile(former: CsvState, asked: CsvColumns | undefined, dialect: CsvDialect): void {
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
