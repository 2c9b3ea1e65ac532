import { basename } from "node:path";
import type { ExportClient, Providers, RecordIssue } from "exportkit";
import type { ExportCommand } from "./commands.js";
import { clientOf } from "./connection.js";
import { dryRun } from "./dry-run.js";
import type { ExportRun } from "./export-run.js";
import { writeToOutput } from "./output.js";
import { type ExportResult, type JobResult, timesOf } from "./result.js";
import { type Reading, saveToFile } from "./save-to-file.js";
import { createSkipTally } from "./skip-tally.js";

/** Starts an export, or resumes that of an earlier run, waits for it, and saves it. */
export async function runExport(run: ExportRun): Promise<ExportResult | JobResult> {
  const { command, credentials, progress, clock } = run;
  const { vendor, csv, skipInvalid, verbose } = command;
  const client = await clientOf(vendor, credentials, { progress, verbose, saving: command, clock });
  const odd = misnamed(command);
  if (odd !== undefined && !command.json) progress.say(odd);
  if (command.dryRun) return dryRun(client, run);
  const skips = createSkipTally();
  const skip = (issue: RecordIssue) => {
    skips.add(issue);
    progress.say(`passed over a record: ${issue.message}`);
  };
  const reading = {
    ...csv,
    ...(skipInvalid && { onInvalid: skip }),
  };
  const result = await (command.out === "-" ? pipe : saveToFile)(client, run, reading);
  if ("job" in result) return result;
  // Of a vendor's own columns some are always empty.
  if (csv.columns && result.emptyColumns && result.emptyColumns.length > 0) {
    progress.say(`no record has a value in ${result.emptyColumns.join(", ")}; see whether that is misspelt`);
  }
  return { ...result, ...(skipInvalid && { skipped: skips.count() }) };
}

const NAMED: { readonly [ending: string]: string } = {
  csv: "CSV",
  tsv: "CSV",
  ndjson: "NDJSON",
  jsonl: "NDJSON",
  xlsx: "a workbook",
  zip: "a ZIP archive",
};

/** What a file of that name will hold, where its name says something else; a spreadsheet would open it and show nonsense. */
function misnamed({ vendor, request, format, out }: ExportCommand): string | undefined {
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

/** What goes down a pipe cannot be resumed, so nothing is stored. */
async function pipe(
  client: ExportClient<Providers>,
  { command, progress, output, signal }: ExportRun,
  reading: Reading,
): Promise<ExportResult> {
  const { vendor, request, format } = command;
  const current = await client.startExport(vendor, request as never, { signal });
  const job = await client.waitForExport(current, { signal, onProgress: (latest) => progress.job(latest) });
  const download = await client.download(job, { signal });
  const stream = format === "raw" ? download.bytes() : download.encode(format, reading);
  const bytes = await writeToOutput(stream, output, signal);
  const { emptyColumns, repeated, uncheckedRepeats } = download;
  return {
    bytes,
    ...timesOf(job),
    ...(emptyColumns && { emptyColumns }),
    ...(repeated !== undefined && { repeated }),
    ...(uncheckedRepeats && { uncheckedRepeats }),
  };
}
