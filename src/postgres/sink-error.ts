import { documentedError } from "../model/documented-error.js";
import { ExportError, type ExportErrorCode } from "../model/errors.js";
import { sqlStateOf } from "./pool.js";

/**
 * What the server refused, as an error that says whether another try is of use. Everything else (a connection that broke, a
 * deadlock, a full disk) stays what it is: the same step may succeed later.
 *
 * @param before - how many records were delivered before those of the batch
 */
export function sinkError(error: unknown, table: string, before: number): unknown {
  const sqlState = sqlStateOf(error);
  const code = sqlState === undefined ? undefined : codeFor(sqlState);
  if (sqlState === undefined || code === undefined || ExportError.isInstance(error)) return error;
  const { where, column, constraint } = error as {
    readonly where?: unknown;
    readonly column?: unknown;
    readonly constraint?: unknown;
  };
  const place = /COPY .*, line (\d+)(?:, column ([^:]+))?/.exec(typeof where === "string" ? where : "");
  const named = typeof column === "string" ? column : place?.[2];
  const record = place ? before + Number(place[1]) : undefined;
  const what = [
    record !== undefined && ` at record ${record}`,
    named && `, column ${named}`,
    typeof constraint === "string" && `, constraint ${constraint}`,
  ];
  // The server's own words may hold the value, which belongs into no log.
  return documentedError(
    code,
    `PostgreSQL refused the write to ${table}${what.filter(Boolean).join("")} (${sqlState}). ${ADVICE[code]}`,
    {
      cause: error,
      details: {
        table,
        sqlState,
        ...(named && { column: named }),
        ...(typeof constraint === "string" && { constraint }),
        ...(record !== undefined && { record }),
      },
    },
  );
}

const ADVICE: { readonly [code: string]: string } = {
  RECORD_INVALID:
    "The table's types or constraints do not fit the records: change the table, or the sink's columns",
  CONFIG_INVALID:
    "Check the table, its columns and the role's rights; a key needs a unique index on its columns",
};

function codeFor(sqlState: string): ExportErrorCode | undefined {
  // Two that are one to the key's type (21), data that do not fit (22), constraints (23), what is too long for an index (54).
  if (/^(?:2[123]|54)/.test(sqlState)) return "RECORD_INVALID";
  // Syntax, names and rights (42), no such schema (3F), and what this kind of table cannot do (0A).
  return /^(?:42|3F|0A)/.test(sqlState) ? "CONFIG_INVALID" : undefined;
}
