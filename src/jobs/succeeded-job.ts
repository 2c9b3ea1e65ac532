import type { Connection } from "../connection.js";
import type { ExportJob } from "../model/job.js";

/** Returns a succeeded job; throws what a job that ended badly means. */
export function succeededOrThrow(connection: Connection, job: ExportJob): ExportJob {
  if (job.status === "succeeded") return job;
  const expired = job.status === "expired";
  const reason =
    job.failure?.message ?? (expired ? "the provider no longer knows it" : "the provider gives no reason");
  throw connection.error(
    expired ? "EXPORT_EXPIRED" : "EXPORT_FAILED",
    `job ${job.id} ${expired ? "has expired" : "failed"}: ${reason}. Start a new export`,
    { job, details: job.failure?.details },
  );
}
