import type { Disposing } from "../model/disposing.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { JsonObject } from "../model/json.js";
import type { BatchesOptions, EncodeOptions, RecordsOptions, ResponseOptions } from "./read-options.js";

/** What became of a download so far. */
export interface DownloadProgress {
  /** Bytes of the artifact read by this call; 0 for paged exports. */
  readonly bytes: number;
  /** Records handed over, those of the checkpoint included; 0 while `bytes()` is read. */
  readonly records: number;
  /** The artifact's length in bytes, where the provider tells it. */
  readonly totalBytes?: number;
  /** The number of records of a paged export, where the provider tells it. */
  readonly totalRecords?: number;
}

/**
 * Where a download resumes, as plain JSON. Hand it to `download(job, { checkpoint })` in any process; it holds neither
 * credentials nor URLs. What is in it may change between versions of the package; the version is checked.
 */
export interface Checkpoint {
  /** The version of this shape. */
  readonly version: 1;
  /** The caller's name for the connection. */
  readonly connection: string;
  /** The provider's identifier of the export. */
  readonly jobId: string;
  /** How the download was read. Bytes are resumed as bytes; records as records or in either encoding. */
  readonly mode: ReadMode;
  /** The place itself, in the terms of what reads it. */
  readonly position: JsonObject;
  /** What proves the file to be the same one. */
  readonly artifact?: JsonObject;
  /** What the encoder has to know to write the next row. */
  readonly encoder?: JsonObject;
}

/** How a download is read. */
export type ReadMode = "records" | "bytes" | "ndjson" | "csv";

/**
 * Some records, in order, and the place after them. The two belong together: store both in one transaction, and whatever
 * reads ahead can neither lose a record nor bring one twice.
 *
 * @typeParam R - the record type
 */
export interface Batch<R> {
  /** The records, in order. */
  readonly records: readonly R[];
  /** Where to resume once these records are stored. */
  readonly checkpoint: Checkpoint;
  /** Whether these are the last records of the export; `false` where only the budget has ended. */
  readonly last: boolean;
}

/**
 * The result of an export, read once: as records, as the provider's bytes, or encoded. Read it to its end, `break`, or
 * dispose of it (`await using`); only then is its connection closed.
 *
 * @typeParam R - the record type
 */
export interface ExportDownload<R> extends AsyncIterable<R>, Disposing {
  /** The job whose result it is. */
  readonly job: ExportJob;
  /** The artifact's format: `"ndjson"`, `"csv"`, or `"zip"` for an archive of workbooks. */
  readonly format: string;
  /** The media type of the artifact. */
  readonly contentType: string;
  /** A name for the artifact, safe as the name of a file. */
  readonly fileName: string;
  /** The artifact's length in bytes, where the provider tells it. */
  readonly size?: number;
  /**
   * Whether everything was handed over: `true` after the end of the last record or byte, and `false` before it, after a
   * failure, and where a budget ended the reading early.
   */
  readonly complete: boolean;
  /**
   * What ended the reading early under a budget: a `TIMEOUT`, with the failure that would have been retried as its
   * `cause`, and as its `retryAt` when: what the provider asked for, or the wait of the engine's own.
   */
  readonly endedBy?: ExportError | undefined;
  /**
   * After the end: how many records came that had come before. Authgear's listing has gaps and repetitions in pairs, so
   * that about as many users are missing. Absent before the end, for exports whose vendor repeats none, and where it was
   * not checked, which `uncheckedRepeats` tells.
   */
  readonly repeated?: number | undefined;
  /** After the end, where records may have come that had come before and nobody checked: why not. */
  readonly uncheckedRepeats?: UncheckedRepeats | undefined;
  /**
   * After the end of `encode("csv")`: the columns, as they were asked for, that no record filled. One that you named may
   * be misspelt. Empty where there were no records; absent before the end, and for everything but CSV.
   */
  readonly emptyColumns?: readonly string[] | undefined;
  /** The typed records, as `records()` without options gives them. */
  [Symbol.asyncIterator](): AsyncIterableIterator<R>;
  /**
   * The typed records, in order, each fetched when asked for. Rejects with `RECORD_INVALID`, `DECODE_FAILED`,
   * `LIMIT_EXCEEDED`, or what the download fails with.
   *
   * @example
   * ```ts
   * for await (const user of download.records({ onInvalid: ({ message }) => console.warn(message) })) {
   *   console.log(user);
   * }
   * ```
   */
  records(options?: RecordsOptions): AsyncIterableIterator<R>;
  /**
   * The typed records in batches, each with its own checkpoint: the way to write to a database, and the only one that is
   * safe behind what reads ahead (a pipeline, a queue, a pool of workers). An empty export is one empty batch that is the
   * last one. Where a budget ends the reading, the batch that comes last has `last: false`; what a download fails with
   * comes after the batch of the records before it.
   *
   * @example
   * ```ts
   * for await (const { records, checkpoint, last } of download.batches({ size: 1_000 })) {
   *   await db.transaction(async (tx) => {
   *     await tx.upsert(records);
   *     await tx.save({ checkpoint, complete: last });
   *   });
   * }
   * ```
   *
   * @throws `CONFIG_INVALID`, naming the option
   */
  batches(options?: BatchesOptions): AsyncIterableIterator<Batch<R>>;
  /**
   * The artifact byte for byte as the provider serves it; NDJSON of the records where it serves pages.
   *
   * @example
   * ```ts
   * const text = await new Response(download.bytes()).text();
   * ```
   */
  bytes(): ReadableStream<Uint8Array>;
  /**
   * The records as bytes again, in one format whatever the provider sends.
   *
   * @example
   * ```ts
   * const csv = download.encode("csv", { columns: ["sub", { path: "address.country", header: "Country" }] });
   * console.log(await new Response(csv).text());
   * ```
   *
   * @throws `CONFIG_INVALID` for a wrong option, `REQUEST_INVALID` for a column that the export does not have, where all
   * of its columns are known (where they are known only from the file, the stream fails with it)
   */
  encode(format: "ndjson" | "csv", options?: EncodeOptions): ReadableStream<Uint8Array>;
  /**
   * A `Response` with content type, file name and, where it is known, length. Without `format` its body is `bytes()`:
   * what the provider sent, secrets included; with one it is `encode(format)`. Throws `NOT_SUPPORTED` under a budget: a
   * response that ends early looks whole.
   *
   * @example
   * ```ts
   * const response = download.toResponse({ format: "csv", preset: "excel" });
   * console.log(response.headers.get("content-disposition"), await response.text());
   * ```
   */
  toResponse(options?: ResponseOptions): Response;
  /**
   * Where to resume after the last record or byte handed over. Safe in a loop that is done with a record before it asks
   * for the next one (`for await`); behind anything that reads ahead, "handed over" is not "stored": use
   * {@link ExportDownload.batches} there.
   *
   * @example
   * ```ts
   * for await (const user of download) {
   *   await db.put("user", user);
   *   await db.put("checkpoint", download.checkpoint());
   * }
   * ```
   */
  checkpoint(): Checkpoint;
}

/**
 * Why it was not checked whether records come again: only the `bytes` were read, reading `resumed` behind records that are
 * not known any more, there were `many` (above 2.9 million), or some are `unnamed`, with nothing to know them by.
 */
export type UncheckedRepeats = "bytes" | "resumed" | "many" | "unnamed";
