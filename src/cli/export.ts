import { createExportClient, type ExportClient, type Providers, type RecordIssue } from "exportkit";
import { type SavedExport, saveExport } from "exportkit/node";
import { begin } from "./begin.js";
import type { ExportCommand } from "./command.js";
import { jobFileFor } from "./job-file.js";
import { type Output, writeToOutput } from "./output.js";
import type { Progress } from "./progress.js";
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
