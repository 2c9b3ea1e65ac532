import { noteOwnership, ownershipOf } from "../model/chunk-ownership.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { isObject } from "../model/json.js";
import { ownProperties } from "../model/own-properties.js";
import { byteStream, fileResponse } from "./file-response.js";
import type { Items } from "./one-by-one.js";
import { createEncoder, type LoadEncoder, readBytes, readEncoded, readRecords } from "./read.js";
import { readBatches } from "./read-batches.js";
import type { BatchesOptions, EncodeOptions, RecordsOptions, ResponseOptions } from "./read-options.js";
import { checkReadOptions } from "./read-options.js";
import { type DownloadParts, ReadState } from "./read-state.js";
import type { Batch, Checkpoint, ExportDownload, ReadMode, UncheckedRepeats } from "./types.js";

/** Implements {@link ExportDownload}: it is read in one way, and once. */
export class Download<R> implements ExportDownload<R> {
  readonly job: ExportJob;
  readonly format: string;
  readonly contentType: string;
  readonly fileName: string;
  readonly size?: number;
  readonly #parts: DownloadParts<R>;
  readonly #reading: ReadState<R>;
  #mode: ReadMode | undefined;

  constructor(parts: DownloadParts<R>) {
    const { job, content } = parts;
    this.#parts = parts;
    this.#reading = new ReadState(parts);
    this.job = job;
    this.format = content.format;
    this.contentType = content.contentType;
    this.fileName = content.fileName;
    if (content.size !== undefined) this.size = content.size;
  }

  get complete(): boolean {
    return this.#reading.complete;
  }

  get endedBy(): ExportError | undefined {
    return this.#reading.endedBy;
  }

  get repeated(): number | undefined {
    return this.complete ? this.#parts.content.repeated?.() : undefined;
  }

  get uncheckedRepeats(): UncheckedRepeats | undefined {
    return this.complete ? this.#parts.content.uncheckedRepeats?.() : undefined;
  }

  get emptyColumns(): readonly string[] | undefined {
    return this.#reading.emptyColumns;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<R> {
    return this.records();
  }

  records(given: RecordsOptions = {}): AsyncIterableIterator<R> {
    const options = ownProperties(given);
    this.#check("records", options);
    this.#consume("records");
    return this.#closing(readRecords(this.#reading, options.onInvalid ?? "throw"));
  }

  batches(given: BatchesOptions = {}): AsyncIterableIterator<Batch<R>> {
    const options = ownProperties(given);
    this.#check("batches", options);
    this.#consume("records");
    return this.#closing(this.#readBatches(options));
  }

  bytes(): ReadableStream<Uint8Array> {
    const { bytes } = this.#parts.content;
    if (!bytes) return this.encode("ndjson");
    this.#refuseJoining();
    this.#consume("bytes");
    const chunks = bytes(this.#reading.place);
    const stream = this.#stream(readBytes(this.#reading, chunks));
    noteOwnership(stream, ownershipOf(chunks));
    return stream;
  }

  /** Several files need not be one together. */
  #refuseJoining(): void {
    const { connection, content, job } = this.#parts;
    if (content.noBytes) throw connection.error("NOT_SUPPORTED", content.noBytes, { job });
  }

  encode(format: "ndjson" | "csv", given: EncodeOptions = {}): ReadableStream<Uint8Array> {
    const options = ownProperties(given);
    // Left out, it would be one of them by chance.
    const checked = isObject(options) ? { ...options, format: format ?? "" } : options;
    this.#check("encode", ownProperties(checked));
    const encoder = this.#encoder(format, options);
    this.#consume(format);
    this.#reading.choosesColumns = options.columns !== undefined;
    return this.#stream(readEncoded(this.#reading, encoder, options.onInvalid ?? "throw"));
  }

  toResponse(given: ResponseOptions = {}): Response {
    const { connection, job } = this.#parts;
    const options = ownProperties(given);
    this.#check("toResponse", options);
    if (connection.budget) {
      throw connection.error(
        "NOT_SUPPORTED",
        "a response that ends with its budget would pass for a whole one; read bytes() or encode() and look at " +
          "complete, or open the download without a budget",
        { job },
      );
    }
    return fileResponse(this, options, this.#reading.place.offset === 0 ? this.size : undefined);
  }

  checkpoint(): Checkpoint {
    const { content, job, resumption } = this.#parts;
    const { place, encoderState } = this.#reading;
    const artifact = content.identity(place);
    const checkpoint: Checkpoint = {
      version: 1,
      connection: job.connection,
      jobId: job.id,
      mode: this.#mode ?? resumption?.mode ?? "records",
      position: place,
    };
    // Some take one at every record: what is spread behind other members takes longer than all the rest.
    if (encoderState) return { ...checkpoint, ...(artifact && { artifact }), encoder: encoderState };
    return artifact ? { ...checkpoint, artifact } : checkpoint;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reading.close(new DOMException("the download was disposed of", "AbortError"));
  }

  async *#readBatches(options: BatchesOptions): AsyncGenerator<Batch<R>, void, undefined> {
    yield* readBatches(this.#reading, () => this.checkpoint(), options);
  }

  #check(call: string, options: object): void {
    try {
      checkReadOptions(call, options);
    } catch (error) {
      throw this.#parts.connection.adopt(error, this.job);
    }
  }

  #encoder(format: "ndjson" | "csv", options: EncodeOptions): LoadEncoder<R> {
    try {
      return createEncoder(format, this.#parts.content.csv, options, this.#reading.encoderState);
    } catch (error) {
      throw this.#parts.connection.adopt(error, this.job);
    }
  }

  /** Marks the download as taken, in one way and once. */
  #consume(mode: ReadMode): void {
    const { connection, job, resumption } = this.#parts;
    const { closed, place } = this.#reading;
    if (this.#mode !== undefined || closed) {
      throw connection.error(
        "ALREADY_CONSUMED",
        `this download of job ${job.id} was ${closed ? "closed" : "read"} already; call download(job) for another`,
        { job },
      );
    }
    const begun = place.offset > 0 || place.record > 0;
    if (resumption && (resumption.mode === "bytes") !== (mode === "bytes") && begun) {
      throw connection.error(
        "JOB_INVALID",
        `the checkpoint was taken while reading ${resumption.mode} and cannot be resumed as ${mode}`,
        { job, details: { field: "mode" } },
      );
    }
    this.#mode = mode;
  }

  #stream(chunks: Items<Uint8Array>): ReadableStream<Uint8Array> {
    return byteStream(chunks, () => this.#reading.close());
  }

  /** The same iteration, closed by `return` at once: a generator that waits, or never ran, does not see it. */
  #closing<T>(items: Items<T>): AsyncIterableIterator<T> {
    return {
      next: () => items.next(),
      return: () => {
        this.#reading.close();
        return items.return();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
