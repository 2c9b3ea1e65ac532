import type { Connection } from "../connection.js";
import type { ExportError } from "../model/errors.js";
import { safeFileName } from "../model/file-name.js";
import type { ExportJob } from "../model/job.js";
import type { JsonObject } from "../model/json.js";
import type { Delivery } from "../spec/delivery.js";
import type { CsvLayout, RecordBatch, RecordSource, ResumeState } from "../spec/records.js";
import { invalidCheckpoint, readCheckpoint } from "./checkpoint.js";
import type { Items } from "./one-by-one.js";
import type { ReadMode, UncheckedRepeats } from "./types.js";

/** A checkpoint as the download uses it. */
export interface Resumption {
  readonly mode: ReadMode;
  readonly position: ResumeState;
  /** What proved the content to be the same, as `identity` wrote it. */
  readonly artifact: JsonObject | undefined;
  readonly encoder: JsonObject | undefined;
}

/** Checks an untrusted value to be a checkpoint of this job; throws `JOB_INVALID` naming what is wrong. */
export function resumptionOf(job: ExportJob, value: unknown): Resumption {
  const checkpoint = readCheckpoint(value, job);
  for (const [field, expected] of [
    ["connection", job.connection],
    ["jobId", job.id],
  ] as const) {
    if (checkpoint[field] !== expected) {
      throw invalidCheckpoint(
        job,
        field,
        `it was taken from ${field} ${checkpoint[field]}, and this job's is ${expected}`,
      );
    }
  }
  const { mode, position, artifact, encoder } = checkpoint;
  // Mappers write `null` for what is absent.
  return {
    mode,
    position: position as ResumeState,
    artifact: artifact ?? undefined,
    encoder: encoder ?? undefined,
  };
}

/** What a delivery's engine opens. */
export interface Opening {
  readonly connection: Connection;
  readonly job: ExportJob;
  readonly resumption: Resumption | undefined;
  readonly signal: AbortSignal;
}

/** What a download reads from: a provider's file, or its pages. */
export interface DownloadContent<R> {
  readonly format: string;
  readonly contentType: string;
  readonly fileName: string;
  readonly size: number | undefined;
  readonly totalRecords: number | undefined;
  readonly csv: CsvLayout<R> | undefined;
  /** What proves the content to be the same later, for a checkpoint of this place. */
  identity(place: ResumeState): JsonObject | undefined;
  /**
   * The records from a place on.
   *
   * @param onColumns - as in `DecodeOptions`
   */
  batches(
    from: ResumeState | undefined,
    onColumns?: (names: readonly string[], more?: boolean) => void,
  ): AsyncIterable<RecordBatch<R>>;
  /** The bytes from a place on; absent where the provider has no file. */
  readonly bytes?: (from: ResumeState) => Items<Uint8Array>;
  /** The place behind so many bytes, of which the last was just handed over. Default: that offset. */
  readonly stateOfBytes?: (offset: number) => ResumeState;
  /** Why there are none, although there are files. */
  readonly noBytes?: string;
  /** How many records came that had come before; `undefined` where that is not checked. */
  readonly repeated?: () => number | undefined;
  /** Why it is not checked, where records may be expected to come again. */
  readonly uncheckedRepeats?: () => UncheckedRepeats | undefined;
  /** Bytes of the artifact read so far. */
  bytesRead(): number;
  close(): void;
  /** The budget's end, where it came before there was any content. */
  readonly spent?: ExportError;
}

/**
 * The content of a download whose budget was spent before there was any: nothing comes out of it, and its checkpoint
 * is the one it was opened with.
 */
export function unopenedContent<R>(
  job: ExportJob,
  delivery: Delivery,
  resumption: Resumption | undefined,
  spent: ExportError,
): DownloadContent<R> {
  const source = delivery.records(job) as RecordSource<R>;
  const { size } = resumption?.artifact ?? {};
  const format = source.kind === "artifact" ? source.format : "ndjson";
  const nothing: Items<never> & AsyncIterable<never> = {
    next: () => Promise.reject(spent),
    return: async () => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]: () => nothing,
  };
  return {
    format,
    contentType: source.kind === "artifact" ? source.contentType : "application/x-ndjson",
    fileName: safeFileName(`${job.connection}-${job.id}.${format}`) ?? "export",
    size: typeof size === "number" ? size : undefined,
    totalRecords: undefined,
    csv: source.csv,
    identity: () => resumption?.artifact,
    batches: () => nothing,
    ...(source.kind === "artifact" && { bytes: () => nothing }),
    bytesRead: () => 0,
    close: () => {},
    spent,
  };
}
