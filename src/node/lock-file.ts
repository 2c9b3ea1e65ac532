import { open, stat, unlink } from "node:fs/promises";
import { isRefusal } from "./file-error.js";
import { READ_ONLY } from "./text-file.js";
import type { ThreadIdentity } from "./thread-identity.js";

/** What a lock file shows to whoever looks at it. */
export interface LockReading {
  /** Changes with every beat of its holder. */
  readonly beat: string;
  /** When it was last renewed, by the clock of whoever stamps files there. */
  readonly mtimeMs: number;
}

/** What stands behind the prefix in a lock file's name, and in the names of all that a holder prepares. */
export function leaseId({ host, pid, thread, started }: ThreadIdentity, random: string): string {
  return `${host}-${pid}${thread === undefined ? "" : `.${thread}`}-${started}-${random}`;
}

const ID = /^([0-9a-f]+)-(\d+)(?:\.(\d+))?-(\d+)-[0-9a-f]+$/;

/** Whose a lease is; `undefined` where the text is not an id of one. */
export function holderOfLease(id: string): ThreadIdentity | undefined {
  const [, host, pid, thread, started] = ID.exec(id) ?? [];
  if (!host || !pid || !started) return undefined;
  return { host, pid: Number(pid), thread: thread === undefined ? undefined : Number(thread), started };
}

/** Writes to a lock file, so that it changes and the file system puts its own time on it. */
export async function writeBeat(path: string, flags: "wx" | "r+", beat: number): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await handle.write(`${beat}`, 0);
  } finally {
    await handle.close();
  }
}

/** Looks at a lock file; `undefined` where it is gone. */
export async function readLock(path: string): Promise<LockReading | undefined> {
  try {
    // Opened, and not only asked for its times: on a network file system opening it passes the cache by.
    const handle = await open(path, READ_ONLY);
    try {
      const { mtimeMs, mtimeNs } = await handle.stat({ bigint: true });
      return { beat: `${mtimeNs} ${await handle.readFile("utf8")}`, mtimeMs: Number(mtimeMs) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isRefusal(error, "ENOENT")) return undefined;
    if (!isRefusal(error, "EACCES")) throw error;
    // Another user's: its time alone must tell.
    const { mtimeMs, mtimeNs } = await stat(path, { bigint: true });
    return { beat: `${mtimeNs}`, mtimeMs: Number(mtimeMs) };
  }
}

/** Locks of this thread, by their paths: those it holds, and those it could not remove when it gave them up. */
export const heldLocks = new Set<string>();
export const unremovedLocks = new Set<string>();

/** Removes a lock; where the folder does not allow it just now, the next save of this thread tries again. */
export async function removeLock(path: string): Promise<void> {
  heldLocks.delete(path);
  try {
    // Not `rm`, which looks at the file first: Node's permission model may allow to write there and not to read.
    await unlink(path);
    unremovedLocks.delete(path);
  } catch (error) {
    if (!isRefusal(error, "ENOENT")) unremovedLocks.add(path);
  }
}
