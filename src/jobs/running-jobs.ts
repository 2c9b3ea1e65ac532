import type { Connection } from "../connection.js";
import type { ExportError } from "../model/errors.js";
import type { AnyProvider } from "../spec/provider.js";

/** What this process knows to run at one provider, and who waits for a turn, the first to come first. */
interface Account {
  /** When a job was last heard of, by its id and the monotonic clock. */
  readonly heardOf: Map<string, number>;
  starting: number;
  readonly queue: Waiting[];
}

interface Waiting {
  readonly limit: number;
  give(): void;
}

/** Leave to start one export; `end` tells what became of the start. */
export interface Turn {
  end(job: Known | undefined): void;
}

/** What is known of a job. */
export interface Known {
  readonly id: string;
  readonly isOver: boolean;
}

/** A start that waits for its turn, and how long at the most. */
export interface Queueing {
  readonly timeoutMs: number | undefined;
  /** How long it has waited. */
  waitedMs: number;
}

// Whoever waits for a job asks every two minutes at least. Without news for this long nobody here does, and counting it
// on would block starts for ever.
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;

// By provider, so that clients that share one share its limit.
const accounts = new WeakMap<AnyProvider, Account>();

function accountOf({ provider }: Connection): Account {
  const account = accounts.get(provider) ?? { heardOf: new Map(), starting: 0, queue: [] };
  accounts.set(provider, account);
  return account;
}

/** Takes notice of what is known of a job now; somebody's turn may have come. */
export function noteJob(connection: Connection, job: Known): void {
  const account = accountOf(connection);
  if (job.isOver) account.heardOf.delete(job.id);
  else account.heardOf.set(job.id, connection.settings.clock.monotonic());
  admit(connection, account);
}

/** Throws `CONCURRENCY_LIMIT` where no further export may start now. */
export function checkRoom(connection: Connection, limit: number): void {
  const account = accountOf(connection);
  const running = count(connection, account);
  if (running < limit && account.queue.length === 0) return;
  const { name } = connection.provider;
  const waiting = account.queue.length;
  throw connection.error(
    "CONCURRENCY_LIMIT",
    `${name}: ${running} ${running === 1 ? "export runs" : "exports run"} already, and no more than ${limit} may ` +
      `(limits.jobs, maxRunningJobs)${waiting > 0 ? `, and ${waiting} came before and wait` : ""}; nothing was sent. ` +
      "Poll the running ones to their end first",
    { operation: "start", retryable: true, details: { running, limit, maxRunningJobs: limit } },
  );
}

/**
 * Takes a turn to start an export: at once, or else in the queue; without one it throws `CONCURRENCY_LIMIT`.
 *
 * @param signal - ends the wait: the caller's, or the budget's deadline
 */
export async function takeTurn(
  connection: Connection,
  limit: number,
  signal: AbortSignal,
  queueing: Queueing | undefined,
): Promise<Turn> {
  const account = accountOf(connection);
  const isFree = account.queue.length === 0 && count(connection, account) < limit;
  if (isFree) account.starting += 1;
  else if (queueing) await queue(connection, account, limit, signal, queueing);
  else checkRoom(connection, limit);
  return {
    end(job) {
      account.starting -= 1;
      if (job) noteJob(connection, job);
      else admit(connection, account);
    },
  };
}

async function queue(
  connection: Connection,
  account: Account,
  limit: number,
  signal: AbortSignal,
  queueing: Queueing,
): Promise<void> {
  const { clock } = connection.settings;
  const { timeoutMs } = queueing;
  const startedAt = clock.monotonic();
  let stopLooking = () => {};
  let stopTimer = () => {};
  // What nobody has heard of for long enough leaves room without a word.
  const look = () => {
    stopLooking = clock.setTimer(FORGOTTEN_AFTER_MS, look);
    admit(connection, account);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      signal.throwIfAborted();
      const waiting: Waiting = { limit, give: resolve };
      const giveUp = (reason: unknown) => {
        const place = account.queue.indexOf(waiting);
        // Its turn has come in the same moment: then it starts, and hears of the signal there.
        if (place < 0) return;
        account.queue.splice(place, 1);
        reject(reason);
      };
      account.queue.push(waiting);
      signal.addEventListener("abort", () => giveUp(signal.reason), { once: true });
      if (timeoutMs !== undefined)
        stopTimer = clock.setTimer(timeoutMs, () => giveUp(waitedTooLong(connection, timeoutMs)));
      look();
    });
  } finally {
    stopLooking();
    stopTimer();
    queueing.waitedMs = Math.round(clock.monotonic() - startedAt);
  }
}

function admit(connection: Connection, account: Account): void {
  for (
    let next = account.queue[0];
    next && count(connection, account) < next.limit;
    next = account.queue[0]
  ) {
    account.queue.shift();
    account.starting += 1;
    next.give();
  }
}

function count({ settings }: Connection, { heardOf, starting }: Account): number {
  const now = settings.clock.monotonic();
  for (const [id, at] of heardOf) if (now - at >= FORGOTTEN_AFTER_MS) heardOf.delete(id);
  return heardOf.size + starting;
}

function waitedTooLong(connection: Connection, timeoutMs: number): ExportError {
  return connection.error(
    "TIMEOUT",
    `the export was not started: for ${timeoutMs} ms as many were running as may run at a time`,
    { operation: "start", retryable: true, details: { neverSent: true } },
  );
}
