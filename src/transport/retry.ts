import pRetry from "p-retry";
import type { Connection } from "../connection.js";
import { ExportError, type ExportErrorCode, type Operation } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";
import type { RetrySettings } from "../settings.js";
import { checkBudget, isBudgetSpent } from "./budget-check.js";

export interface RetryRun {
  readonly operation: Operation;
  readonly signal?: AbortSignal | undefined;
  /** An answer that comes after the caller has given up is wanted all the same. */
  readonly once?: boolean | undefined;
  readonly jobId?: string | undefined;
  /** Retries left of the budget; default all of it. */
  readonly retries?: number | undefined;
  /** It is resumable: an outage is outlasted as long as `retry.patienceMs` says. */
  readonly patient?: boolean | undefined;
  /** When the last progress was made, by the client's monotonic time; default now. */
  readonly since?: number | undefined;
}

// QUOTA_EXCEEDED and CONCURRENCY_LIMIT may be tried later by the caller, but waiting here would only burn the budget.
const TRANSIENT: ReadonlySet<ExportErrorCode> = new Set([
  "NETWORK",
  "PROVIDER_UNAVAILABLE",
  "RATE_LIMITED",
  "TIMEOUT",
  "DOWNLOAD_STALLED",
  "INTEGRITY",
  "RESPONSE_INVALID",
  "FORBIDDEN",
]);

/** Whether the engine itself may repeat what failed like this. */
export function isTransient(error: unknown): error is ExportError {
  return (
    ExportError.isInstance(error) && error.retryable && TRANSIENT.has(error.code) && !isBudgetSpent(error)
  );
}

/**
 * Runs an attempt until it succeeds, fails for good, or a budget is used up: retries in a row, and time since the last
 * progress. (The third budget, time per attempt, is `send`'s.) Waits are what the provider asked for, else backoff.
 */
export async function withRetries<T>(
  connection: Connection,
  given: RetryRun,
  attempt: (retry: number) => Promise<T>,
): Promise<T> {
  const run = ownProperties(given);
  const { clock, retry: settings } = connection.settings;
  const since = run.since ?? clock.monotonic();
  const spent = settings.retries - (run.retries ?? settings.retries);
  const patient = run.patient ? new FailuresInARow(connection, since) : undefined;
  return pRetry((attemptNumber) => attempt(attemptNumber - 1), {
    retries: patient ? Number.POSITIVE_INFINITY : Math.max(0, run.retries ?? settings.retries),
    // p-retry has no wait per attempt, so the waiting is done below, by the injected clock.
    minTimeout: 0,
    signal: run.once ? undefined : run.signal,
    shouldRetry: ({ error }) => isRepeatable(error, run),
    onFailedAttempt: async ({ error, retriesLeft, attemptNumber }) => {
      if (!isRepeatable(error, run) || retriesLeft <= 0) return;
      const delayMs = patient?.add(error) ?? retryDelayMs(connection, error, spent + attemptNumber);
      if (clock.monotonic() + delayMs - since > settings.maxElapsedMs) throw error;
      connection.observe({
        type: "retry",
        operation: run.operation,
        retry: spent + attemptNumber,
        delayMs: Math.round(delayMs),
        errorCode: error.code,
        ...(run.jobId !== undefined && { jobId: run.jobId }),
      });
      await clock.sleep(delayMs, run.signal);
    },
  });
}

/**
 * A function of somebody else's that did not answer is still at work: it is called again only where the engine is patient.
 */
function isRepeatable(error: unknown, { patient, signal }: RetryRun): error is ExportError {
  return (
    !signal?.aborted && isTransient(error) && (patient === true || error.details?.unanswered === undefined)
  );
}

/**
 * How long to wait before retry number `retry`. Throws the error itself where the provider asked for a longer wait than
 * the cap: the caller learns `retryAt` at once instead of finding a process that hangs. Nor is a wait started that the
 * budget does not outlast.
 */
function retryDelayMs(connection: Connection, error: ExportError, retry: number): number {
  const { retry: settings, random } = connection.settings;
  const backoff = backoffMs(retry, settings, random);
  const asked = askedMs(connection, error.retryAt);
  if (asked > settings.maxRetryAfterMs) throw error;
  // One request too many: where no wait is named, what jitter leaves of a quarter of a second is none.
  const floor = error.code === "RATE_LIMITED" && asked <= 0 ? rateLimitFloorMs(retry, settings) : 0;
  const delayMs = Math.max(asked, backoff, floor);
  checkBudget(connection, delayMs, { operation: error.operation, cause: error });
  return delayMs;
}

/** How long to stay away until a time of the provider's, in ms; negative where it named none, or one that has passed. */
export function askedMs(connection: Connection, retryAt: Date | undefined): number {
  return (retryAt?.getTime() ?? 0) - connection.now();
}

// What passes by itself: something on the way restarts, or is asked too much. Waiting mends no refusal and no damage.
const OUTAGES: ReadonlySet<ExportErrorCode> = new Set([
  "NETWORK",
  "TIMEOUT",
  "PROVIDER_UNAVAILABLE",
  "RATE_LIMITED",
  "DOWNLOAD_STALLED",
]);
// Once the first retries are used up nobody is in a hurry, and jitter must not come to nothing.
const SHORTEST_WAIT_MS = 1_000;

/**
 * Failures in a row of something that is resumable. What would be lost by giving up is far more than what resuming
 * costs, so an outage is outlasted for `retry.patienceMs`, however many retries that takes; a client that was told its
 * number of `retries` keeps to it.
 */
export class FailuresInARow {
  readonly #connection: Connection;
  readonly #since: number;
  #count = 0;
  #others = 0;

  /** @param since - when the last progress was made, by the monotonic clock */
  constructor(connection: Connection, since: number) {
    this.#connection = connection;
    this.#since = since;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes one more, and gives the wait before the next try, in ms; throws the error where there is to be none. */
  add(error: ExportError): number {
    const { clock, retry } = this.#connection.settings;
    this.#count += 1;
    if (!OUTAGES.has(error.code)) this.#others += 1;
    if (this.#others > retry.retries) throw error;
    const isEarly = this.#count <= retry.retries;
    const waited = clock.monotonic() - this.#since;
    if (!isEarly && waited >= retry.patienceMs) throw error;
    const delayMs = retryDelayMs(this.#connection, error, this.#count);
    if (isEarly) return delayMs;
    const floorMs = Math.max(SHORTEST_WAIT_MS, backoffCeilingMs(this.#count, retry) / 2);
    // The last try is made right when patience ends, unless the provider wants it later.
    const ownMs = Math.min(Math.max(delayMs, floorMs), retry.patienceMs - waited);
    const waitMs = Math.max(ownMs, askedMs(this.#connection, error.retryAt));
    checkBudget(this.#connection, waitMs, { operation: error.operation, cause: error });
    return waitMs;
  }
}

const RATE_LIMIT_FLOOR_MS = 2_000;
const RATE_LIMIT_FACTOR = 8;

/**
 * The wait before retry number `retry` (from 1), in ms: exponential with full jitter, so that many clients that failed
 * together do not come back together.
 */
export function backoffMs(retry: number, settings: RetrySettings, random: () => number): number {
  return Math.round(random() * backoffCeilingMs(retry, settings));
}

/** The longest such wait. */
function backoffCeilingMs(retry: number, settings: RetrySettings): number {
  return Math.min(settings.maxDelayMs, settings.minDelayMs * 2 ** Math.min(retry - 1, 64));
}

/** The shortest wait after a 429 that names none: 2 s, twice as long each time, and less where all waits are set shorter. */
export function rateLimitFloorMs(retry: number, settings: RetrySettings): number {
  const floor = RATE_LIMIT_FLOOR_MS * 2 ** Math.min(retry - 1, 64);
  return Math.min(settings.maxDelayMs, floor, RATE_LIMIT_FACTOR * backoffCeilingMs(retry, settings));
}
