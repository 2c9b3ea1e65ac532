import type { ExportClient, JobOf, Providers } from "../client.js";
import { publish, removeRemains } from "./durable-files.js";
import { onDisk } from "./file-error.js";
import { PartFile } from "./part-file.js";
import type { PartProgress, PartState } from "./part-state.js";
import { filesFor } from "./save-files.js";
import { acquireLock } from "./save-lock.js";
import { resolveSaveOptions, type SaveOptions } from "./save-options.js";
import { planSave, targetExists } from "./save-plan.js";
import type { SaveTask } from "./save-task.js";
import { type ReopenedPart, transfer } from "./transfer.js";

/** A finished file. */
export interface SavedExport {
  /** Absolute. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
  /** The records in it; absent where a provider's file was saved as it is, and nobody counted. */
  readonly records?: number;
  /** The SHA-256 of the whole file, in hex. */
  readonly sha256: string;
  /** How long this run took, in ms. */
  readonly durationMs: number;
  /** Whether this run went on with what an earlier one had saved, and not from the beginning. */
  readonly resumed: boolean;
}

/**
 * Saves the result of a succeeded job as a file, and survives being killed: run it again, with the same arguments, and
 * it goes on where it was, in every format.
 *
 * The file grows as `path.part`, beside `path.part.json`, which says how much of it is proven; it gets its name in one
 * step when nothing is missing. So a file at `path` is always whole. Everything is synced to the disk before anything
 * claims that it is there. One process at a time saves to a path, by a lock file that does not outlive it.
 *
 * A part that turns out to be damaged is begun anew. One that belongs to another job, format or program is left alone.
 *
 * Going on takes a proof that the vendor's file is still the same: a strong validator of its store, or, for the records of
 * workbooks, their archive's directory. Where there is none (`"raw"` from a store without strong `ETag` and without
 * `Last-Modified`), or where the store names none and the content is another, the part is begun anew, and after that up to
 * 3 times more in this run; `onProgress` then counts from 0 again, and `resumed` is `false`. A file is never made of two.
 *
 * @throws
 * - `CONFIG_INVALID` for a wrong option or path, a folder that is missing or read-only, and, with
 *   `details.reason: "exists"`, for an existing file that `overwrite` does not give up
 * - `LIMIT_EXCEEDED` for a full disk or quota; make room, then call again. As for every error of the system the cause is
 *   Node's own error, and `details` has `path` and `systemCode`
 * - `JOB_INVALID` for a part of another job, format or program, see `resume`
 * - `ARTIFACT_CHANGED` where, by its store's validator, the export is no longer the one that was begun, see `resume`;
 *   with `retryable: true` where a store without validators broke off more often than this call begins anew
 * - `TIMEOUT` where the `budget` is spent; call again to go on
 * - `CONCURRENCY_LIMIT` while another process saves to the same path
 * - what `download` and reading from it throw; the part is kept for the next call
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
  const begun = performance.now();
  const settings = resolveSaveOptions(path, options);
  client.parseJob(job);
  const { signal } = settings;
  signal?.throwIfAborted();
  const files = filesFor(path);
  try {
    const lock = await onDisk(files.target, () => acquireLock(files, signal));
    try {
      const { progress, resumed } = await save({ client, job, files, settings, lock });
      const { bytes, sha256, records } = progress;
      const durationMs = Math.round(performance.now() - begun);
      return {
        path: files.target,
        bytes,
        ...(records !== undefined && { records }),
        sha256,
        durationMs,
        resumed,
      };
    } finally {
      await lock.release();
    }
  } catch (error) {
    // Whatever an abort broke, the reason is what the caller wants to see.
    throw signal?.aborted ? signal.reason : error;
  }
}

async function save<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
): Promise<{ readonly progress: PartProgress; readonly resumed: boolean }> {
  const { files, settings } = task;
  const plan = await onDisk(files.target, () => planSave(task));
  if (plan.kind === "published") {
    await onDisk(files.target, () => removeRemains(files));
    return { progress: plan.state, resumed: true };
  }
  const former = plan.kind === "continue" ? await reopen(task, plan.state) : undefined;
  const done = former?.state.complete ? await closed(former) : await transfer(task, former);
  await onDisk(files.target, async () => {
    await task.lock.confirm();
    if (!(await publish(files, settings.overwrite))) throw targetExists(task);
    await removeRemains(files);
  });
  return done;
}

/** The part as its state claims it, or nothing: then it is begun anew. */
async function reopen<P extends Providers, J extends JobOf<P>>(
  { files, settings }: SaveTask<P, J>,
  state: PartState,
): Promise<ReopenedPart | undefined> {
  const file = await onDisk(files.target, () =>
    PartFile.reopen(files.part, settings.mode, state, settings.signal),
  );
  return file && { file, state };
}

async function closed({
  file,
  state,
}: ReopenedPart): Promise<{ readonly progress: PartProgress; readonly resumed: boolean }> {
  await file.close();
  return { progress: state, resumed: state.bytes > 0 };
}
