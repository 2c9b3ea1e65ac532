import type { CsvColumn, CsvOptions } from "exportkit";
import { UsageError } from "./usage-error.js";

const CSV_FLAGS = [
  "columns",
  "preset",
  "delimiter",
  "bom",
  "newline",
  "null-text",
  "quote",
  "formulas",
  "dates",
  "booleans",
] as const;

type CsvFlags = { readonly [Name in (typeof CSV_FLAGS)[number]]?: string | boolean | undefined };

/** The options of `encode("csv")` that the words name; throws a {@link UsageError}. */
export function csvOptionsOf(flags: CsvFlags, format: string): CsvOptions {
  const given = CSV_FLAGS.filter((name) => flags[name] !== undefined);
  if (given[0] && format !== "csv") throw new UsageError(`--${given[0]} needs --as csv`);
  return Object.fromEntries(
    given.map((name) => {
      const value = flags[name];
      if (name === "columns") return [name, columnsOf(String(value))];
      if (name === "delimiter") return [name, value === "tab" ? "\t" : value];
      return [name === "null-text" ? "nullText" : name, value];
    }),
  );
}

/** `A,B=Header`, or JSON as `columns` takes it, for names that hold a comma or an equals sign. */
function columnsOf(text: string): readonly (string | CsvColumn)[] {
  if (text.startsWith("[")) {
    try {
      return JSON.parse(text) as readonly (string | CsvColumn)[];
    } catch {
      throw new UsageError(
        '--columns is not JSON; write A,B=Header, or JSON such as ["A", {"path": "B", "header": "b"}]',
      );
    }
  }
  return text.split(",").map((column) => {
    const [path = "", ...header] = column.split("=");
    return header.length === 0 ? path.trim() : { path: path.trim(), header: header.join("=").trim() };
  });
}
