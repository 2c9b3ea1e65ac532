import type { ExportError } from "../model/errors.js";
import { wrongOption } from "../model/wrong-option.js";

/** A table's name: `"users"`, `"audit.users"`, or the parts by themselves where a name has a dot in it. */
export type TableName = string | { readonly schema?: string | undefined; readonly name: string };

/** A name as SQL has it, whatever is in it. Throws `CONFIG_INVALID` for what PostgreSQL cannot have as one. */
export function quoted(field: string, name: unknown): string {
  if (typeof name !== "string" || name === "" || name.includes("\0") || !isWellFormed(name))
    throw invalid(field, "must be a name");
  // PostgreSQL cuts longer ones, so that two of them would be one.
  if (new TextEncoder().encode(name).byteLength > 63) throw invalid(field, "must have 63 bytes or fewer");
  return `"${name.replaceAll('"', '""')}"`;
}

/** The same for a table, with its schema where one is named. */
export function quotedTable(field: string, table: TableName): string {
  if (typeof table === "string") {
    const parts = table.split(".");
    if (parts.length > 2)
      throw invalid(field, 'must be "table" or "schema.table"; for names with dots give { schema, name }');
    return parts.map((part) => quoted(field, part)).join(".");
  }
  if (typeof table !== "object" || table === null) throw invalid(field, "must be the name of a table");
  const name = quoted(`${field}.name`, table.name);
  return table.schema === undefined ? name : `${quoted(`${field}.schema`, table.schema)}.${name}`;
}

/** An error about an option of `postgresSink`. */
export function invalid(field: string, problem: string): ExportError {
  return wrongOption("postgresSink", field, problem);
}

/** Whether a text has no lone surrogate. The method is in no `lib` that is used here. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
