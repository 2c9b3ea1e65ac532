import { jsonOf } from "./encoder.js";

/**
 * What a cell may hold that a spreadsheet takes for a formula: `"keep"` writes the text as it is, `"escape"` puts a
 * single quote before it.
 */
export type FormulaTreatment = "keep" | "escape";

/** Whether RFC 4180 asks for quotes, or a reader would strip the space or the byte order mark at the edge. */
const NEEDS_QUOTES = /[",\r\n]|^[ \t\uFEFF]|[ \t]$/;

/**
 * The beginnings that OWASP's testing guide lists for CSV injection; some spreadsheets normalise the full-width forms.
 * NUL is added by OWASP's verification standard (1.2.10).
 */
const LIKE_FORMULA = /^[=+\-@\t\r\n\0\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * The text of a cell, not yet quoted: nothing for `null` and `undefined`, ISO 8601 for a `Date`, compact JSON for other
 * objects. Only strings can be formulas: a number that begins with a minus is a number.
 */
export function cellText(value: unknown, formulas: FormulaTreatment): string {
  switch (typeof value) {
    case "string":
      return formulas === "escape" && LIKE_FORMULA.test(value) ? `'${value}` : value;
    case "number":
      return Number.isFinite(value) ? String(value) : "";
    case "boolean":
    case "bigint":
      return String(value);
    case "object": {
      const json = jsonOf(value);
      if (json === "null") return "";
      // A Date, and whatever else writes itself as a string.
      return json.startsWith('"') ? cellText(JSON.parse(json), formulas) : json;
    }
    default:
      return "";
  }
}

/** One row with its line end. */
export function csvRow(cells: readonly string[]): string {
  // A line with nothing on it is a record to some readers and none to others.
  if (cells.length === 1 && cells[0] === "") return '""\n';
  let row = "";
  for (let index = 0; index < cells.length; index++) {
    const text = quoted(cells[index] ?? "");
    // Strings that grow are faster here than arrays that are joined.
    row += index === 0 ? text : `,${text}`;
  }
  return `${row}\n`;
}

function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
