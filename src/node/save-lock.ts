import { randomBytes } from "node:crypto";
import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ExportError } from "../errors.js";
import { isRefusal } from "./file-error.js";
import { isRunning, markOfThisProcess, type ProcessMark } from "./process-mark.js";
import type { SaveFiles } from "./save-files.js";

/** Keeps every other process from saving to the same file. */
export interface SaveLock {
  /** Rejects with `CONCURRENCY_LIMIT` if the lock was taken away meanwhile. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

const BEAT_MS = 5_000;
/** A process on another machine that was silent for so long is taken for dead. */
const SILENCE_MS = 20_000;
const TRIES = 5;

interface Holder {
  readonly name: string;
  readonly mark: ProcessMark;
}

/**
 * Takes the lock, or rejects with `CONCURRENCY_LIMIT`.
 *
 * Every process puts up a lock file of its own and only then looks for others: of two that come at the same time at
 * least one sees the other. The name of a lock file is never used twice, so that removing the one of a dead process can
 * never hit the one of a living. With one name for all, there is a moment between finding a lock stale and removing it
 * in which a third process can have renewed it.
 */
export async function acquireLock(files: SaveFiles, signal: AbortSignal | undefined): Promise<SaveLock> {
  const mark = await markOfThisProcess();
  for (let tries = 1; ; tries++) {
    const name = `${files.lockPrefix}${mark.host}-${mark.pid}-${mark.begun}-${randomBytes(6).toString("hex")}`;
    const own = join(files.folder, name);
    let refusal: ExportError | undefined;
    try {
      await touch(own, "wx");
      refusal = await lookForOthers(files, mark.host, name);
    } catch (error) {
      await rm(own, { force: true });
      throw error;
    }
    if (!refusal) return hold(files, own);
    await rm(own, { force: true });
    if (tries === TRIES) throw refusal;
    // Two that came at the same time have both stepped back; chance decides who is first now.
    await pause(5 + Math.random() * 45, undefined, signal && { signal });
  }
}

/** Looks for other lock files and clears away those of the dead; the refusal, if one belongs to the living. */
async function lookForOthers(files: SaveFiles, host: string, own: string): Promise<ExportError | undefined> {
  for (const name of await readdir(files.folder)) {
    const holder = name === own ? undefined : readName(files.lockPrefix, name);
    if (!holder) continue;
    const path = join(files.folder, name);
    if (holder.mark.host === host) {
      if (await isRunning(holder.mark)) return refused(files, holder);
    } else {
      const silence = await silenceOf(path, join(files.folder, own));
      if (silence !== undefined && silence < SILENCE_MS) {
        return refused(files, holder, new Date(Date.now() + SILENCE_MS - silence));
      }
    }
    await rm(path, { force: true });
  }
  return undefined;
}

/** How long ago another machine's lock was last renewed, by the clock of the file system that both are on. */
async function silenceOf(path: string, own: string): Promise<number | undefined> {
  try {
    return (await stat(own)).mtimeMs - (await stat(path)).mtimeMs;
  } catch (error) {
    if (isRefusal(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hold(files: SaveFiles, own: string): SaveLock {
  const renew = () => touch(own, "r+");
  // A beat that fails is missed; the next write of the part's state finds out whether the lock is gone.
  const beat = setInterval(() => void renew().catch(() => {}), BEAT_MS);
  beat.unref();
  return {
    async confirm() {
      try {
        await renew();
      } catch (error) {
        if (!isRefusal(error, "ENOENT")) return;
        throw new ExportError(
          "CONCURRENCY_LIMIT",
          `saving to ${files.target} stopped: its lock file was removed, so another process may be saving there now`,
          { retryable: true, details: { path: files.target } },
        );
      }
    },
    async release() {
      clearInterval(beat);
      await rm(own, { force: true }).catch(() => {});
    },
  };
}

/** Writes to a file, so that the file system puts its own time on it. */
async function touch(path: string, flags: "wx" | "r+"): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await handle.write(".", 0);
  } finally {
    await handle.close();
  }
}

function refused(files: SaveFiles, { name, mark }: Holder, retryAt?: Date): ExportError {
  const who = retryAt ? "a process on another machine or in another container" : `process ${mark.pid}`;
  return new ExportError(
    "CONCURRENCY_LIMIT",
    `${who} is saving to ${files.target} already. Wait for it, or, if you are sure that it is gone, remove the file ` +
      name,
    { retryable: true, retryAt, details: { path: files.target, lock: join(files.folder, name) } },
  );
}

function readName(prefix: string, name: string): Holder | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [, host, pid, begun] = /^([0-9a-f]+)-(\d+)-(\d+)-[0-9a-f]+$/.exec(name.slice(prefix.length)) ?? [];
  if (!host || !pid || !begun) return undefined;
  return { name, mark: { host, pid: Number(pid), begun } };
}
