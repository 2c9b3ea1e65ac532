import type { CsvOptions } from "../download/csv-options.js";
import type { Checkpoint } from "../download/types.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { JsonObject } from "../model/json.js";
import type { RestSlot, UploadTarget } from "./upload-target.js";

/** `"raw"`: the bytes as the provider serves them (NDJSON where it serves pages). The others: the records, encoded. */
export type UploadFormat = "raw" | "ndjson" | "csv";

/** How the object is made: the same in every call of one upload. */
export interface UploadLayout extends CsvOptions {
  /** How the records are written. */
  readonly format: UploadFormat;
  /** Whether the object is compressed. */
  readonly gzip: boolean;
}

/**
 * How far an upload is, as plain JSON: store it, and give it to the next call. It holds no credentials and no records; its
 * checkpoint may name users of a listing by their ids. Its inside may change between versions of the package; the version is checked.
 */
export interface UploadState {
  /** The form of this state; another one is refused. */
  readonly version: 1;
  /** The name of the connection, as the client has it. */
  readonly connection: string;
  /** The id of the export's job. */
  readonly jobId: string;
  /** The target's name. */
  readonly target: string;
  /** What the object is to look like; another one is refused. */
  readonly layout: UploadLayout;
  /** The size of every part but the last. */
  readonly partBytes: number;
  /** What the object's metadata says of who made it. */
  readonly upload: string;
  /** How far it has come. */
  readonly phase: "reading" | "finishing" | "complete";
  /** The store's name for the upload; absent while all there is fits into less than one part. */
  readonly uploadId?: string | undefined;
  /** The parts in the store, in order, as it knows them. */
  readonly parts: readonly JsonObject[];
  /** The bytes in the parts and in the rest. */
  readonly bytes: number;
  /** What came after the last whole part and lies beside the object. */
  readonly rest?: UploadRest | undefined;
  /** Whether anything ever lay beside the object, and has to be deleted in the end. */
  readonly hasRests: boolean;
  /** The records in it; absent where nobody knows. */
  readonly records?: number | undefined;
  /** How often it started over, for its source can neither be resumed nor proven; absent where it never did. */
  readonly restarts?: number | undefined;
  /** Where the download resumes; absent where nothing of it has come yet, or all. */
  readonly checkpoint?: Checkpoint | undefined;
}

/** Bytes behind the last whole part, which wait for more: stores want parts of equal size. */
export interface UploadRest {
  /** Under which of two names it is stored. */
  readonly slot: RestSlot;
  /** Its length. */
  readonly bytes: number;
  /** The hash of its content, in hex. */
  readonly sha256: string;
}

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
    throw documentedError(
      error.code,
      `the upload to ${name} was started ${MOST_RESTARTS + 1} times and could not be finished: ` +
        (error.code === "INTEGRITY"
          ? "its content is not what its store says it is"
          : "the provider's store names no strong validator, so a download that breaks off starts over") +
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
