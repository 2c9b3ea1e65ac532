import { stat } from "node:fs/promises";
import type { ExportClient, Providers } from "exportkit";
import { exists } from "../node/file-error.js";
import { filesFor } from "../node/save-files.js";
import type { ExportRun } from "./export-run.js";
import { readJobFile } from "./job-file.js";
import { leftoverExport, refuseLeftover } from "./leftover.js";
import type { JobResult } from "./result.js";

/** What would be sent and done. Asks nobody and writes nothing. */
export async function dryRun(client: ExportClient<Providers>, run: ExportRun): Promise<JobResult> {
  const { vendor, request } = run.command;
  const explained = await client.explainExport(vendor, request as never);
  return { job: null, plan: await planOf(client, run), request: explained };
}

async function planOf(client: ExportClient<Providers>, run: ExportRun): Promise<string> {
  const { out, leftover, overwrite, vendor } = run.command;
  if (out === "-") return `would start a new export of ${vendor}:`;
  const files = filesFor(out);
  const jobFile = { ageMs: async () => Date.now() - (await stat(files.job)).mtimeMs };
  const stored = leftover === "restart" ? undefined : await readJobFile(files);
  if (stored) {
    refuseLeftover(run, files.job, stored);
    const left = await leftoverExport(client, run, { files, jobFile }, stored);
    if (left) return `would resume export ${left.job.id}, started ${left.job.createdAt}, instead of this:`;
  }
  const kept = !overwrite && (await exists(files.target));
  return kept
    ? `would be refused, since ${files.target} exists already; with --overwrite it would start a new export of ${vendor}:`
    : `would start a new export of ${vendor}, and save it as ${files.target}:`;
}
