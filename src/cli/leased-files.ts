import { onDisk } from "../node/file-error.js";
import { acquireLease, type Lease } from "../node/lease.js";
import { filesFor, type SaveFiles } from "../node/save-files.js";
import { refuseSpecial } from "../node/save-plan.js";
import { commandWording } from "./command-wording.js";
import type { ExportRun } from "./export-run.js";
import { type JobFile, jobFileFor } from "./job-file.js";

/** The files of one run. Nobody else works on them, from before an export is started to the end. */
export interface LeasedFiles {
  readonly files: SaveFiles;
  readonly lease: Lease;
  readonly jobFile: JobFile;
}

/** Takes the place that `--out` names, which must be able to hold a file, does the work there, and leaves it. */
export async function withLeasedFiles<T>(
  { command, signal, hasStarted }: ExportRun,
  work: (place: LeasedFiles) => Promise<T>,
): Promise<T> {
  const startedOver = () => command.leftover === "restart" && hasStarted();
  const files = filesFor(
    command.out,
    commandWording({ piped: false, startedOver, ofJob: command.action === "download" }),
  );
  // An export may count against a quota: better refused now than when it is done.
  await onDisk(files, () => refuseSpecial({ files }, command.overwrite));
  const lease = await onDisk(files, () => acquireLease(files, signal));
  try {
    return await work({ files, lease, jobFile: jobFileFor(files, lease) });
  } finally {
    await lease.release();
  }
}
