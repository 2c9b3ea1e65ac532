import {
  createExportClient,
  type ExportClient,
  ExportError,
  type ExportJob,
  type Providers,
  type RecordIssue,
} from "exportkit";
import { type SavedExport, saveExport } from "exportkit/node";
import { type BegunExport, begin } from "./begin.js";
import type { ExportCommand } from "./command.js";
import { identityOf } from "./file-identity.js";
import { type JobFile, jobFileFor } from "./job-file.js";
import { type Output, writeToOutput } from "./output.js";
import { forget, isOver } from "./over.js";
import type { Progress } from "./progress.js";
import { hasRemains, isPartOf } from "./remains.js";
import { createSkipTally } from "./skip-tally.js";
import { connect, type Environment } from "./vendors.js";
import { verboseLogger } from "./verbose-logger.js";

export interface ExportRun {
  readonly command: ExportCommand;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Called once a new export is started and stored: from then on a run can go on with it. */
  readonly onStarted: () => void;
}

/** What came of it; a file has the rest of {@link SavedExport} too. */
export type ExportResult = Partial<SavedExport> & {
  readonly bytes: number;
  /** By this run: what an earlier one passed over is not counted. */
  readonly skipped?: number;
};

/** Starts an export, or goes on with the one begun by an earlier run, waits for it, and saves it. */
export async function runExport(run: ExportRun): Promise<ExportResult> {
  const { command, environment, progress } = run;
  const { vendor, columns, formulas, skipInvalid } = command;
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
    ...(columns && { columns }),
    ...(formulas && { formulas }),
    ...(skipInvalid && { onInvalid: skip }),
  };
  const result = await (command.out === "-" ? pipe : saveToFile)(client, run, reading);
  return { ...result, ...(skipInvalid && { skipped: skips.count() }) };
}

interface Reading {
  readonly columns?: readonly string[];
  readonly formulas?: "escape" | "keep";
  readonly onInvalid?: (issue: RecordIssue) => void;
}

/** What goes down a pipe cannot be gone on with, so nothing is stored. */
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
  return { bytes: await writeToOutput(stream, output, signal) };
}

async function saveToFile(
  client: ExportClient<Providers>,
  run: ExportRun,
  reading: Reading,
): Promise<ExportResult> {
  const jobFile = jobFileFor(run.command.out);
  const begun = await begin(client, run, jobFile);
  if ("published" in begun) return begun.published;
  try {
    const saved = await waitAndSave(client, run, { begun, jobFile, reading });
    await jobFile.remove();
    return saved;
  } catch (error) {
    // The next run tries that again, if it does not work now.
    if (isOver(error)) await forget(run.command.out, jobFile, begun).catch(() => {});
    throw error;
  }
}

interface Save {
  readonly begun: BegunExport;
  readonly jobFile: JobFile;
  readonly reading: Reading;
}

async function waitAndSave(
  client: ExportClient<Providers>,
  { command, progress, signal }: ExportRun,
  { begun, jobFile, reading }: Save,
): Promise<SavedExport> {
  const { out, format, overwrite, timeoutMs } = command;
  const { request, restart } = begun;
  const job = await client.waitForExport(begun.job, {
    signal,
    timeoutMs,
    onProgress: (latest) => progress.job(latest),
  });
  await confirmStored(jobFile, job);
  const stored = { request, job, restart };
  const former = (await hasRemains(out)) ? begun.before : undefined;
  await jobFile.write({ ...stored, before: former === undefined ? await identityOf(out) : former });
  try {
    return await saveExport(client, job, out, {
      ...reading,
      format,
      signal,
      overwrite,
      resume: restart && !(await isPartOf(out, job)) ? "restart" : "continue",
      onProgress: (latest) => progress.file(latest),
    });
  } catch (error) {
    // Whatever gets the file's name from now on, it is not this run's; unless another run is just saving there.
    const isBusy = ExportError.isInstance(error) && error.code === "CONCURRENCY_LIMIT";
    if (!isBusy) await jobFile.write(stored).catch(() => {});
    throw error;
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
