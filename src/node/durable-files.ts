import { open, rename, rm } from "node:fs/promises";
import process from "node:process";
import { isRefusal } from "./file-error.js";
import { type Lease, ownName } from "./lease.js";
import type { SaveFiles } from "./save-files.js";

/**
 * Writes a small file so that whoever reads it, after whatever crash, finds the old text or the new one, whole; and only
 * while the lease holds.
 */
export async function replaceFile(folder: string, path: string, text: string, lease: Lease): Promise<void> {
  const fresh = ownName(path, lease);
  try {
    // Exclusive: what is there already could be a link.
    const handle = await open(fresh, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await lease.confirm();
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Removes what is of no use beside a finished file; its state last, which says that the file is finished. */
export async function removePart({ part, state }: SaveFiles): Promise<void> {
  for (const path of [part, state]) await rm(path, { force: true });
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
