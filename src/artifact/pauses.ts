import type { Connection } from "../connection.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { backoffMs } from "../transport/retry.js";

export async function pauseBeforeResuming(
  connection: Connection,
  job: ExportJob,
  offset: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, retry } = connection.settings;
  connection.observe({ type: "resume", jobId: job.id, offset });
  await clock.sleep(backoffMs(1, retry, random), signal);
}

/** A restart keeps nothing, so no byte is progress: the budget is that of one request. */
export async function pauseBeforeRestarting(
  connection: Connection,
  job: ExportJob,
  restart: number,
  broken: ExportError,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, retry } = connection.settings;
  if (restart > retry.retries) throw broken;
  const delayMs = backoffMs(restart, retry, random);
  connection.observe({
    type: "retry",
    operation: "artifact",
    retry: restart,
    delayMs: Math.round(delayMs),
    errorCode: broken.code,
    jobId: job.id,
  });
  await clock.sleep(delayMs, signal);
}
