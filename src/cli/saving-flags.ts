import type { CsvColumn, CsvOptions } from "exportkit";
import type { Flags } from "./parse-words.js";
import { bytesOf, wholeNumber } from "./quantities.js";
import type { Saving } from "./saving.js";
import { UsageError } from "./usage-error.js";
import type { VendorName } from "./vendors.js";

/** How a result is to be read and written; throws a {@link UsageError}. */
export function readSaving(flags: Flags, vendor: VendorName | undefined): Saving {
  const { as: format = "raw", sheet, "header-row": headerRow, integers, "max-buffered": most } = flags;
  const csv = csvOptionsOf(flags, format);
  const reads = ["skip-invalid", "sheet", "header-row", "integers"] as const;
  const idle = format === "raw" && reads.find((name) => flags[name] !== undefined);
  if (idle) throw new UsageError(`--${idle} needs --as ndjson or --as csv: raw files are not read`);
  const foreign = (["sheet", "header-row"] as const).find((name) => flags[name] !== undefined);
  if (foreign && vendor !== undefined && vendor !== "avepoint") {
    throw new UsageError(`--${foreign} is for avepoint only`);
  }
  return {
    format,
    csv,
    skipInvalid: flags["skip-invalid"] ?? false,
    ...(integers && { integers }),
    ...(most !== undefined && { maxBufferedBytes: bytesOf("max-buffered", most) }),
    ...(sheet !== undefined && { sheets: sheet.split(",").map((name) => name.trim()) }),
    ...(headerRow !== undefined && { headerRow: headerRowOf(headerRow) }),
  };
}

function headerRowOf(text: string): number | "auto" | "none" {
  return text === "auto" || text === "none" ? text : wholeNumber("header-row", text, [1, 1_048_576]);
}

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
function csvOptionsOf(flags: CsvFlags, format: string): CsvOptions {
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
