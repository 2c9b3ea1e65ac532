import type { Connection } from "../connection.js";
import type { ExportError, ExportErrorCode } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";

/** For whom a file is read. */
export interface FileRead {
  readonly connection: Connection;
  readonly job: ExportJob;
}

/** The error for a file that cannot be had, or not be trusted. */
export function artifactError(
  { connection, job }: FileRead,
  code: ExportErrorCode,
  message: string,
  retryable = false,
  cause?: unknown,
): ExportError {
  return connection.error(code, message, { operation: "artifact", job, retryable, cause });
}

export const NO_VALIDATOR = "the store names no strong validator that would prove the file to be the same";

/**
 * The error for a download that cannot be resumed.
 *
 * @param cause - what broke it off, where it is not a checkpoint's
 */
export function unresumable(read: FileRead, why: string, cause?: unknown): ExportError {
  const message = `the download of job ${read.job.id} cannot be resumed: ${why}. Start it again without a checkpoint`;
  return artifactError(read, "ARTIFACT_CHANGED", message, cause !== undefined, cause);
}
