import type { ExportError } from "../model/errors.js";
import { backoffMs } from "../transport/retry.js";
import type { FileInUse } from "./file-in-use.js";

export async function pauseBeforeResuming(
  { connection, job, signal }: FileInUse,
  offset: number,
): Promise<void> {
  const { clock, random, retry } = connection.settings;
  connection.observe({ type: "resume", jobId: job.id, offset });
  await clock.sleep(backoffMs(1, retry, random), signal);
}

/** A restart keeps nothing, so no byte is progress: the budget is that of one request. */
export async function pauseBeforeRestarting(
  { connection, job, signal }: FileInUse,
  restart: number,
  broken: ExportError,
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
