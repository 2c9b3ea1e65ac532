import { link, lstat, open, rename, rm, unlink } from "node:fs/promises";
import { syncFolder } from "./durable-files.js";
import { isRefusal } from "./file-error.js";
import { ownName } from "./lease.js";
import { isSame, type PartFile } from "./part-file.js";
import type { PartProgress } from "./part-state.js";
import { provePart } from "./prove-part.js";
import { refuseTarget, targetExists } from "./save-plan.js";
import type { SaveWork } from "./save-task.js";

/**
 * Gives the finished part its name in one step: by way of a name of the lease's own, so that what is renamed is the very
 * file that was proven, and nothing is once the lease is lost.
 */
export async function publish(task: SaveWork, part: PartFile, whole: PartProgress): Promise<void> {
  const { files, settings, lease } = task;
  const own = ownName(files.part, lease);
  const linked = await linkOrRename(files.part, own);
  try {
    await provePart(task, part, own, whole);
    await refuseTarget(task, settings.overwrite);
    await lease.confirm();
    if (settings.overwrite) await rename(own, files.target);
    else if (!(await renameUnlessTaken(own, files.target))) throw targetExists(task);
  } catch (error) {
    await (linked ? rm(own, { force: true }) : rename(own, files.part)).catch(() => {});
    throw error;
  }
  await syncFolder(files.folder);
  // Another run that took over just now has a part of its own there.
  const left = await lstat(files.part, { bigint: true }).catch(() => undefined);
  if (left && isSame(left, await part.stat())) await rm(files.part, { force: true });
  await rm(files.state, { force: true });
}

/** A second name where the file system has hard links, else another one; whether the first one stays. */
async function linkOrRename(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isRefusal(error, "ENOENT")) throw error;
    await rename(from, to);
    return false;
  }
}

/** A rename replaces what is there; a hard link refuses to, and leaves no moment in between. */
async function renameUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (isRefusal(error, "EEXIST")) return false;
    return renameOverOwn(from, to);
  }
  await unlink(from);
  return true;
}

/** Some file systems have no hard links; there the name is taken first, by an empty file, which nobody else can. */
async function renameOverOwn(from: string, to: string): Promise<boolean> {
  try {
    await (await open(to, "wx")).close();
  } catch (error) {
    if (isRefusal(error, "EEXIST")) return false;
    throw error;
  }
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    await rm(to, { force: true }).catch(() => {});
    throw error;
  }
}
