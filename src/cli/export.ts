import { isDeepStrictEqual } from "node:util";
import {
  createExportClient,
  type ExportClient,
  type ExportJob,
  type JsonObject,
  type Providers,
  type RecordIssue,
} from "exportkit";
import { type SavedExport, saveExport } from "exportkit/node";
import type { ExportCommand } from "./command.js";
import { type JobFile, jobFileFor } from "./job-file.js";
import { type Output, writeToOutput } from "./output.js";
import type { Progress } from "./progress.js";
import { UsageError } from "./usage-error.js";
import { connect, type Environment } from "./vendors.js";
import { verboseLogger } from "./verbose-logger.js";

export interface ExportRun {
  readonly command: ExportCommand;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** What came of it; a file has the rest of {@link SavedExport} too. */
export type ExportResult = Partial<SavedExport> & { readonly bytes: number; readonly skipped?: number };

/** Starts an export, or goes on with the one begun by an earlier run, waits for it, and saves it. */
export async function runExport(run: ExportRun): Promise<ExportResult> {
  const { command, environment, progress, signal } = run;
  const { vendor, format, columns, formulas, timeoutMs } = command;
  const client: ExportClient<Providers> = createExportClient({
    providers: { [vendor]: connect(vendor, environment) },
    ...(command.verbose && { logger: verboseLogger(progress) }),
  });
  // What goes down a pipe cannot be gone on with.
  const jobFile = command.out === "-" ? undefined : jobFileFor(command.out);
  const { request, job: begun } = await begin(client, run, jobFile);
  const job = await client.waitForExport(begun, {
    signal,
    timeoutMs,
    onProgress: (latest) => progress.job(latest),
  });
  await jobFile?.write({ request, job });

  let skipped = 0;
  const skip = ({ message }: RecordIssue) => {
    skipped += 1;
    progress.say(`passed over a record: ${message}`);
  };
  const reading = {
    ...(columns && { columns }),
    ...(formulas && { formulas }),
    ...(command.skipInvalid && { onInvalid: skip }),
  };
  const told = () => (command.skipInvalid ? { skipped } : {});
  if (!jobFile) {
    const download = await client.download(job, { signal });
    const stream = format === "raw" ? download.bytes() : download.encode(format, reading);
    return { bytes: await writeToOutput(stream, run.output, signal), ...told() };
  }
  const saved = await saveExport(client, job, command.out, {
    ...reading,
    format,
    signal,
    overwrite: command.overwrite,
    resume: command.restart ? "restart" : "continue",
    onProgress: (latest) => progress.file(latest),
  });
  await jobFile.remove();
  return { ...saved, ...told() };
}

/** The job to go on with: that of an earlier run, or a new one, which is stored before anything else happens. */
async function begin(
  client: ExportClient<Providers>,
  { command, progress, signal }: ExportRun,
  jobFile: JobFile | undefined,
): Promise<{ readonly request: JsonObject; readonly job: ExportJob }> {
  const { vendor, request } = command;
  const stored = command.restart ? undefined : await jobFile?.read();
  if (stored !== undefined && jobFile) {
    const job = client.parseJob(stored.job);
    if (Object.keys(request).length > 0 && !isDeepStrictEqual(stored.request, request)) {
      throw new UsageError(
        `${jobFile.path} belongs to an export with another request; run with the same fields, or without any, to go ` +
          "on with it, or with --restart for a new export",
      );
    }
    progress.say(`going on with export ${job.id}, started ${job.createdAt}; --restart starts a new one`);
    return { request: stored.request, job };
  }
  const job = await client.startExport(vendor, request as never, { signal });
  await jobFile?.write({ request, job });
  return { request, job };
}
