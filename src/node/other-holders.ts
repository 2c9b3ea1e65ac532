import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { heldLocks, holderOfLease, readLock, unremovedLocks } from "./lock-file.js";
import type { SaveFiles } from "./save-files.js";
import { hasEnded, type ThreadIdentity } from "./thread-identity.js";

/** A holder that cannot be proven dead and shows no activity for so long counts as gone. */
export const SILENCE_MS = 20_000;
const LOOK_MS = 1_000;

/** How long a wait takes; tests have their own. */
export type Sleep = (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;

/** The holder that looks for others. */
export interface Search {
  readonly identity: ThreadIdentity;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  readonly sleep: Sleep;
}

/** Why a lease is not to be had. */
export interface Refusal {
  readonly error: ExportError;
  /** Whether another try at once would lead to the same. */
  readonly certain: boolean;
}

interface Holder {
  readonly path: string;
  readonly identity: ThreadIdentity;
}

/**
 * Looks for other lock files and clears away those of the dead; the refusal, if one belongs to the living. Clocks prove
 * nothing: that a lock looks old may be the clock of another machine. They only save a wait where one looks new.
 */
export async function lookForOthers(files: SaveFiles, search: Search): Promise<Refusal | undefined> {
  const { identity, path: own } = search;
  const silent: Holder[] = [];
  for (const holder of await holders(files, own)) {
    if (heldLocks.has(holder.path)) return { certain: true, error: refused(files, holder, identity) };
    const isHere = holder.identity.host === identity.host;
    if (unremovedLocks.has(holder.path) || (isHere && (await hasEnded(holder.identity)))) {
      await rm(holder.path, { force: true });
      unremovedLocks.delete(holder.path);
      continue;
    }
    const [theirs, ours] = [await readLock(holder.path), await readLock(own)];
    // Given back since the folder was read.
    if (theirs === undefined) continue;
    const age = ours && ours.mtimeMs - theirs.mtimeMs;
    if (age !== undefined && Math.abs(age) < SILENCE_MS) {
      const retryAt = new Date(Date.now() + SILENCE_MS - Math.max(0, age));
      return { certain: false, error: refused(files, holder, identity, isHere ? undefined : retryAt) };
    }
    silent.push(holder);
  }
  if (silent.length === 0) return undefined;
  const moving = await seenToMove(silent, search);
  if (moving) return { certain: true, error: refused(files, moving, identity) };
  for (const { path } of silent) await rm(path, { force: true });
  return undefined;
}

async function holders({ folder, lockPrefix }: SaveFiles, own: string): Promise<readonly Holder[]> {
  return (await readdir(folder)).flatMap((name) => {
    const identity = name.startsWith(lockPrefix) ? holderOfLease(name.slice(lockPrefix.length)) : undefined;
    const path = join(folder, name);
    return identity && path !== own ? [{ path, identity }] : [];
  });
}

/**
 * The first holder that is seen to move. Looks are counted, and not the time between them: of a machine that slept, both
 * sides must get the time to wake.
 */
async function seenToMove(all: readonly Holder[], { signal, sleep }: Search): Promise<Holder | undefined> {
  const before = await Promise.all(all.map(({ path }) => readLock(path)));
  for (let looks = 0; looks < SILENCE_MS / LOOK_MS; looks++) {
    await sleep(LOOK_MS, signal);
    const now = await Promise.all(all.map(({ path }) => readLock(path)));
    const moving = now.findIndex((sight, index) => sight && sight.beat !== before[index]?.beat);
    if (moving >= 0) return all[moving];
    if (now.every((sight) => sight === undefined)) return undefined;
  }
  return undefined;
}

function refused(
  { target, words }: SaveFiles,
  { path, identity }: Holder,
  own: ThreadIdentity,
  retryAt?: Date,
): ExportError {
  const isHere = identity.host === own.host;
  const who = isHere ? `process ${identity.pid}` : "a process on another machine or in another container";
  return documentedError(
    "CONCURRENCY_LIMIT",
    `${who} is saving to ${target} already, and holds the lock file ${path}. When it has ended, ${words.again}`,
    { retryable: true, retryAt, details: { path: target, lock: path } },
  );
}
