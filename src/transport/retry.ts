import pRetry from "p-retry";
import { ExportError, type ExportErrorCode, type Operation } from "../errors.js";
import { backoffMs } from "./backoff.js";
import { checkBudget, isBudgetSpent } from "./budget.js";
import type { Connection } from "./connection.js";

export interface RetryRun {
  readonly operation: Operation;
  readonly signal?: AbortSignal | undefined;
  readonly jobId?: string | undefined;
  /** Retries left of the budget; default all of it. */
  readonly retries?: number | undefined;
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
  run: RetryRun,
  attempt: (retry: number) => Promise<T>,
): Promise<T> {
  const { clock, retry: settings } = connection.settings;
  const since = run.since ?? clock.monotonic();
  const spent = settings.retries - (run.retries ?? settings.retries);
  return pRetry((attemptNumber) => attempt(attemptNumber - 1), {
    retries: Math.max(0, run.retries ?? settings.retries),
    // p-retry has no wait per attempt, so the waiting is done below, by the injected clock.
    minTimeout: 0,
    ...(run.signal && { signal: run.signal }),
    shouldRetry: ({ error }) => isTransient(error),
    onFailedAttempt: async ({ error, retriesLeft, attemptNumber }) => {
      if (!isTransient(error) || retriesLeft <= 0) return;
      const delayMs = retryDelayMs(connection, error, spent + attemptNumber);
      if (clock.monotonic() + delayMs - since > settings.maxElapsedMs) throw error;
      connection.observe({
        type: "retry",
        operation: run.operation,
        retry: spent + attemptNumber,
        delayMs,
        code: error.code,
        ...(run.jobId !== undefined && { jobId: run.jobId }),
      });
      await clock.sleep(delayMs, run.signal);
    },
  });
}

/**
 * How long to wait before retry number `retry`. Throws the error itself where the provider asked for a longer wait than
 * the cap: the caller learns `retryAt` at once instead of finding a process that hangs. Nor is a wait begun that the
 * budget does not outlast.
 */
export function retryDelayMs(connection: Connection, error: ExportError, retry: number): number {
  const { retry: settings, random } = connection.settings;
  const backoff = backoffMs(retry, settings, random);
  const asked = (error.retryAt?.getTime() ?? 0) - connection.now();
  if (asked > settings.maxRetryAfterMs) throw error;
  const delayMs = Math.max(asked, backoff);
  checkBudget(connection, delayMs, { operation: error.operation, cause: error });
  return delayMs;
}
