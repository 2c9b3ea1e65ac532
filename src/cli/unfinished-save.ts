import type { ExportJob } from "exportkit";
import { removePart } from "../node/durable-files.js";
import { exists, onDisk } from "../node/file-error.js";
import type { Lease } from "../node/lease.js";
import { readPartState } from "../node/part-state.js";
import type { SaveFiles } from "../node/save-files.js";

/** Whether there is anything of a save that did not end. */
export async function hasUnfinishedSave(files: SaveFiles): Promise<boolean> {
  return onDisk(files, async () => (await exists(files.part)) || (await exists(files.state)));
}

/** Whether the part beside the file is this job's. */
export async function isPartOf(files: SaveFiles, { id, provider }: ExportJob): Promise<boolean> {
  const state = await onDisk(files, () => readPartState(files));
  return typeof state === "object" && state.job.id === id && state.job.provider === provider;
}

/** Removes what is left of a save, while the lease holds. */
export async function discardUnfinishedSave(files: SaveFiles, lease: Lease): Promise<void> {
  await lease.confirm();
  await removePart(files);
}
