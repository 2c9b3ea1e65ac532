import type { CsvDialect } from "./csv-dialect.js";
import { jsonOf } from "./encoder.js";

/**
 * The beginnings that OWASP's testing guide lists for CSV injection; some spreadsheets normalise the full-width forms.
 * NUL is added by OWASP's verification standard (1.2.10).
 */
const LIKE_FORMULA = /^[=+\-@\t\r\n\0\uFF1D\uFF0B\uFF0D\uFF20]/;

/** Numbers as text run nothing. But a plus before seven digits or more is a telephone number's, which would lose it. */
const NUMBER = /^(?!\+\d{7,}$)[+-](?:\d[\d.,]*|[.,]\d[\d.,]*)(?:e[+-]?\d+)?%?$/i;

/** An expression, for `replaceAll` builds the text piece by piece. */
const QUOTES = /"/g;

/** Turns values into the text of cells. */
export interface CellWriter {
  /**
   * The text of a cell, not yet quoted; `undefined` for nothing: `null`, `undefined`, and what has no text. ISO 8601 for a
   * `Date`, compact JSON for other objects.
   */
  textOf(value: unknown): string | undefined;
  /** A text, safe from being run: only strings can be formulas, a number that begins with a minus is a number. */
  escaped(text: string): string;
  /** With the quotes it needs. */
  quoted(text: string): string;
  /** The cell where there is nothing. */
  readonly nothing: string;
}

export function cellWriter(dialect: CsvDialect): CellWriter {
  const { delimiter, nullText } = dialect;
  const escapes = dialect.formulas === "escape";
  const datesForSheets = dialect.dates === "spreadsheet";
  const [yes, no] = dialect.booleans === "upper" ? ["TRUE", "FALSE"] : ["true", "false"];
  const quotesAll = dialect.quote === "all";
  // What RFC 4180 asks for, and the edges at which a reader would strip a space or a byte order mark.
  const unit = delimiter.charCodeAt(0).toString(16).padStart(4, "0");
  // The escape of a lone surrogate may hold the delimiter.
  const halves = /[\\u\da-f]/.test(delimiter) ? "\\uD800-\\uDFFF" : "";
  const needsQuotes = new RegExp(`["\\r\\n\\u${unit}${halves}]|^[ \\t\\uFEFF]|[ \\t]$`);

  const escaped = (text: string): string =>
    escapes && LIKE_FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;

  function textOf(value: unknown): string | undefined {
    switch (typeof value) {
      case "string":
        return escaped(datesForSheets ? spreadsheetDate(value) : value);
      case "number":
        return Number.isFinite(value) ? String(value) : undefined;
      case "boolean":
        return value ? yes : no;
      case "bigint":
        return String(value);
      case "object": {
        if (value === null) return undefined;
        const json = jsonOf(value);
        if (json === "null") return undefined;
        // A Date, and whatever else writes itself as a string.
        return json.startsWith('"') ? textOf(JSON.parse(json)) : json;
      }
      default:
        return undefined;
    }
  }

  return {
    textOf,
    escaped,
    quoted: (text) =>
      quotesAll || needsQuotes.test(text) || text === nullText ? `"${text.replace(QUOTES, '""')}"` : text,
    nothing: nullText ?? (quotesAll ? '""' : ""),
  };
}

const DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * A date with a time of day (ISO 8601, RFC 3339) as spreadsheets take it: `2026-01-31 10:00:00`, in UTC where it has a
 * zone. They know no zones, and show fractions of a second in place of the date. Any other text stays as it is.
 */
function spreadsheetDate(text: string): string {
  const zone = text.length >= 19 && text[10]?.toUpperCase() === "T" ? DATE_TIME.exec(text) : null;
  // Some runtimes take 30 February for 2 March.
  if (!zone || new Date(text.slice(0, 10)).getUTCDate() !== Number(text.slice(8, 10))) return text;
  const offset = zone[1] ?? "Z";
  if (offset.toUpperCase() === "Z") return `${text.slice(0, 10)} ${text.slice(11, 19)}`;
  const time = Date.parse(`${text.slice(0, 19)}${offset}`);
  if (Number.isNaN(time)) return text;
  const utc = new Date(time).toISOString();
  return utc.length === 24 ? `${utc.slice(0, 10)} ${utc.slice(11, 19)}` : text;
}
