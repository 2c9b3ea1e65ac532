import { ExportError } from "../../model/errors.js";
import { isCount, isObject, type JsonObject } from "../../model/json.js";
import type { ResumeState } from "../../spec/records.js";

/** What proves an archive to be the one that a state was taken from, without a word from the store. */
export interface ArchiveProof extends JsonObject {
  /** The fingerprint of the archive's directory. */
  readonly directory: string;
  /** How many bytes of the member, unpacked, had been read in order, and their CRC-32; absent where it was read at any place. */
  readonly bytes?: number;
  readonly crc32?: number;
}

/** Where reading resumes in an archive. It cannot be entered in its middle, so `offset` is 0. */
export interface ArchiveState extends ResumeState {
  readonly offset: 0;
  /** The place of the member among those that are read, from 0, and its name. */
  readonly file: number;
  readonly fileName: string;
  /** Where the decoder of the member resumes. */
  readonly inner: ResumeState;
  readonly proof?: ArchiveProof;
}

/** @throws ExportError `JOB_INVALID` where the state is not this decoder's */
export function readArchiveState(state: ResumeState | undefined): ArchiveState | undefined {
  // An untouched state says "from the beginning".
  if (state === undefined || state.record === 0) return undefined;
  const { record, file, fileName, inner, proof } = state;
  if (
    isCount(record) &&
    isCount(file) &&
    typeof fileName === "string" &&
    isObject(inner) &&
    isCount(inner.offset) &&
    isCount(inner.record) &&
    inner.record <= record &&
    (proof === undefined || isArchiveProof(proof))
  ) {
    return { offset: 0, record, file, fileName, inner: inner as ResumeState, ...(proof && { proof }) };
  }
  throw new ExportError(
    "JOB_INVALID",
    "The checkpoint is not one of an archive. Start the download without it.",
    { operation: "decode", details: { field: "position" } },
  );
}

export function isArchiveProof(value: unknown): value is ArchiveProof {
  if (!isObject(value)) return false;
  const { directory, bytes, crc32 } = value;
  return (
    isFingerprint(directory) && (bytes === undefined ? crc32 === undefined : isCount(bytes) && isCount(crc32))
  );
}

/** Whether a value may be a fingerprint of a directory. */
export function isFingerprint(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

/** @throws ExportError `ARTIFACT_CHANGED` */
export function checkpointMismatch(): ExportError {
  return new ExportError(
    "ARTIFACT_CHANGED",
    "The checkpoint names a file, sheet or row that this archive does not have. Start the download without it.",
    { operation: "decode" },
  );
}

/** @throws ExportError `ARTIFACT_CHANGED` */
export function contentMismatch(): ExportError {
  return new ExportError(
    "ARTIFACT_CHANGED",
    "The archive is not the one that this download began with: its content is another. Start the download again without a checkpoint.",
    { operation: "decode" },
  );
}
