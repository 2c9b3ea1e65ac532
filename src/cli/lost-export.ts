import { ExportError, type ExportErrorCode, type ExportJob } from "exportkit";
import type { LeasedFiles } from "./leased-files.js";
import { discardUnfinishedSave, isPartOf } from "./unfinished-save.js";

const OVER: readonly ExportErrorCode[] = ["EXPORT_FAILED", "EXPORT_EXPIRED", "ARTIFACT_MISSING"];

/** Whether an export can never be had any more, so that only a new one helps. */
export function isLost(error: unknown): error is ExportError {
  return ExportError.isInstance(error) && OVER.includes(error.code) && !error.retryable;
}

/** Forgets an export that is over, so that the next run starts a new one. */
export async function forgetExport(
  { files, lease, jobFile }: LeasedFiles,
  { job, restart }: { readonly job: ExportJob; readonly restart: boolean },
): Promise<void> {
  // The next export could not be saved beside a part of this one.
  if (restart || (await isPartOf(files, job))) await discardUnfinishedSave(files, lease);
  await jobFile.remove();
}
