import { lstat, stat } from "node:fs/promises";
import { isRefusal } from "./file-error.js";

/** What has the name of the file that is to be: nothing, a file, a link to one, or what cannot be replaced by one. */
export type TargetKind = "nothing" | "file" | "link" | "folder" | "special";

/** Looks at what a file would replace. */
export async function targetKind(path: string): Promise<TargetKind> {
  const stats = await orNothing(lstat(path));
  if (!stats) return "nothing";
  if (stats.isDirectory()) return "folder";
  if (!stats.isSymbolicLink()) return stats.isFile() ? "file" : "special";
  const behind = await orNothing(stat(path));
  // One that leads nowhere, or in a circle, is there as well.
  if (behind?.isDirectory()) return "folder";
  return behind === undefined || behind.isFile() ? "link" : "special";
}

async function orNothing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isRefusal(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}
