import { withSignedZeros } from "../exact/convert-numbers.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { toHex } from "../model/hex.js";
import { isDate } from "../model/realm.js";
import { jsonOf } from "../records/encoder.js";
import type { Column } from "./columns.js";
import { isWellFormed } from "./identifier.js";

/** What to do with text that PostgreSQL cannot hold: a NUL, or a lone surrogate. */
export type Unstorable = "throw" | "replace";

/** A row as the text of its columns; `null` is NULL. */
export type Row = readonly (string | null)[];

const NUL_OR_LONE_SURROGATE = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
/** The same behind JSON's escapes; `\\u0000` is a backslash and no escape. */
const ESCAPED = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

/** Makes rows of records, one when it is asked for. `before` is how many records were delivered before them, for messages. */
export function* rowsOf(
  records: readonly unknown[],
  columns: readonly Column[],
  unstorable: Unstorable,
  before: number,
): Generator<Row> {
  const cells = columns.map((column) => cellReader(column, unstorable));
  let position = before;
  for (const record of records) {
    position += 1;
    const row: (string | null)[] = [];
    for (const cell of cells) row.push(cell(record, position));
    yield row;
  }
}

/** What of a record goes into a column, as text that PostgreSQL can hold. */
function cellReader(
  { name, type, read }: Column,
  unstorable: Unstorable,
): (record: unknown, position: number) => string | null {
  const isJson = type === "jsonb" || type === "json";
  const written = (value: unknown, position: number) => {
    try {
      if (!isJson) return textOf(value, type);
      // What becomes `jsonb` loses the sign anyway.
      return jsonOf(type === "json" ? withSignedZeros(value) : value);
    } catch (cause) {
      throw unwritable(name, position, cause);
    }
  };
  const broken = isJson ? ESCAPED : NUL_OR_LONE_SURROGATE;
  return (record, position) => {
    let value: unknown;
    try {
      value = read(record);
    } catch (cause) {
      throw unwritable(name, position, cause);
    }
    if (value === undefined || value === null) return null;
    const text = typeof value === "string" && !isJson ? value : written(value, position);
    // Looked for at once, for the patterns are slow.
    if (isJson ? !text.includes("\\u") : isWellFormed(text) && !text.includes("\0")) return text;
    broken.lastIndex = 0;
    if (!broken.test(text)) return text;
    if (unstorable === "replace") return text.replace(broken, isJson ? "$1\\ufffd" : "\ufffd");
    throw documentedError(
      "RECORD_INVALID",
      `record ${position} has a NUL or a lone surrogate for column ${name}, which PostgreSQL cannot hold. To store U+FFFD ` +
        'in its place, set unstorable: "replace"',
      { details: { record: position, column: name } },
    );
  };
}

/** It would fail the same way at every try. */
function unwritable(name: string, position: number, cause: unknown): ExportError {
  return documentedError(
    "RECORD_INVALID",
    `what the sink's columns make of record ${position} for column ${name} is an error, or cannot be written`,
    { cause, details: { record: position, column: name } },
  );
}

function textOf(value: unknown, type: string): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && type.endsWith("[]")) return arrayText(value);
  if (isDate(value)) return value.toISOString();
  if (ArrayBuffer.isView(value))
    return `\\x${toHex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  if (Object.is(value, -0)) return "-0";
  return typeof value === "object" ? jsonOf(value) : String(value);
}

/** A list as PostgreSQL writes arrays. */
function arrayText(items: readonly unknown[]): string {
  const members = items.map((item) => {
    if (item === undefined || item === null) return "NULL";
    if (Array.isArray(item)) return arrayText(item);
    return `"${textOf(item, "").replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${members.join(",")}}`;
}
