import { printable } from "../model/printable.js";
import type { KnownExport } from "./known-exports.js";

/** The text of `exportkit list`. */
export function listText(known: readonly KnownExport[]): string {
  if (known.length === 0)
    return "no exports are known here; exportkit start VENDOR --out FILE starts one that the next command finds";
  const rows = known.map(({ status, vendor, id, startedAt, out }) =>
    [status, vendor, id, startedAt, out].map(printable),
  );
  const table = [["STATUS", "VENDOR", "ID", "STARTED", "FILE"], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
