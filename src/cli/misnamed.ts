import { basename } from "node:path";
import type { ExportCommand } from "./commands.js";

const NAMED: { readonly [ending: string]: string } = {
  csv: "CSV",
  tsv: "CSV",
  ndjson: "NDJSON",
  jsonl: "NDJSON",
  xlsx: "a workbook",
  zip: "a ZIP archive",
};

/** What a file of that name will hold, where its name says something else; a spreadsheet would open it and show nonsense. */
export function misnamed({ vendor, request, format, out }: ExportCommand): string | undefined {
  const named = NAMED[/\.(\w+)$/.exec(out)?.[1]?.toLowerCase() ?? ""];
  const sent = {
    authgear: request.format === "csv" ? "CSV" : "NDJSON",
    avepoint: "a ZIP archive",
    zephr: "NDJSON",
  };
  const held = format === "raw" ? sent[vendor] : format.toUpperCase();
  if (named === undefined || named === held) return undefined;
  const origin = format === "raw" ? ", as the vendor sends it" : "";
  const other = /^(CSV|NDJSON)$/.test(named) ? `; for ${named} write --as ${named.toLowerCase()}` : "";
  return `${basename(out)} will hold ${held}${origin}${other}`;
}
