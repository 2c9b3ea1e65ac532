import type { JobOf, Providers } from "../connection-types.js";
import type { UncheckedRepeats } from "../download/types.js";
import type { ExportClient } from "../export-client.js";
import { isError } from "../model/realm.js";
import { checkClient } from "../model/wrong-option.js";
import { downloadPart, type ReopenedPart } from "./download-part.js";
import { removePart } from "./durable-files.js";
import { isRefusal, onDisk } from "./file-error.js";
import { acquireLease, isClosed } from "./lease.js";
import { withNextStep } from "./next-step.js";
import { reopenPart } from "./open-part.js";
import { type PartProgress, type PartState, writePartState } from "./part-state.js";
import { publish } from "./publish.js";
import { filesFor } from "./save-files.js";
import { resolveSaveOptions, type SaveOptions } from "./save-options.js";
import { planSave } from "./save-plan.js";
import type { Leftover, SaveTask } from "./save-task.js";

/** A finished file. */
export interface SavedExport {
  /** Absolute. */
  readonly path: string;
  /** The job whose result is in it. */
  readonly jobId: string;
  /** When that job's export was started, as in the job: whether it is today's or yesterday's. ISO 8601. */
  readonly createdAt: string;
  /** Its length. */
  readonly bytes: number;
  /** The records in it; absent where a provider's file was saved as it is, and nobody counted. */
  readonly records?: number;
  /** Where you chose `columns`: those that no record filled, as they were asked for. One may be misspelt. */
  readonly emptyColumns?: readonly string[];
  /** How many of them had come before, so that about as many are missing; absent where that was not checked. */
  readonly repeated?: number;
  /** Why that was not checked, where some may have: nobody looks into a file that is saved as it is, nor behind a resumed one. */
  readonly uncheckedRepeats?: UncheckedRepeats;
  /** The SHA-256 of the whole file, in hex. */
  readonly sha256: string;
  /** How long this run took, in ms. */
  readonly durationMs: number;
  /** Whether this run resumed what an earlier one had saved. */
  readonly resumed: boolean;
  /** What was thrown away of an earlier save to this path, with `overwrite`. */
  readonly discarded?: Leftover;
}

/**
 * Saves the result of a succeeded job as a file, and survives being killed: run it again, with the same arguments, and
 * it resumes, in every format.
 *
 * The file grows as `path.part`, beside `path.part.json`, which says how much of it is proven; it gets its name in one
 * step when nothing is missing. So a file at `path` is always whole. Everything is synced to the disk before anything
 * claims that it is there. That what gets the name is what was hashed is proven by device, inode and length; that nobody
 * wrote into the middle of it meanwhile is not.
 *
 * One process at a time saves to a path, by a lease: a lock file that its holder renews every 5 s. The lock of a process
 * that ended is cleared away at once; any other holder that shows no activity for 20 s (no clock is trusted for that)
 * loses the lease to the next save. It cannot write to that save's part or publish anything when it wakes: it rejects.
 *
 * A part that turns out to be damaged is restarted. One that belongs to another job or format is refused, or, with
 * `overwrite`, thrown away, see `discarded`. One of another program is left alone.
 *
 * Resuming takes a proof that the vendor's file is still the same: a strong validator of its store, or, for the records of
 * workbooks, their archive's directory. Where there is none (`"raw"` from a store without strong `ETag` and without
 * `Last-Modified`), or where the store names none and the content is another, the part is restarted, up to 3 times
 * in this run; `onProgress` then counts from 0 again, and `resumed` is `false`. A file is never made of two.
 *
 * @throws
 * - `CONFIG_INVALID` for a wrong option or path, a folder that is missing or read-only, and, with
 *   `details.reason: "exists"`, for an existing file that `overwrite` does not give up,
 *   or `"special"`, for a device, a pipe, a folder or a symbolic link, which are never replaced
 * - `LIMIT_EXCEEDED` for a full disk or quota; make room, then call again. As for every error of the system the cause is
 *   Node's own error, and `details` has `path` and `systemCode`
 * - `INTEGRITY` with `details.reason: "part-changed"` where another program shortened, replaced or removed the part
 * - `JOB_INVALID` for a part of another job, format or program, see `resume`
 * - `ARTIFACT_CHANGED` where, by its store's validator, the export is no longer the one that was started, see `resume`;
 *   with `retryable: true` where a store without validators broke off more often than this call restarts
 * - `TIMEOUT` where the `budget` is spent; call again to resume
 * - `CONCURRENCY_LIMIT` while another process saves to the same path
 * - what `download` and reading from it throw; the part is kept for the next call
 *
 * Every message ends with what to do next.
 *
 * @example
 * ```ts
 * const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
 * const { bytes, sha256 } = await saveExport(client, job, "users.csv", { format: "csv" });
 * ```
 */
export async function saveExport<P extends Providers, J extends JobOf<P>>(
  client: ExportClient<P>,
  job: J,
  path: string,
  options: SaveOptions = {},
): Promise<SavedExport> {
  checkClient("saveExport", client, "parseJob", "download");
  const settings = resolveSaveOptions(path, options);
  client.parseJob(job);
  const { signal } = settings;
  signal?.throwIfAborted();
  const files = filesFor(path);
  try {
    const lease = await onDisk(files, () => acquireLease(files, signal));
    try {
      return await saveUnderLease({ client, job, files, settings, lease, onDiscard: () => {} });
    } finally {
      await lease.release();
    }
  } catch (error) {
    // Whatever an abort broke, the reason is what the caller wants to see.
    throw signal?.aborted ? signal.reason : error;
  }
}

/** The same for a caller that holds the lease already. */
export async function saveUnderLease<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
): Promise<SavedExport> {
  const startedAt = performance.now();
  const { job, files } = task;
  let discarded: Leftover | undefined;
  const onDiscard = (leftover: Leftover) => {
    discarded = leftover;
    task.onDiscard(leftover);
  };
  try {
    const { progress, resumed } = await save({ ...task, onDiscard });
    const { bytes, sha256, records, repeated, uncheckedRepeats, emptyColumns } = progress;
    return {
      path: files.target,
      jobId: job.id,
      createdAt: job.createdAt,
      bytes,
      ...(records !== undefined && { records }),
      ...(emptyColumns && { emptyColumns }),
      ...(repeated !== undefined && { repeated }),
      ...(uncheckedRepeats && { uncheckedRepeats }),
      sha256,
      durationMs: Math.round(performance.now() - startedAt),
      resumed,
      ...(discarded && { discarded }),
    };
  } catch (error) {
    // Whoever takes over removes what the former holder had prepared: no other program removed a file that is missing then.
    if (isError(error) && isRefusal(error.cause, "ENOENT", "ESTALE"))
      await onDisk(files, () => task.lease.confirm());
    throw withNextStep(task, error);
  }
}

async function save<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
): Promise<{ readonly progress: PartProgress; readonly resumed: boolean }> {
  const { files } = task;
  const plan = await onDisk(files, () => planSave(task));
  if (plan.kind === "published") {
    await onDisk(files, () => removePart(files));
    return { progress: plan.state, resumed: true };
  }
  const former = plan.kind === "resume" ? await reopen(task, plan.state) : undefined;
  const whole = former?.state.complete
    ? { file: former.file, progress: former.state, resumed: true }
    : await downloadPart(task, former);
  try {
    await onDisk(files, () => publish(task, whole.file, whole.progress));
    return whole;
  } finally {
    await whole.file.close();
  }
}

/** The part, where it is what its state says, or nothing: then it is restarted. */
async function reopen<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
  state: PartState,
): Promise<ReopenedPart | undefined> {
  const { files, settings, lease } = task;
  // Nothing is lost with it, and what a former holder may still write goes nowhere.
  if (state.bytes === 0) return undefined;
  return onDisk(files, async () => {
    const open = await stillOpen(state.leases);
    // Before it is opened: whoever comes next must know that it may be.
    await writePartState(task, state, [...open, lease.id]);
    const access = { files, lease, mode: settings.mode };
    const file = await reopenPart(access, state, open.length === 0, settings.signal);
    return file && { file, state };
  });
}

async function stillOpen(leases: readonly string[]): Promise<readonly string[]> {
  const closed = await Promise.all(leases.map((id) => isClosed(id)));
  return leases.filter((_, index) => !closed[index]);
}
