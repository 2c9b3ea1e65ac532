import { randomBytes } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { exists, isRefusal } from "./file-error.js";
import { heldLocks, holderOfLease, leaseId, removeLock, writeBeat } from "./lock-file.js";
import { lookForOthers, type Refusal, SILENCE_MS, type Sleep } from "./other-holders.js";
import type { SaveFiles } from "./save-files.js";
import { hasEnded, identityOfThisThread, type ThreadIdentity } from "./thread-identity.js";

/**
 * The right to save to a path, until another process takes it over. What its holder writes, it first writes under a
 * name of its own ({@link ownName}), then confirms the lease, and then renames. Whoever takes it over removes its lock
 * file first, and then everything under such names. So a holder that was silent for too long cannot finish what it had
 * started: the fence is that its names are gone.
 */
export interface Lease {
  /** Of this lease only, for ever. */
  readonly id: string;
  /** Rejects with `CONCURRENCY_LIMIT` if the lease was lost meanwhile. */
  confirm(): Promise<void>;
  /** The same, and the time by the clock of whoever stamps files there, in ms since the epoch. */
  now(): Promise<number>;
  release(): Promise<void>;
}

const BEAT_MS = 5_000;
const TRIES = 5;

const sleepReally: Sleep = (ms, signal) => pause(ms, undefined, signal && { signal });

/** The name under which a holder prepares what is to become `path`. */
export function ownName(path: string, { id }: Lease): string {
  return `${path}.${id}`;
}

/**
 * Takes the lease, or rejects with `CONCURRENCY_LIMIT`.
 *
 * Every thread puts up a lock file of its own and only then looks for others: of two that come at the same time at
 * least one sees the other. The name of a lock file is never used twice, so that removing the one of a dead process can
 * never hit that of a living one. With one name for all, there is a moment between finding a lock stale and removing it
 * in which a third process can have renewed it.
 */
export async function acquireLease(
  files: SaveFiles,
  signal: AbortSignal | undefined,
  sleep = sleepReally,
): Promise<Lease> {
  const identity = await identityOfThisThread();
  for (let tries = 1; ; tries++) {
    const { lease, path } = await putUp(files, identity);
    let refusal: Refusal | undefined;
    try {
      refusal = await lookForOthers(files, { identity, path, signal, sleep });
      if (!refusal) {
        await lease.confirm();
        await clearUnfinished(files);
        return lease;
      }
    } catch (error) {
      await lease.release();
      throw error;
    }
    await lease.release();
    if (refusal.certain || tries === TRIES) throw refusal.error;
    // Two that came at the same time have both stepped back; chance decides which is first now.
    await pause(Math.random() * 50, undefined, signal && { signal });
  }
}

async function putUp(
  files: SaveFiles,
  identity: ThreadIdentity,
): Promise<{ readonly lease: Lease; readonly path: string }> {
  const id = leaseId(identity, randomBytes(6).toString("hex"));
  const path = join(files.folder, files.lockPrefix + id);
  let beats = 0;
  const renew = () => writeBeat(path, "r+", beats++);
  heldLocks.add(path);
  try {
    await writeBeat(path, "wx", beats++);
  } catch (error) {
    await removeLock(path);
    throw error;
  }
  // A beat that fails is missed; whoever confirms the lease finds out why.
  const beat = setInterval(() => void renew().catch(() => {}), BEAT_MS);
  beat.unref();
  const lease: Lease = {
    id,
    async confirm() {
      try {
        await renew();
      } catch (error) {
        if (isRefusal(error, "ENOENT", "ESTALE") && (await exists(files.folder))) throw lost(files);
        throw error;
      }
    },
    async now() {
      await lease.confirm();
      return (await stat(path)).mtimeMs;
    },
    async release() {
      clearInterval(beat);
      await removeLock(path);
    },
  };
  return { lease, path };
}

/**
 * Removes what former holders prepared and did not rename: from now on they cannot. A part that had no other name, as on
 * file systems without hard links, gets it back.
 */
async function clearUnfinished({ folder, part, job }: SaveFiles): Promise<void> {
  const prefixes = [basename(part), basename(job)];
  for (const name of await readdir(folder)) {
    const prefix = prefixes.find((one) => name.startsWith(`${one}.`));
    if (!prefix) continue;
    const rest = name.slice(prefix.length + 1);
    if (!holderOfLease(rest.replace(/^json\./, ""))) continue;
    const isPart = join(folder, prefix) === part && !rest.startsWith("json.");
    if (isPart && !(await exists(part))) await rename(join(folder, name), part);
    else await rm(join(folder, name), { force: true });
  }
}

/** Leases of this thread under which a part was closed and its state could perhaps not say so. */
const closed = new Set<string>();

export function rememberClosed({ id }: Lease): void {
  closed.add(id);
}

/** Whether nobody can have anything open any more that was opened under a lease. */
export async function isClosed(id: string): Promise<boolean> {
  if (closed.has(id)) return true;
  const identity = holderOfLease(id);
  if (!identity || identity.host !== (await identityOfThisThread()).host) return false;
  // A process closes everything when it ends; a thread that was stopped may have a write under way.
  return hasEnded(
    identity.thread === undefined ? identity : { ...identity, thread: undefined, started: "0" },
  );
}

function lost({ target, words }: SaveFiles): ExportError {
  return documentedError(
    "CONCURRENCY_LIMIT",
    `saving to ${target} stopped: its lock file is gone, because this process showed no activity for ` +
      `${SILENCE_MS / 1_000} s and another run took over, or because somebody removed it. Nothing has been written since. ` +
      `When the other run has ended, ${words.again}`,
    { retryable: true, details: { path: target } },
  );
}
