import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type ExportClient, ExportError, type ExportJob, type Providers } from "exportkit";
import { onDisk } from "../node/file-error.js";
import type { SaveFiles } from "../node/save-files.js";
import { refuseTarget } from "../node/save-plan.js";
import type { ExportRun } from "./export-run.js";
import { identityOf, isSameFile } from "./file-identity.js";
import type { JobFile, StoredRun } from "./job-file.js";
import type { LeasedFiles } from "./leased-files.js";
import { type CurrentExport, isTooOld, leftoverExport, matchesCommand, refuseLeftover } from "./leftover.js";
import { hasUnfinishedSave } from "./unfinished-save.js";
import { UsageError } from "./usage-error.js";

/**
 * The job to resume: that of an earlier run, or a new one, which is stored before anything else happens. Or the file,
 * where an earlier run saved it and could not say so.
 */
export async function resumeOrStart(
  client: ExportClient<Providers>,
  run: ExportRun,
  place: LeasedFiles,
): Promise<CurrentExport | { readonly published: PublishedFile }> {
  const { files, jobFile } = place;
  const { target } = files;
  const stored = await readLeftover(run, jobFile);
  if (!stored) return startNew(client, run, place, run.command.leftover === "restart");
  refuseLeftover(run, jobFile.path, stored);
  const published = await publishedFile(files, stored);
  if (published) {
    await jobFile.remove();
    run.progress.say(`${target} was saved by an earlier run that ended before it could say so`);
    if (matchesCommand(run, stored) && !isTooOld(run, stored)) return { published };
  }
  const left = published ? undefined : await leftoverExport(client, run, place, stored);
  return left ?? startNew(client, run, place, !published);
}

/** Starts an export where none is to be resumed. */
export async function startNew(
  client: ExportClient<Providers>,
  run: ExportRun,
  { files, jobFile }: LeasedFiles,
  restart: boolean,
): Promise<CurrentExport> {
  // An export may count against a quota: better refused now than when it is done.
  await onDisk(files, () => refuseTarget({ files }, run.command.overwrite));
  return start(client, run, jobFile, restart);
}

/** What an earlier run left; `undefined` where there is nothing, or nothing that is wanted. */
async function readLeftover(
  { command, progress }: ExportRun,
  jobFile: JobFile,
): Promise<StoredRun | undefined> {
  const { leftover, overwrite } = command;
  if (leftover === "restart") return undefined;
  try {
    return await jobFile.read();
  } catch (error) {
    if (!(error instanceof UsageError && overwrite && leftover === "resume")) throw error;
    progress.say(`${jobFile.path} of an earlier run is damaged; starting a new export`);
    return undefined;
  }
}

/** Starts an export once, also over several runs: that it was about to be started is stored beforehand. */
async function start(
  client: ExportClient<Providers>,
  { command, signal, progress, onStarted }: ExportRun,
  jobFile: JobFile,
  restart: boolean,
): Promise<CurrentExport> {
  const {
    vendor,
    request,
    profile,
    format,
    csv,
    skipInvalid,
    integers,
    maxBufferedBytes,
    sheets,
    headerRow,
  } = command;
  signal.throwIfAborted();
  const putBack = await jobFile.keep();
  const saving = { format, csv, skipInvalid, integers, maxBufferedBytes, sheets, headerRow };
  const run = { vendor, profile, saving, request, restart, at: new Date().toISOString() };
  await jobFile.write({ ...run, job: null });
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
  await jobFile.write({ ...run, job });
  onStarted();
  signal.throwIfAborted();
  return { stored: { ...run, job }, job, isLeftover: false };
}

/** What can still be said of a file that an earlier run saved. */
interface PublishedFile {
  readonly path: string;
  readonly jobId?: string;
  readonly createdAt?: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly resumed: true;
}

/**
 * The file, where the stored run saved it whole and was ended before it could remove its job file. To resume that job
 * would make an old export a new one.
 */
async function publishedFile(
  files: SaveFiles,
  { before, job }: StoredRun,
): Promise<PublishedFile | undefined> {
  if (before === undefined || (await hasUnfinishedSave(files))) return undefined;
  const path = files.target;
  const { id, createdAt } = (job ?? {}) as Partial<ExportJob>;
  return onDisk(files, async () => {
    const now = await identityOf(path);
    if (now === null || isSameFile(now, before)) return undefined;
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    const which = { ...(id !== undefined && { jobId: id }), ...(createdAt !== undefined && { createdAt }) };
    return { path, ...which, bytes: now.size, sha256: hash.digest("hex"), resumed: true };
  });
}
