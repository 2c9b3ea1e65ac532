import type { Connection } from "../connection.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";

export const NO_VALIDATOR = "the store names no strong validator that would prove the file to be the same";

/**
 * The error for a download that cannot be resumed.
 *
 * @param cause - what broke it off, where it is not a checkpoint's
 */
export function unresumable(
  connection: Connection,
  job: ExportJob,
  why: string,
  cause?: unknown,
): ExportError {
  return connection.error(
    "ARTIFACT_CHANGED",
    `the download of job ${job.id} cannot be resumed: ${why}. Start it again without a checkpoint`,
    { operation: "artifact", job, retryable: cause !== undefined, cause },
  );
}
