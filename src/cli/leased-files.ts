import { ExportError } from "exportkit";
import { onDisk } from "../node/file-error.js";
import { acquireLease, type Lease } from "../node/lease.js";
import { filesFor, type SaveFiles } from "../node/save-files.js";
import { targetKind } from "../node/target-kind.js";
import type { Wording } from "../node/wording.js";
import type { ExportCommand } from "./command.js";
import type { ExportRun } from "./export-run.js";
import { type JobFile, jobFileFor } from "./job-file.js";
import { UsageError } from "./usage-error.js";

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
  const files = filesFor(
    command.out,
    wordingOf(() => command.restart && hasStarted()),
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

/**
 * What to do next, in the words of the command line.
 *
 * @param startedAnew - whether this run has started an export by `--restart`, so that the next one goes without it
 */
function wordingOf(startedAnew: () => boolean): Wording {
  const without = () => (startedAnew() ? " without --restart" : "");
  return {
    get again() {
      return `run the same command again${without()}`;
    },
    get restart() {
      return (
        `run it again${without()} and with --overwrite, which downloads this export from its beginning, or with ` +
        "--restart for a new one"
      );
    },
    overwrite: "run with --overwrite",
    // Said on a line of its own.
    newExport: undefined,
    otherPath: "choose another path with --out",
    skip: "add --skip-invalid",
    stream: "write to the standard output with --out -",
  };
}
