import {
  type CsvOptions,
  createExportClient,
  type ExportClient,
  ExportError,
  type ExportJob,
  type Providers,
  type RecordIssue,
} from "exportkit";
import type { SavedExport } from "exportkit/node";
import { saveUnderLease } from "../node/save-export.js";
import { resolveSaveOptions } from "../node/save-options.js";
import type { ExportRun } from "./export-run.js";
import { identityOf } from "./file-identity.js";
import type { JobFile } from "./job-file.js";
import { type LeasedFiles, withLeasedFiles } from "./leased-files.js";
import { forgetExport, isLost } from "./lost-export.js";
import { writeToOutput } from "./output.js";
import { type CurrentExport, resumeOrStart } from "./resume-or-start.js";
import { createSkipTally } from "./skip-tally.js";
import { hasUnfinishedSave, isPartOf } from "./unfinished-save.js";
import { connect } from "./vendors.js";
import { verboseLogger } from "./verbose-logger.js";

/** What came of it; a file has the rest of {@link SavedExport} too. */
export type ExportResult = Partial<SavedExport> & {
  readonly bytes: number;
  /** By this run: what an earlier one passed over is not counted. */
  readonly skipped?: number;
};

/** Starts an export, or resumes that of an earlier run, waits for it, and saves it. */
export async function runExport(run: ExportRun): Promise<ExportResult> {
  const { command, environment, progress } = run;
  const { vendor, csv, skipInvalid } = command;
  const client: ExportClient<Providers> = createExportClient({
    providers: { [vendor]: connect(vendor, environment) },
    ...(command.verbose && { logger: verboseLogger(progress) }),
  });
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
  // Of a vendor's own columns some are always empty.
  if (csv.columns && result.emptyColumns && result.emptyColumns.length > 0) {
    progress.say(`no record has anything in ${result.emptyColumns.join(", ")}; see whether that is misspelt`);
  }
  return { ...result, ...(skipInvalid && { skipped: skips.count() }) };
}

interface Reading extends CsvOptions {
  readonly onInvalid?: (issue: RecordIssue) => void;
}

/** What goes down a pipe cannot be resumed, so nothing is stored. */
async function pipe(
  client: ExportClient<Providers>,
  { command, progress, output, signal }: ExportRun,
  reading: Reading,
): Promise<ExportResult> {
  const { vendor, request, format } = command;
  const begun = await client.startExport(vendor, request as never, { signal });
  const job = await client.waitForExport(begun, { signal, onProgress: (latest) => progress.job(latest) });
  const download = await client.download(job, { signal });
  const stream = format === "raw" ? download.bytes() : download.encode(format, reading);
  const bytes = await writeToOutput(stream, output, signal);
  const { emptyColumns, repeated, uncheckedRepeats } = download;
  return {
    bytes,
    ...(emptyColumns && { emptyColumns }),
    ...(repeated !== undefined && { repeated }),
    ...(uncheckedRepeats && { uncheckedRepeats }),
  };
}

function saveToFile(
  client: ExportClient<Providers>,
  run: ExportRun,
  reading: Reading,
): Promise<ExportResult> {
  return withLeasedFiles(run, async (place) => {
    const { jobFile } = place;
    const begun = await resumeOrStart(client, run, place);
    if ("published" in begun) return begun.published;
    try {
      const saved = await waitAndSave(client, run, { begun, place, reading });
      await jobFile.remove();
      return saved;
    } catch (error) {
      // The next run tries that again, if it does not work now.
      if (isLost(error)) await forgetExport(place, begun).catch(() => {});
      throw error;
    }
  });
}

interface Save {
  readonly begun: CurrentExport;
  readonly place: LeasedFiles;
  readonly reading: Reading;
}

async function waitAndSave(
  client: ExportClient<Providers>,
  { command, progress, signal }: ExportRun,
  { begun, place, reading }: Save,
): Promise<SavedExport> {
  const { format, overwrite, timeoutMs } = command;
  const { request, restart } = begun;
  const { files, lease, jobFile } = place;
  const job = await client.waitForExport(begun.job, {
    signal,
    timeoutMs,
    onProgress: (latest) => progress.job(latest),
  });
  await confirmStored(jobFile, job);
  const stored = { request, job, restart };
  const former = (await hasUnfinishedSave(files)) ? begun.before : undefined;
  await jobFile.write({ ...stored, before: former === undefined ? await identityOf(files.target) : former });
  const settings = resolveSaveOptions(files.target, {
    ...reading,
    format,
    signal,
    overwrite,
    resume: restart && !(await isPartOf(files, job)) ? "restart" : "continue",
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

/** A second run may have saved the export while this one waited, or begun another: its traces are not to be undone. */
async function confirmStored(jobFile: JobFile, { id }: ExportJob): Promise<void> {
  const stored = (await jobFile.read())?.job as Partial<ExportJob> | null | undefined;
  if (stored?.id === id) return;
  throw new ExportError(
    "CONCURRENCY_LIMIT",
    `another run has ended export ${id} meanwhile, or begun a new one: ${jobFile.path} no longer holds it`,
  );
}
