import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

/** What tells one thread of one process from every other, also from a later one with the same number. */
export interface ThreadIdentity {
  /** The machine since it was last started, or the container: process numbers mean something only within. */
  readonly host: string;
  readonly pid: number;
  /** The system's number of a worker thread; absent for the main one, and where the system does not tell. */
  readonly thread?: number | undefined;
  /** When the thread began, in the system's own units; `"0"` where the system does not tell. */
  readonly started: string;
}

export async function identityOfThisThread(): Promise<ThreadIdentity> {
  const parts = [hostname(), await bootOf(), await namespaceOf()];
  const host = createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
  const { pid } = process;
  const thread = threadNumber();
  return { host, pid, thread, started: (await linuxState(pid, thread))?.started ?? "0" };
}

/** Whether a thread of this host has certainly ended: its process, or it alone. */
export async function hasEnded({ pid, thread, started }: ThreadIdentity): Promise<boolean> {
  try {
    // Signal 0 reaches nobody; it only asks.
    process.kill(pid, 0);
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ESRCH";
  }
  const state = await linuxState(pid, thread);
  if (state === undefined) return thread !== undefined && (await linuxState(pid, undefined)) !== undefined;
  // Killed, and not yet collected by its parent.
  if (state.status === "Z" || state.status === "X") return true;
  return started !== "0" && started !== state.started;
}

/** Only a synchronous call runs in the thread itself. */
function threadNumber(): number | undefined {
  if (isMainThread || process.platform !== "linux") return undefined;
  try {
    return Number(/^\d+\/task\/(\d+)$/.exec(readlinkSync("/proc/thread-self"))?.[1]) || undefined;
  } catch {
    return undefined;
  }
}

/** From /proc/pid/stat (proc_pid_stat(5)), or the thread's own: the third field, and the 22nd. */
async function linuxState(
  pid: number,
  thread: number | undefined,
): Promise<{ readonly status: string; readonly started: string } | undefined> {
  if (process.platform !== "linux") return undefined;
  const of = thread === undefined ? `${pid}` : `${pid}/task/${thread}`;
  const text = await readFile(`/proc/${of}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [status, started] = [fields[0], fields[19]];
  return status && started && /^\d+$/.test(started) ? { status, started } : undefined;
}

// Elsewhere than on Linux there are no such files.
async function bootOf(): Promise<string> {
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
}

async function namespaceOf(): Promise<string> {
  return readlink("/proc/self/ns/pid").catch(() => "");
}
