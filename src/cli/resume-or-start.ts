import { isDeepStrictEqual } from "node:util";
import { type ExportClient, ExportError, type ExportJob, type JsonObject, type Providers } from "exportkit";
import { onDisk } from "../node/file-error.js";
import { refuseTarget } from "../node/save-plan.js";
import type { ExportRun } from "./export-run.js";
import type { FileIdentity } from "./file-identity.js";
import type { JobFile, StoredRun } from "./job-file.js";
import type { LeasedFiles } from "./leased-files.js";
import { type PublishedFile, publishedFile } from "./published-file.js";
import { UsageError } from "./usage-error.js";

/** An export that runs or has run at the vendor. */
export interface CurrentExport {
  readonly request: JsonObject;
  readonly job: ExportJob;
  readonly restart: boolean;
  readonly before?: FileIdentity | undefined;
}

// So long after a start of which nobody knows what became of it, `--overwrite` starts another one.
const DOUBTFUL_MS = 60 * 60 * 1000;

/**
 * The job to resume: that of an earlier run, or a new one, which is stored before anything else happens. Or the file,
 * where an earlier run saved it and could not say so.
 */
export async function resumeOrStart(
  client: ExportClient<Providers>,
  run: ExportRun,
  place: LeasedFiles,
): Promise<CurrentExport | { readonly published: PublishedFile }> {
  const { overwrite, restart } = run.command;
  const { files, jobFile } = place;
  const { target } = files;
  let stored = restart ? undefined : await jobFile.read();
  const published = stored && (await publishedFile(files, stored));
  if (stored && published) {
    await jobFile.remove();
    run.progress.say(`${target} was saved by an earlier run that ended before it could say so`);
    if (fits(run, stored)) return { published };
    stored = undefined;
  }
  const begun = stored && (await resumed(client, run, place, stored));
  if (begun) return begun;
  // An export may count against a quota: better refused now than when it is done.
  await onDisk(files, () => refuseTarget({ files }, overwrite));
  return start(client, run, jobFile);
}

/** Whether a command is about the export that is stored. */
function fits({ command }: ExportRun, stored: StoredRun): boolean {
  return Object.keys(command.request).length === 0 || isDeepStrictEqual(stored.request, command.request);
}

/** The stored export; `undefined` where it is of no use and in nobody's way. */
async function resumed(
  client: ExportClient<Providers>,
  run: ExportRun,
  { files, jobFile }: LeasedFiles,
  stored: StoredRun,
): Promise<CurrentExport | undefined> {
  const { vendor, overwrite } = run.command;
  const { say } = run.progress;
  const { request, restart, before } = stored;
  if (stored.job === null) {
    // Where starting leaves nothing at the vendor, there is nothing to be found out.
    if (client.capabilities(vendor).jobs === "immediate") return undefined;
    // A job that runs every night must not need a person because of one night; one that is run again at once is not to
    // start a second export.
    if (overwrite && (!fits(run, stored) || (await jobFile.ageMs()) > DOUBTFUL_MS)) {
      const what = fits(run, stored) ? "this export" : "another export";
      say(`an earlier run ended while it started ${what}, which may be running; starting a new one`);
      return undefined;
    }
    throw new ExportError(
      "START_OUTCOME_UNKNOWN",
      "another run is starting an export, or ended while it did, and the export may be running. Wait for that run, or " +
        `look in ${vendor}'s console${overwrite ? "; an hour after that start, --overwrite starts a new one" : ""}`,
    );
  }
  if (overwrite && !isUsable(client, run, stored)) {
    const { id } = stored.job as Partial<ExportJob>;
    say(`threw away export ${id} of an earlier run, which was another one; ${files.target} may be replaced`);
    return undefined;
  }
  const job = client.parseJob(stored.job);
  if (!fits(run, stored)) {
    throw new UsageError(
      `${jobFile.path} belongs to an export with another request; run with the same fields, or without any, to resume ` +
        "it, with --overwrite to throw it away, or with --restart for a new export at any time",
    );
  }
  say(`resuming export ${job.id}, started ${job.createdAt}; --restart starts a new one`);
  return { request, job, restart, before };
}

function isUsable(client: ExportClient<Providers>, run: ExportRun, stored: StoredRun): boolean {
  try {
    client.parseJob(stored.job);
    return fits(run, stored);
  } catch {
    return false;
  }
}

/** Starts an export once, also over several runs: that it was about to be started is stored beforehand. */
async function start(
  client: ExportClient<Providers>,
  { command: { vendor, request, restart }, signal, progress, onStarted }: ExportRun,
  jobFile: JobFile,
): Promise<CurrentExport> {
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
