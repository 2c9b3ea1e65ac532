import { link, lstat, open, rename, rm, unlink } from "node:fs/promises";
import process from "node:process";
import { isRefusal } from "./file-error.js";
import type { SaveFiles } from "./save-files.js";

/** Writes a small file so that whoever reads it, after whatever crash, finds the old text or the new one, whole. */
export async function replaceFile(folder: string, path: string, text: string): Promise<void> {
  const fresh = `${path}.tmp`;
  const create = () => open(fresh, "wx", 0o600);
  // One that is there was left behind by a run that was killed. It is never written into: it could be a link.
  const handle = await create().catch(async (error) => {
    if (!isRefusal(error, "EEXIST")) throw error;
    await rm(fresh);
    return create();
  });
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Gives the finished part its name in one step.
 *
 * @returns `false` where something has that name already and is to be kept
 */
export async function publish(files: SaveFiles, overwrite: boolean): Promise<boolean> {
  if (overwrite) await rename(files.part, files.target);
  else if (!(await renameUnlessTaken(files.part, files.target))) return false;
  await syncFolder(files.folder);
  return true;
}

/** Removes what is of no use beside a finished file; its state last, which says that the file is finished. */
export async function removeRemains(files: SaveFiles): Promise<void> {
  for (const path of [files.part, `${files.state}.tmp`, files.state]) await rm(path, { force: true });
}

/** A rename replaces what is there; a hard link refuses to, and leaves no moment in between. */
async function renameUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (isRefusal(error, "EEXIST")) return false;
    // Some file systems have no hard links; there a look beforehand has to do.
    if (await exists(to)) return false;
    await rename(from, to);
    return true;
  }
  await unlink(from);
  return true;
}

/** Whether something has this name, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isRefusal(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** Makes renames and removals outlast a power cut, where the system lets a folder be synced. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A folder that may be written but not listed cannot be opened; some file systems have nothing to sync.
    if (!isRefusal(error, "EACCES", "EPERM", "EISDIR", "EINVAL", "ENOTSUP", "ENOSYS", "EBADF")) throw error;
  }
}
