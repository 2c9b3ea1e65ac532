import {
  type CsvOptions,
  type ExportClient,
  ExportError,
  type ExportErrorCode,
  type ExportJob,
  type Providers,
  type RecordIssue,
} from "exportkit";
import type { SavedExport } from "exportkit/node";
import { withoutDocsLink } from "../model/docs-link.js";
import { saveUnderLease } from "../node/save-export.js";
import { resolveSaveOptions } from "../node/save-options.js";
import type { ExportRun } from "./export-run.js";
import { identityOf } from "./file-identity.js";
import type { JobFile } from "./job-file.js";
import { noteExport } from "./known-exports.js";
import { type LeasedFiles, withLeasedFiles } from "./leased-files.js";
import type { CurrentExport } from "./leftover.js";
import { type ExportResult, type JobResult, timesOf } from "./result.js";
import { resumeOrStart, startNew } from "./resume-or-start.js";
import { discardUnfinishedSave, hasUnfinishedSave, isPartOf } from "./unfinished-save.js";

/** How the records of a file are read and written. */
export interface Reading extends CsvOptions {
  readonly onInvalid?: (issue: RecordIssue) => void;
}

/** Resumes or starts an export under the name of its file, waits for it, and saves it there. */
export function saveToFile(
  client: ExportClient<Providers>,
  run: ExportRun,
  reading: Reading,
): Promise<ExportResult | JobResult> {
  return withLeasedFiles(run, async (place) => {
    const current = await resumeOrStart(client, run, place);
    if ("published" in current) return current.published;
    await noteJob(run, place, current.job, current.job.status);
    if (run.command.action === "start") return { path: place.files.target, job: current.job };
    try {
      return await finish(client, run, { current, place, reading });
    } catch (error) {
      if (!isLost(error) || !current.isLeftover || run.command.action === "download") throw error;
      run.progress.say(
        `export ${current.job.id} of an earlier run cannot be used: ${withoutDocsLink(error.message)}; starting a new one`,
      );
      const fresh = await startNew(client, run, place, true);
      await noteJob(run, place, fresh.job, fresh.job.status);
      return finish(client, run, { current: fresh, place, reading });
    }
  });
}

interface Save {
  readonly current: CurrentExport;
  readonly place: LeasedFiles;
  readonly reading: Reading;
}

/** Waits for an export and saves it; forgets it where it can never be had any more. */
async function finish(client: ExportClient<Providers>, run: ExportRun, save: Save): Promise<ExportResult> {
  const { current, place } = save;
  try {
    const job = await (run.command.action === "download" ? readyJob : waitedFor)(client, run, current);
    const saved = await saveJob(client, run, save, job);
    await place.jobFile.remove();
    await noteJob(run, place, job, "saved");
    return { ...saved, ...timesOf(job), savedAt: new Date().toISOString() };
  } catch (error) {
    if (isLost(error)) {
      // The next run tries that again, if it does not work now.
      await forgetExport(place, { job: current.job, restart: current.stored.restart }).catch(() => {});
      await noteJob(run, place, current.job, "over");
    }
    throw error;
  }
}

function waitedFor(
  client: ExportClient<Providers>,
  run: ExportRun,
  { job }: CurrentExport,
): Promise<ExportJob> {
  const { command, progress, signal } = run;
  return client.waitForExport(job, {
    signal,
    timeoutMs: command.timeoutMs,
    onProgress: (latest) => progress.job(latest),
  });
}

/** Asks once: whoever downloads has waited before. */
async function readyJob(
  client: ExportClient<Providers>,
  { command, signal }: ExportRun,
  { job }: CurrentExport,
): Promise<ExportJob> {
  const latest = await client.pollExport(job, { signal });
  if (latest.status !== "pending" && latest.status !== "running") return latest;
  throw new ExportError(
    "JOB_NOT_READY",
    `export ${job.id} is ${latest.status}; exportkit wait ${command.out} waits until it is ready`,
    { job: latest, retryable: true },
  );
}

function noteJob(
  { command, environment }: ExportRun,
  { files }: LeasedFiles,
  job: ExportJob,
  status: string,
) {
  const { vendor } = command;
  return noteExport(environment, { out: files.target, vendor, id: job.id, startedAt: job.createdAt, status });
}

async function saveJob(
  client: ExportClient<Providers>,
  { command, progress, signal }: ExportRun,
  { current, place, reading }: Save,
  job: ExportJob,
): Promise<SavedExport> {
  const { format, overwrite } = command;
  const { files, lease, jobFile } = place;
  const { before, ...run } = current.stored;
  await confirmStored(jobFile, job);
  const stored = { ...run, job };
  const former = (await hasUnfinishedSave(files)) ? before : undefined;
  await jobFile.write({ ...stored, before: former === undefined ? await identityOf(files.target) : former });
  const settings = resolveSaveOptions(files.target, {
    ...reading,
    format,
    signal,
    overwrite,
    resume: run.restart && !(await isPartOf(files, job)) ? "restart" : "continue",
    onProgress: (latest) => progress.file(latest),
  });
  try {
    return await saveUnderLease({
      client,
      job,
      files,
      settings,
      lease,
      onDiscard: ({ jobId, bytes, reason }) =>
        progress.say(`threw away ${bytes} bytes that an earlier run saved of export ${jobId}: ${reason}`),
    });
  } catch (error) {
    // Whatever gets the file's name from now on, it is not this run's; unless another run took over.
    const isBusy = ExportError.isInstance(error) && error.code === "CONCURRENCY_LIMIT";
    if (!isBusy) await jobFile.write(stored).catch(() => {});
    throw signal.aborted ? signal.reason : error;
  }
}

/** A second run may have saved the export while this one waited, or started another: its traces must stay. */
async function confirmStored(jobFile: JobFile, { id }: ExportJob): Promise<void> {
  const stored = (await jobFile.read())?.job as Partial<ExportJob> | null | undefined;
  if (stored?.id === id) return;
  throw new ExportError(
    "CONCURRENCY_LIMIT",
    `another run has ended export ${id} meanwhile, or started a new one: ${jobFile.path} no longer holds it`,
  );
}

const OVER: readonly ExportErrorCode[] = ["EXPORT_FAILED", "EXPORT_EXPIRED", "ARTIFACT_MISSING"];

/** Whether an export can never be had any more, so that only a new one helps. */
function isLost(error: unknown): error is ExportError {
  return ExportError.isInstance(error) && OVER.includes(error.code) && !error.retryable;
}

/** Forgets an export that is over, so that the next run starts a new one. */
async function forgetExport(
  { files, lease, jobFile }: LeasedFiles,
  { job, restart }: { readonly job: ExportJob; readonly restart: boolean },
): Promise<void> {
  // The next export could not be saved beside a part of this one.
  if (restart || (await isPartOf(files, job))) await discardUnfinishedSave(files, lease);
  await jobFile.remove();
}
