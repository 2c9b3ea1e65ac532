import type { Connection } from "../connection.js";
import { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { isTerminal } from "../model/job.js";
import { callAdapter } from "../transport/call-adapter.js";
import { vendorRefusals } from "../transport/failure.js";
import type { Attempts } from "../transport/send.js";
import { updateJob } from "./job-handle.js";
import { countJob } from "./start.js";

/** Asks for the status once. Failures of the request are thrown; those of the job are told by its status. */
export async function pollJob(
  connection: Connection,
  job: ExportJob,
  signal: AbortSignal | undefined,
  attempts?: Attempts,
): Promise<ExportJob> {
  if (isTerminal(job)) return job;
  const scope = { operation: "poll", safety: "safe", signal, job, attempts, retries: 0 } as const;
  const state = await callAdapter(connection, scope, "poll", async (context) => {
    try {
      return await connection.provider.poll(context, job);
    } catch (error) {
      // Whoever waits behind a job that is gone would wait for nothing. An error of the adapter's own is told by its bareness.
      if (isJobUnknown(error)) await countJob(connection, job.id, true);
      throw error;
    }
  });
  const next = updateJob(connection, job, state);
  connection.observe({
    type: "poll",
    jobId: next.id,
    status: next.status,
    polls: next.polls,
    retryAfterMs: next.retryAfterMs,
  });
  await countJob(connection, next.id, isTerminal(next));
  return next;
}

/** Whether the vendor, or its adapter, says so; a gateway, or a token endpoint that is not found, says nothing of the job. */
function isJobUnknown(error: unknown): boolean {
  if (!ExportError.isInstance(error) || error.code !== "NOT_FOUND") return false;
  if (error.connection === undefined) return error.operation === undefined || error.operation === "poll";
  return error.operation === "poll" && vendorRefusals.has(error);
}
