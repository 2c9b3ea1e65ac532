import type { FileLayout } from "../download/file-options.js";
import type { ExportJob } from "../model/job.js";
import { askedColumns } from "../records/csv-columns.js";
import { dialectOf } from "../records/csv-dialect.js";
import { hasChecksum } from "./checksum.js";
import { exists } from "./file-error.js";
import { leftoverOf, ownerOf, type PartState, readPartState } from "./part-state.js";
import { type FileScope, type SaveWork, saveError } from "./save-task.js";
import { type TargetKind, targetKind } from "./target-kind.js";

/** What there is to do, going by the files that are there. */
export type SavePlan =
  /** An earlier run finished the file and was ended before it had cleaned up. */
  | { readonly kind: "published"; readonly state: PartState }
  | { readonly kind: "resume"; readonly state: PartState }
  | { readonly kind: "begin" };

/**
 * Looks at what earlier runs left behind. What is not a leftover of this package is never touched, and one of another job
 * or format only where the caller gave up the file itself.
 *
 * @throws `CONFIG_INVALID` where the target is to be kept, `JOB_INVALID` where the part is not this save's
 */
export async function planSave(task: SaveWork): Promise<SavePlan> {
  const { files, settings } = task;
  await refuseSpecial(task, false);
  const state = settings.restart ? undefined : await readPartState(files);
  const difference = state && state !== "unreadable" ? differenceTo(task, state) : undefined;
  const own = state && state !== "unreadable" && !difference ? state : undefined;

  if (own?.complete && (await hasChecksum(files.target, own, settings.signal))) {
    return { kind: "published", state: own };
  }
  await refuseTarget(task, settings.overwrite);
  if (settings.restart || !(await exists(files.part))) return { kind: "begin" };
  if (own) return { kind: "resume", state: own };
  // Nothing of it is lost: what it was started as may have been refused.
  if (difference && state !== "unreadable" && state?.bytes === 0 && isOwner(task, state)) {
    return { kind: "begin" };
  }
  if (settings.overwrite && state && state !== "unreadable" && difference) {
    task.onDiscard(leftoverOf(state, difference));
    return { kind: "begin" };
  }
  const { words } = files;
  throw saveError(
    task,
    "JOB_INVALID",
    `${files.part} cannot be resumed: ${difference ?? "nothing beside it says what it is"}. To throw it away, ` +
      `${difference ? `${words.overwrite}, or ` : ""}${words.discard}; to keep it, ${words.otherPath}`,
    { details: { part: files.part } },
  );
}

/** Rejects where something is in the file's place that is not to be replaced by a file. */
export async function refuseTarget(scope: FileScope, overwrite: boolean): Promise<void> {
  const kind = await refuseSpecial(scope, overwrite);
  if (kind !== "nothing" && !overwrite) throw targetExists(scope);
}

/** Rejects where what is in the file's place cannot be replaced, whatever else there is to do. */
export async function refuseSpecial(scope: FileScope, overwrite: boolean): Promise<TargetKind> {
  const kind = await targetKind(scope.files.target);
  const { stream } = scope.files.words;
  if (kind === "link" && overwrite) throw special(scope, "a symbolic link", "name the file that it leads to");
  if (kind === "special") throw special(scope, "not a regular file (a device, a pipe)", stream);
  if (kind === "folder") throw special(scope, "a folder", "name a file in it", "EISDIR");
  return kind;
}

function special(scope: FileScope, what: string, instead: string, systemCode?: string): Error {
  const { target, words } = scope.files;
  return saveError(
    scope,
    "CONFIG_INVALID",
    `${target} is ${what}, and is not replaced: ${words.otherPath}, or ${instead}`,
    { details: { reason: "special", ...(systemCode && { systemCode }) } },
  );
}

export function targetExists(scope: FileScope): Error {
  const { target, words } = scope.files;
  return saveError(
    scope,
    "CONFIG_INVALID",
    `${target} exists already and is kept: ${words.otherPath}, or ${words.overwrite} to replace it`,
    { details: { reason: "exists" } },
  );
}

/** In what a part differs from what is to be saved, in words. */
function differenceTo({ job, settings }: SaveWork, state: PartState): string | undefined {
  const { connection, id } = state.job;
  const owner = ownerOf(job);
  if (!isOwner({ job }, state)) {
    return `it holds job ${id} of connection ${connection}, and this is job ${owner.id} of ${owner.connection}`;
  }
  const { layout } = settings;
  if (state.layout.format !== layout.format) {
    return `it was started as format ${state.layout.format}, and this is ${layout.format}`;
  }
  const [begun, asked] = [csvOf(state.layout), csvOf(layout)];
  const other = Object.keys(asked).find((option) => begun[option] !== asked[option]);
  return other && `it was started with other ${other}`;
}

/** The options of CSV by what they mean: `"lf"` is `"\n"`, and a default is the same whether it is said or not. */
function csvOf(layout: FileLayout): { readonly [option: string]: unknown } {
  const columns = layout.columns && askedColumns(layout.columns);
  return { columns: JSON.stringify(columns && [columns.paths, columns.headers]), ...dialectOf(layout) };
}

function isOwner({ job }: { readonly job: ExportJob }, state: PartState): boolean {
  return JSON.stringify(ownerOf(job)) === JSON.stringify(state.job);
}
