import { ExportError } from "exportkit";
import { onDisk } from "../node/file-error.js";
import { acquireLease, type Lease } from "../node/lease.js";
import { filesFor, type SaveFiles } from "../node/save-files.js";
import { targetKind } from "../node/target-kind.js";
import type { ExportCommand } from "./command.js";
import type { ExportRun } from "./export-run.js";
import { type JobFile, jobFileFor } from "./job-file.js";
import { UsageError } from "./usage-error.js";
import { wordsOf } from "./words.js";

/** The files of one run. Nobody else works on them, from before an export is started to the end. */
export interface Workplace {
  readonly files: SaveFiles;
  readonly lease: Lease;
  readonly jobFile: JobFile;
}

/** Takes the place that `--out` names, which must be able to hold a file, does the work there, and leaves it. */
export async function atWorkplace<T>(
  { command, signal, hasStarted }: ExportRun,
  work: (place: Workplace) => Promise<T>,
): Promise<T> {
  const files = filesFor(
    command.out,
    wordsOf(() => command.restart && hasStarted()),
  );
  await refuseSpecial(files, command);
  const lease = await onDisk(files, () => acquireLease(files, signal));
  try {
    return await work({ files, lease, jobFile: jobFileFor(files, lease) });
  } finally {
    await lease.release();
  }
}

/** An export may count against a quota: better refused now than when it is done. */
async function refuseSpecial(files: SaveFiles, { overwrite }: ExportCommand): Promise<void> {
  const { target, words } = files;
  const kind = await onDisk(files, () => targetKind(target));
  if (kind === "folder") throw new UsageError(`${target} is a folder; --out names a file`);
  if (kind !== "special" && !(kind === "link" && overwrite)) return;
  const what = kind === "link" ? "a symbolic link" : "no regular file";
  throw new ExportError(
    "CONFIG_INVALID",
    `${target} is ${what}, and is not replaced: ${words.otherPath}, or ${words.stream}`,
    { details: { path: target, reason: "special" } },
  );
}
