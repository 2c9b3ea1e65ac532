import type { CsvColumn, CsvOptions } from "exportkit";
import { UsageError } from "./usage-error.js";

/** The options of the command line for CSV, in the order of `--help`. */
export const csvFlags = {
  columns: { type: "string" },
  preset: { type: "string" },
  delimiter: { type: "string" },
  bom: { type: "boolean" },
  newline: { type: "string" },
  "null-text": { type: "string" },
  quote: { type: "string" },
  formulas: { type: "string" },
  dates: { type: "string" },
  booleans: { type: "string" },
} as const;

type CsvFlags = { readonly [Name in keyof typeof csvFlags]?: string | boolean | undefined };

const CHOICES = {
  preset: ["excel"],
  newline: ["lf", "crlf"],
  quote: ["minimal", "all"],
  formulas: ["escape", "keep"],
  dates: ["keep", "spreadsheet"],
  booleans: ["lower", "upper"],
} as const;

/** The options of `encode("csv")` that the words name; throws a {@link UsageError}. */
export function csvOptionsOf(words: CsvFlags, format: string): CsvOptions {
  const given = Object.entries(words).filter(([name, value]) => name in csvFlags && value !== undefined);
  if (given[0] && format !== "csv") throw new UsageError(`--${given[0][0]} needs --as csv`);
  return Object.fromEntries(
    given.map(([name, value]) => {
      if (name === "columns") return [name, columnsOf(String(value))];
      if (name === "delimiter") return [name, value === "tab" ? "\t" : value];
      if (name === "null-text") return ["nullText", value];
      if (name in CHOICES) checkChoice(name as keyof typeof CHOICES, String(value));
      return [name, value];
    }),
  );
}

function checkChoice(name: keyof typeof CHOICES, value: string): void {
  const allowed: readonly string[] = CHOICES[name];
  if (allowed.includes(value)) return;
  throw new UsageError(`--${name} must be ${allowed.join(" or ")}, and not "${value}"`);
}

/** `A,B=Header`, or JSON as `columns` takes it, for names that hold a comma or an equals sign. */
function columnsOf(text: string): readonly (string | CsvColumn)[] {
  if (text.startsWith("[")) {
    try {
      return JSON.parse(text) as readonly (string | CsvColumn)[];
    } catch {
      throw new UsageError(
        '--columns is no JSON; write A,B=Header, or JSON such as ["A", {"path": "B", "header": "b"}]',
      );
    }
  }
  return text.split(",").map((column) => {
    const [path = "", ...header] = column.split("=");
    return header.length === 0 ? path.trim() : { path: path.trim(), header: header.join("=").trim() };
  });
}
