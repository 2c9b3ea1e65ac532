import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type ExportClient, ExportError, type ExportJob, type JsonObject, type Providers } from "exportkit";
import { exists } from "../node/durable-files.js";
import type { ExportRun } from "./export.js";
import type { JobFile, StoredRun } from "./job-file.js";
import { UsageError } from "./usage-error.js";

/** The job to go on with: that of an earlier run, or a new one, which is stored before anything else happens. */
export async function begin(
  client: ExportClient<Providers>,
  run: ExportRun,
  jobFile: JobFile | undefined,
): Promise<{ readonly request: JsonObject; readonly job: ExportJob }> {
  const { vendor, request, out, overwrite, restart } = run.command;
  if (!jobFile)
    return { request, job: await client.startExport(vendor, request as never, { signal: run.signal }) };
  const stored = restart ? undefined : await jobFile.read();
  // Where starting leaves nothing at the vendor, there is nothing to be found out.
  if (stored && !(stored.job === null && client.capabilities(vendor).jobs === "immediate")) {
    return goOn(client, run, jobFile, stored);
  }
  // An export may count against a quota: better refused now than when it is done.
  if (!overwrite && (await exists(resolve(out)))) {
    throw new UsageError(
      `${resolve(out)} exists already; --overwrite replaces it when the new file is whole`,
    );
  }
  return { request, job: await start(client, run, jobFile) };
}

async function goOn(
  client: ExportClient<Providers>,
  { command, progress }: ExportRun,
  { path }: JobFile,
  stored: StoredRun,
): Promise<{ readonly request: JsonObject; readonly job: ExportJob }> {
  if (stored.job === null) {
    throw new ExportError(
      "START_OUTCOME_UNKNOWN",
      `an earlier run ended while it started an export, which may be running. Look in ${command.vendor}'s console, ` +
        "then run with --restart for another one",
    );
  }
  const job = client.parseJob(stored.job);
  if (Object.keys(command.request).length > 0 && !isDeepStrictEqual(stored.request, command.request)) {
    throw new UsageError(
      `${path} belongs to an export with another request; run with the same fields, or without any, to go on with ` +
        "it, or with --restart for a new export",
    );
  }
  progress.say(`going on with export ${job.id}, started ${job.createdAt}; --restart starts a new one`);
  return { request: stored.request, job };
}

/** Starts an export once, also over several runs: that it was about to be started is stored beforehand. */
async function start(
  client: ExportClient<Providers>,
  { command: { vendor, request }, signal }: ExportRun,
  jobFile: JobFile,
): Promise<ExportJob> {
  await jobFile.write({ request, job: null });
  let job: ExportJob;
  try {
    job = await client.startExport(vendor, request as never, { signal });
  } catch (error) {
    if (ExportError.isInstance(error) && error.code !== "START_OUTCOME_UNKNOWN") await jobFile.remove();
    throw error;
  }
  await jobFile.write({ request, job });
  return job;
}
