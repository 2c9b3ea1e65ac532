import { isObject } from "../model/json.js";
import { pathReader } from "../records/column-path.js";
import { invalid, quoted } from "./identifier.js";
import type { PostgresClient } from "./pool.js";

/** A column that is written, and what of a record goes into it. */
export interface Column {
  /** Quoted. */
  readonly name: string;
  /** As PostgreSQL writes it: `text`, `bigint`, `jsonb`, `text[]`, … */
  readonly type: string;
  readonly read: (record: unknown) => unknown;
}

/** What of a record goes into a column: a path such as `"address.country"`, or a function. */
export type ColumnSource<R> = string | ((record: R) => unknown);

/** What a column takes, before its type is known. */
export interface PlannedColumn {
  readonly plain: string;
  readonly read: (record: unknown) => unknown;
  /** The type it is created with. */
  readonly createdAs: string;
}

export interface ColumnOptions<R> {
  readonly key: readonly string[];
  readonly schema: unknown;
  readonly columns: { readonly [column: string]: ColumnSource<R> } | undefined;
  readonly recordColumn: string;
}

/**
 * The columns to write: those that were named, those of the record's JSON Schema, or else the key's and one with the whole
 * record.
 */
export function planColumns<R>(options: ColumnOptions<R>): readonly PlannedColumn[] {
  const { key, schema, columns, recordColumn } = options;
  const properties = propertiesOf(schema);
  const typeFor = (member: string) => typeOf(properties?.[member], key.includes(member));
  const planned: PlannedColumn[] = [];
  const add = (plain: string, source: ColumnSource<R>, createdAs: string) => {
    quoted("columns", plain);
    const read = typeof source === "function" ? (source as (record: unknown) => unknown) : pathReader(source);
    planned.push({ plain, createdAs, read });
  };
  if (columns) {
    for (const [plain, source] of Object.entries(columns)) {
      const member = typeof source === "string" ? source : plain;
      add(plain, source, typeFor(member));
    }
  } else if (properties) {
    for (const member of Object.keys(properties)) add(member, memberReader(member) as never, typeFor(member));
    // What identifies a record may lie deeper: `user.user_id`.
    for (const path of key) if (!Object.hasOwn(properties, path)) add(path, path, typeFor(path));
  } else {
    for (const path of key) add(path, path, "text");
    if (!key.includes(recordColumn)) add(recordColumn, (record: unknown) => record, "jsonb");
  }
  if (planned.length === 0) throw invalid("columns", "there are none");
  for (const member of key) {
    if (!planned.some(({ plain }) => plain === member))
      throw invalid("key", `"${member}" is not a column that is written`);
  }
  return planned;
}

/** The statement that makes the table. */
export function createStatement(
  table: string,
  planned: readonly PlannedColumn[],
  key: readonly string[],
): string {
  const columns = planned.map(({ plain, createdAs }) => `${quoted("columns", plain)} ${createdAs}`);
  const primary =
    key.length > 0 ? [`PRIMARY KEY (${key.map((name) => quoted("key", name)).join(", ")})`] : [];
  return `CREATE TABLE ${table} (${[...columns, ...primary].join(", ")})`;
}

/** The columns with the types that the table has. Throws `CONFIG_INVALID` where it has no such column. */
export async function readColumns(
  client: PostgresClient,
  table: string,
  planned: readonly PlannedColumn[],
): Promise<readonly Column[]> {
  const { rows } = await client.query(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  const types = new Map(rows.map(({ name, type }) => [String(name), withoutLength(String(type))]));
  return planned.map(({ plain, read }) => {
    const type = types.get(plain);
    if (type === undefined)
      throw invalid(
        "columns",
        `table ${table} has no column "${plain}"; it has: ${[...types.keys()].join(", ")}`,
      );
    return { name: quoted("columns", plain), type, read };
  });
}

/**
 * A type to cast to. These two, named without a length, are of length 1, and a cast cuts without a word; of any length, it is
 * the column that judges.
 */
function withoutLength(type: string): string {
  return type.replace(/^character(?=$|\[)/, "bpchar").replace(/^bit(?=$|\[)/, "bit varying");
}

function propertiesOf(schema: unknown): { readonly [member: string]: unknown } | undefined {
  if (schema === undefined) return undefined;
  if (!isObject(schema) || !isObject(schema.properties))
    throw invalid("schema", "must be the JSON Schema of an object, with properties");
  return schema.properties;
}

/** The type of a column for what a JSON Schema says of a member. Where it says more than one thing, the value is JSON. */
function typeOf(schema: unknown, isKey: boolean): string {
  if (!isObject(schema)) return isKey ? "text" : "jsonb";
  const given = Array.isArray(schema.type) ? schema.type : [schema.type];
  const types = given.filter((type) => type !== "null");
  if (types.length !== 1) return isKey ? "text" : "jsonb";
  switch (types[0]) {
    case "string":
      return schema.format === "date-time" ? "timestamptz" : "text";
    case "integer":
      return "bigint";
    case "number":
      return "numeric";
    case "boolean":
      return "boolean";
    default:
      return isKey ? "text" : "jsonb";
  }
}

function memberReader(member: string): (record: unknown) => unknown {
  return (record) => (isObject(record) && Object.hasOwn(record, member) ? record[member] : undefined);
}
