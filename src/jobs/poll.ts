import type { ExportJob } from "../model/job.js";
import { isTerminal } from "../model/job.js";
import { callAdapter } from "../transport/call-adapter.js";
import type { Connection } from "../transport/connection.js";
import { createContext } from "../transport/context.js";
import type { Attempts } from "../transport/send.js";
import { updateJob } from "./job-handle.js";
import { jobLimit } from "./start.js";

/** Asks for the status once. Failures of the request are thrown; those of the job are told by its status. */
export async function pollJob(
  connection: Connection,
  job: ExportJob,
  signal: AbortSignal | undefined,
  attempts?: Attempts,
): Promise<ExportJob> {
  signal?.throwIfAborted();
  if (isTerminal(job)) return job;
  const scope = { operation: "poll", safety: "safe", signal, job, attempts, retries: 0 } as const;
  const state = await callAdapter(connection, createContext(connection, scope), scope, "poll", (context) =>
    connection.provider.poll(context, job),
  );
  const next = updateJob(connection, job, state);
  connection.observe({
    type: "poll",
    jobId: next.id,
    status: next.status,
    polls: next.polls,
    retryAfterMs: next.retryAfterMs,
  });
  if (jobLimit(connection) !== undefined)
    (await import("./running-jobs.js")).noteJob(connection, { id: next.id, isOver: isTerminal(next) });
  return next;
}
