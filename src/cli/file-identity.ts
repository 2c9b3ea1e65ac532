import { lstat } from "node:fs/promises";
import { isRefusal } from "../node/file-error.js";

/** What tells one file from another that takes its place; `null` where there is none. */
export type FileIdentity = {
  readonly ino: number;
  readonly mtimeMs: number;
  readonly size: number;
} | null;

export async function identityOf(path: string): Promise<FileIdentity> {
  try {
    const { ino, mtimeMs, size } = await lstat(path);
    return { ino, mtimeMs, size };
  } catch (error) {
    if (isRefusal(error, "ENOENT")) return null;
    throw error;
  }
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  if (one === null || other === null) return one === other;
  return one.ino === other.ino && one.mtimeMs === other.mtimeMs && one.size === other.size;
}

/** Reads what was stored; `undefined` where it is not an identity. */
export function readFileIdentity(value: unknown): FileIdentity | undefined {
  if (value === null) return null;
  if (typeof value !== "object") return undefined;
  const { ino, mtimeMs, size } = value as { readonly [field: string]: unknown };
  return typeof ino === "number" && typeof mtimeMs === "number" && typeof size === "number"
    ? { ino, mtimeMs, size }
    : undefined;
}
