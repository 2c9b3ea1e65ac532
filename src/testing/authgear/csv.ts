import { type AuthgearCsvField, pointerTokens } from "./columns.js";
import { goJsonOfMaps } from "./go-json.js";

/** One line of a CSV as Go's `encoding/csv` writes it, with its line feed. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(quoted).join(",")}\n`;
}

/** Quotes only where Go does: a comma, a quote, a line end, a space of any kind at the beginning, and `\.`. */
function quoted(cell: string): string {
  // White_Space of Unicode without U+FEFF, which JavaScript's \s would add, and with U+0085, which it lacks.
  const needed = cell === "\\." || /[",\r\n]/.test(cell) || /^(?!\ufeff)[\s\u0085]/.test(cell);
  return needed ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The cells of a record: what each pointer finds, as text. */
export function csvCells(record: unknown, fields: readonly AuthgearCsvField[]): string[] {
  return fields.map((field) => cellText(resolve(record, pointerTokens(field.pointer) ?? [])));
}

function resolve(record: unknown, tokens: readonly string[]): unknown {
  let value = record;
  for (const token of tokens) {
    if (Array.isArray(value)) value = /^[+-]?\d+$/.test(token) ? value[Number(token)] : undefined;
    else if (typeof value === "object" && value !== null && Object.hasOwn(value, token))
      value = (value as { readonly [key: string]: unknown })[token];
    else return undefined;
  }
  return value;
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return plainNumber(value);
  return typeof value === "object" ? goJsonOfMaps(value) : String(value);
}

/** The shortest digits of a number, written without an exponent. */
function plainNumber(value: number): string {
  const [, sign = "", whole = "", fraction = "", exponent] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}
