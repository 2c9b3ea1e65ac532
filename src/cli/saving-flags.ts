import { csvOptionsOf } from "./csv-flags.js";
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
