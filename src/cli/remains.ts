import type { ExportJob } from "exportkit";
import { exists, removeRemains } from "../node/durable-files.js";
import { onDisk } from "../node/file-error.js";
import { readPartState } from "../node/part-state.js";
import { filesFor } from "../node/save-files.js";
import { acquireLock } from "../node/save-lock.js";

/** Whether there is anything of a save that did not end. */
export async function hasRemains(out: string): Promise<boolean> {
  const { target, part, state } = filesFor(out);
  return onDisk(target, async () => (await exists(part)) || (await exists(state)));
}

/** Whether the part beside the file is this job's. */
export async function isPartOf(out: string, { id, provider }: ExportJob): Promise<boolean> {
  const files = filesFor(out);
  const state = await onDisk(files.target, () => readPartState(files));
  return typeof state === "object" && state.job.id === id && state.job.provider === provider;
}

/** Removes what is left of a save, unless another process is at it. */
export async function clearRemains(out: string): Promise<void> {
  const files = filesFor(out);
  const lock = await acquireLock(files, undefined);
  try {
    await removeRemains(files);
  } finally {
    await lock.release();
  }
}
