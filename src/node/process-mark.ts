import { createHash } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";

/** What tells one process from every other, also from a later one with the same number. */
export interface ProcessMark {
  /** The machine since it was last started, or the container: process numbers mean something only within. */
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the system's own units; `"0"` where the system does not tell. */
  readonly begun: string;
}

export async function markOfThisProcess(): Promise<ProcessMark> {
  const parts = [hostname(), await bootOf(), await namespaceOf()];
  const host = createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
  return { host, pid: process.pid, begun: (await linuxState(process.pid))?.begun ?? "0" };
}

/** Whether a process of this host still runs; `true` where that cannot be told. */
export async function isRunning(mark: ProcessMark): Promise<boolean> {
  try {
    // Signal 0 reaches nobody; it only asks.
    process.kill(mark.pid, 0);
  } catch (error) {
    return (error as { readonly code?: unknown }).code !== "ESRCH";
  }
  const state = await linuxState(mark.pid);
  if (state === undefined) return true;
  // Killed, and not yet collected by its parent.
  if (state.status === "Z" || state.status === "X") return false;
  return mark.begun === "0" || mark.begun === state.begun;
}

/** From /proc/pid/stat (proc_pid_stat(5)): the third field, and the 22nd. */
async function linuxState(
  of: number,
): Promise<{ readonly status: string; readonly begun: string } | undefined> {
  if (process.platform !== "linux") return undefined;
  const text = await readFile(`/proc/${of}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [status, begun] = [fields[0], fields[19]];
  return status && begun && /^\d+$/.test(begun) ? { status, begun } : undefined;
}

async function bootOf(): Promise<string> {
  if (process.platform !== "linux") return "";
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
}

async function namespaceOf(): Promise<string> {
  if (process.platform !== "linux") return "";
  return readlink("/proc/self/ns/pid").catch(() => "");
}
