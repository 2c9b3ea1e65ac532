import { errorWithPage } from "../model/error-with-page.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { UploadState } from "./upload-state.js";
import type { UploadTarget } from "./upload-target.js";

const MOST_RESTARTS = 3;

/** The state of an upload whose source cannot be resumed, at its beginning again; throws where that was done too often. */
export function restartedState(
  error: ExportError,
  job: ExportJob,
  { name }: UploadTarget,
  state: UploadState,
  uploadId: string | undefined,
): UploadState {
  const { restarts = 0 } = state;
  if (restarts >= MOST_RESTARTS)
    throw errorWithPage(
      error.code,
      `the upload to ${name} was started ${MOST_RESTARTS + 1} times and could not be finished: ` +
        (error.code === "INTEGRITY"
          ? "what came is not what its store says of it"
          : "the provider's store names no strong validator, so that what breaks off starts over") +
        ". Give one call the time and the budget for all of it: call abortUpload, then uploadExport without a state",
      { job, details: { target: name }, cause: error },
    );
  return {
    ...state,
    uploadId,
    parts: [],
    bytes: 0,
    rest: undefined,
    records: undefined,
    checkpoint: undefined,
    restarts: restarts + 1,
  };
}
