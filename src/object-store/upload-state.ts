import type { Checkpoint, CsvOptions } from "../download/types.js";
import type { JsonObject } from "../model/json.js";
import type { RestSlot } from "./upload-target.js";
/** `"raw"`: the bytes as the provider serves them (NDJSON where it serves pages). The others: the records, encoded. */
export type UploadFormat = "raw" | "ndjson" | "csv";

/** How the object is made: the same in every call of one upload. */
export interface UploadLayout extends CsvOptions {
  readonly format: UploadFormat;
  readonly gzip: boolean;
}

/**
 * How far an upload is, as plain JSON: store it, and give it to the next call. It holds no credentials and no records; its
 * checkpoint may name users of a listing by their ids. Its inside may change between versions of the package; the version is checked.
 */
export interface UploadState {
  readonly version: 1;
  readonly connection: string;
  readonly jobId: string;
  /** The target's name. */
  readonly target: string;
  readonly layout: UploadLayout;
  readonly partBytes: number;
  /** What the object's metadata says of who made it. */
  readonly upload: string;
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
  readonly slot: RestSlot;
  readonly bytes: number;
  readonly sha256: string;
}
