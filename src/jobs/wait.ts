import type { Connection } from "../connection.js";
import { linkAbort } from "../model/abort.js";
import type { Budget, BudgetLimits } from "../model/budget.js";
import { deepFreeze } from "../model/deep-freeze.js";
import { ExportError } from "../model/errors.js";
import { type ExportJob, isTerminal } from "../model/job.js";
import { abortAtDeadline, isOwnBudgetSpent, spentLimit } from "../transport/budget-check.js";
import { askedMs, FailuresInARow, isTransient } from "../transport/retry.js";
import type { Attempts } from "../transport/send.js";
import { DEFAULT_PACE } from "./job-handle.js";
import { pollJob } from "./poll.js";
import { succeededOrThrow } from "./succeeded-job.js";

/** Options of `waitForExport`. */
export interface WaitOptions {
  /** Ends the wait, which rejects with its reason; the export keeps running. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait in all, in ms. Default: until the job ends. */
  readonly timeoutMs?: number | undefined;
  /** Where it is spent, or the next poll would come too late, the call resolves with the job as it stands. */
  readonly budget?: Budget | BudgetLimits | undefined;
  /** Called with the job as it stands now and after every poll. */
  readonly onProgress?: ((job: ExportJob) => void) | undefined;
}

/** Polls at the job's own pace until it ends, or the budget does. The remote job is never touched by giving up. */
export async function waitForJob(
  connection: Connection,
  job: ExportJob,
  options: WaitOptions,
): Promise<ExportJob> {
  const { clock } = connection.settings;
  const link = linkAbort(options.signal);
  let latest = job;
  const { timeoutMs } = options;
  if (timeoutMs !== undefined)
    link.abortAfter(clock, timeoutMs, () => timedOut(connection, latest, timeoutMs));
  abortAtDeadline(connection, link);
  try {
    options.onProgress?.(latest);
    let attempts: Attempts = { made: 0 };
    for (let failures: FailuresInARow | undefined; !isTerminal(latest); ) {
      options.signal?.throwIfAborted();
      const delayMs = failures ? 0 : remainingDelayMs(connection, latest);
      if (spentLimit(connection, delayMs)) return latest;
      await clock.sleep(delayMs, link.signal);
      try {
        latest = await pollJob(connection, latest, link.signal, attempts);
        failures = undefined;
        attempts = { made: 0 };
      } catch (error) {
        if (link.signal.aborted || !isTransient(error)) throw error;
        failures ??= new FailuresInARow(connection, clock.monotonic());
        await pause(connection, error, failures, link.signal);
        continue;
      }
      options.onProgress?.(latest);
    }
    // The job may have ended in the very moment the time was up; then the good news wins.
    return succeededOrThrow(connection, latest);
  } catch (error) {
    const reason = link.signal.aborted && !options.signal?.aborted ? link.signal.reason : error;
    if (isOwnBudgetSpent(connection, reason)) return notBefore(connection, latest, reason.cause);
    throw connection.adopt(reason, latest, undefined, options.signal);
  } finally {
    link.release();
  }
}

/** One failed status request says nothing about the job: wait and ask again, until patience ends. */
async function pause(
  connection: Connection,
  error: ExportError,
  failures: FailuresInARow,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = connection.settings;
  const delayMs = failures.add(error);
  connection.observe({
    type: "retry",
    operation: "poll",
    retry: failures.count,
    delayMs: Math.round(delayMs),
    errorCode: error.code,
    ...(error.job && { jobId: error.job.id }),
  });
  await clock.sleep(delayMs, signal);
}

/**
 * What is left of the job's wait: a handle taken up a day later is polled at once. No longer than the engine itself would
 * wait: a stored job may say anything.
 */
function remainingDelayMs({ provider, settings }: Connection, job: ExportJob): number {
  const due = Date.parse(job.updatedAt) + job.retryAfterMs;
  const left = Math.min(job.retryAfterMs, Math.max(0, due - settings.clock.now()));
  return Math.min(left, Math.max((provider.pace ?? DEFAULT_PACE).ceilingMs, settings.retry.maxRetryAfterMs));
}

/** The job with the wait in it that the provider asked for: whoever takes it up is not to come back before. */
function notBefore(connection: Connection, job: ExportJob, failure: unknown): ExportJob {
  const asked = ExportError.isInstance(failure) ? askedMs(connection, failure.retryAt) : 0;
  if (asked <= job.retryAfterMs) return job;
  return deepFreeze({
    ...job,
    updatedAt: new Date(connection.settings.clock.now()).toISOString(),
    retryAfterMs: asked,
  });
}

function timedOut(connection: Connection, job: ExportJob, timeoutMs: number): ExportError {
  return connection.error(
    "TIMEOUT",
    `job ${job.id} was still ${job.status} after ${timeoutMs} ms. It still runs at ${job.provider}: wait again with this job`,
    { operation: "wait", job, retryable: true },
  );
}
