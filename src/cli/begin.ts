import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type ExportClient, ExportError, type ExportJob, type JsonObject, type Providers } from "exportkit";
import { exists } from "../node/durable-files.js";
import { onDisk } from "../node/file-error.js";
import type { ExportRun } from "./export.js";
import type { FileIdentity } from "./file-identity.js";
import type { JobFile, StoredRun } from "./job-file.js";
import { type PublishedFile, publishedFile } from "./published-file.js";
import { UsageError } from "./usage-error.js";

/** An export that runs or has run at the vendor. */
export interface BegunExport {
  readonly request: JsonObject;
  readonly job: ExportJob;
  readonly restart: boolean;
  readonly before?: FileIdentity | undefined;
}

/**
 * The job to go on with: that of an earlier run, or a new one, which is stored before anything else happens. Or the file,
 * where an earlier run saved it and could not say so.
 */
export async function begin(
  client: ExportClient<Providers>,
  run: ExportRun,
  jobFile: JobFile,
): Promise<BegunExport | { readonly published: PublishedFile }> {
  const { vendor, out, overwrite, restart } = run.command;
  const target = resolve(out);
  let stored = restart ? undefined : await jobFile.read();
  const published = stored && (await publishedFile(out, stored));
  if (stored && published) {
    await jobFile.remove();
    run.progress.say(`${target} was saved by an earlier run that ended before it could say so`);
    if (fits(run, stored)) return { published };
    stored = undefined;
  }
  // Where starting leaves nothing at the vendor, there is nothing to be found out.
  if (stored && !(stored.job === null && client.capabilities(vendor).jobs === "immediate")) {
    return goOn(client, run, jobFile, stored);
  }
  // An export may count against a quota: better refused now than when it is done.
  if (await isFolder(target)) throw new UsageError(`${target} is a folder; --out names a file`);
  if (!overwrite && (await onDisk(target, () => exists(target)))) {
    throw new UsageError(`${target} exists already; --overwrite replaces it when the new file is whole`);
  }
  return start(client, run, jobFile);
}

/** Whether a command is about the export that is stored. */
function fits({ command }: ExportRun, stored: StoredRun): boolean {
  return Object.keys(command.request).length === 0 || isDeepStrictEqual(stored.request, command.request);
}

function goOn(
  client: ExportClient<Providers>,
  run: ExportRun,
  { path }: JobFile,
  stored: StoredRun,
): BegunExport {
  const { request, restart, before } = stored;
  if (stored.job === null) {
    throw new ExportError(
      "START_OUTCOME_UNKNOWN",
      "another run is starting an export, or ended while it did, and the export may be running. Wait for that run, or " +
        `look in ${run.command.vendor}'s console, then run with --restart for another export`,
    );
  }
  const job = client.parseJob(stored.job);
  if (!fits(run, stored)) {
    throw new UsageError(
      `${path} belongs to an export with another request; run with the same fields, or without any, to go on with ` +
        "it, or with --restart for a new export",
    );
  }
  run.progress.say(`going on with export ${job.id}, started ${job.createdAt}; --restart starts a new one`);
  return { request, job, restart, before };
}

/** Starts an export once, also over several runs: that it was about to be started is stored beforehand. */
async function start(
  client: ExportClient<Providers>,
  { command: { vendor, request, restart }, signal, progress, onStarted }: ExportRun,
  jobFile: JobFile,
): Promise<BegunExport> {
  signal.throwIfAborted();
  const putBack = await jobFile.keep();
  await jobFile.write({ request, job: null, restart });
  const stopping = () =>
    progress.say("stopping when the vendor has answered the start; asked once more, at once");
  signal.addEventListener("abort", stopping);
  let job: ExportJob;
  try {
    // Not to be aborted: nobody would know whether the export runs. It ends within its timeouts.
    job = await client.startExport(vendor, request as never);
  } catch (error) {
    if (ExportError.isInstance(error) && error.code !== "START_OUTCOME_UNKNOWN") await putBack();
    throw error;
  } finally {
    signal.removeEventListener("abort", stopping);
  }
  await jobFile.write({ request, job, restart });
  onStarted();
  signal.throwIfAborted();
  return { request, job, restart };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
