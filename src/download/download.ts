import { type DecoderState, InvalidRecord, type RecordBatch } from "../contract/records.js";
import type { ExportJob } from "../job.js";
import type { JsonObject } from "../json.js";
import type { RecordEncoder } from "../records/encoder.js";
import type { Connection } from "../transport/connection.js";
import { byteStream } from "./byte-stream.js";
import type { Resumption } from "./checkpoint.js";
import type { DownloadContent } from "./content.js";
import { createEncoder } from "./create-encoder.js";
import { fileResponse } from "./file-response.js";
import { checkReadOptions } from "./read-options.js";
import { refuseRecord } from "./refuse-record.js";
import type {
  Checkpoint,
  DownloadProgress,
  EncodeOptions,
  ExportDownload,
  OnInvalid,
  ReadMode,
  RecordsOptions,
  ResponseOptions,
} from "./types.js";

export interface DownloadParts<R> {
  readonly connection: Connection;
  readonly job: ExportJob;
  readonly content: DownloadContent<R>;
  readonly resumption: Resumption | undefined;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  /** Aborted by the caller, and by `cancel`. */
  readonly signal: AbortSignal;
  /** Ends everything under way. */
  readonly cancel: (reason: unknown) => void;
}

/** Implements {@link ExportDownload}. The invariant: `checkpoint()` names the place after the last thing handed over. */
export class Download<R> implements ExportDownload<R> {
  readonly job: ExportJob;
  readonly format: string;
  readonly contentType: string;
  readonly fileName: string;
  readonly size?: number;
  readonly #parts: DownloadParts<R>;
  #mode: ReadMode | undefined;
  /** The place before anything was handed over; while bytes are read, the place after the last of them. */
  #start: DecoderState;
  /** The last entry handed over, as a batch and an index into it: working out its place is left until somebody asks. */
  #batch: RecordBatch<R> | undefined;
  #index = -1;
  #records: number;
  #encoder: RecordEncoder<R> | undefined;
  /** The encoder's state when the last encoded bytes were handed over. */
  #encoderState: JsonObject | undefined;
  #closed = false;

  constructor(parts: DownloadParts<R>) {
    const { job, content, resumption } = parts;
    this.#parts = parts;
    this.job = job;
    this.format = content.format;
    this.contentType = content.contentType;
    this.fileName = content.fileName;
    if (content.size !== undefined) this.size = content.size;
    this.#start = resumption?.position ?? { offset: 0, record: 0 };
    this.#records = this.#start.record;
    this.#encoderState = resumption?.encoder;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<R> {
    return this.records();
  }

  records(options: RecordsOptions = {}): AsyncIterableIterator<R> {
    this.#check("records", options);
    this.#consume("records");
    return this.#closing(this.#read(options.onInvalid ?? "throw"));
  }

  bytes(): ReadableStream<Uint8Array> {
    if (!this.#parts.content.bytes) return this.encode("ndjson");
    this.#consume("bytes");
    return byteStream(this.#readBytes(this.#parts.content.bytes), () => this.#close());
  }

  encode(format: "ndjson" | "csv", options: EncodeOptions = {}): ReadableStream<Uint8Array> {
    this.#check("encode", { ...options, format });
    this.#consume(format);
    this.#encoder = createEncoder(format, this.#parts.content.csv, options, this.#encoderState);
    return byteStream(this.#readEncoded(this.#encoder, options.onInvalid ?? "throw"), () => this.#close());
  }

  toResponse({ format, ...options }: ResponseOptions = {}): Response {
    if (format) {
      const { contentType, extension } = createEncoder(format, undefined, {}, undefined);
      const fileName = `${this.fileName.replace(/\.[^.]*$/, "")}.${extension}`;
      return fileResponse(() => this.encode(format, options), contentType, fileName);
    }
    const whole = this.size !== undefined && this.#start.offset === 0;
    return fileResponse(() => this.bytes(), this.contentType, this.fileName, whole ? this.size : undefined);
  }

  checkpoint(): Checkpoint {
    const { content, job, resumption } = this.#parts;
    const artifact = content.identity();
    return {
      version: 1,
      connection: job.connection,
      jobId: job.id,
      mode: this.#mode ?? resumption?.mode ?? "records",
      position: this.#place(),
      ...(artifact && { artifact }),
      ...(this.#encoderState && { encoder: this.#encoderState }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close(new DOMException("the download was disposed of", "AbortError"));
  }

  #check(call: string, options: object): void {
    try {
      checkReadOptions(call, options);
    } catch (error) {
      throw this.#parts.connection.adopt(error, this.job);
    }
  }

  /** Marks the download as taken, in one way and once. */
  #consume(mode: ReadMode): void {
    const { connection, job, resumption } = this.#parts;
    if (this.#mode !== undefined || this.#closed) {
      throw connection.error(
        "ALREADY_CONSUMED",
        `this download of job ${job.id} was ${this.#closed ? "closed" : "read"} already; call download(job) for another`,
        { job },
      );
    }
    const begun = this.#start.offset > 0 || this.#start.record > 0;
    if (resumption && (resumption.mode === "bytes") !== (mode === "bytes") && begun) {
      throw connection.error(
        "JOB_INVALID",
        `the checkpoint was taken while reading ${resumption.mode} and cannot go on as ${mode}`,
        { job, details: { field: "mode" } },
      );
    }
    this.#mode = mode;
  }

  #place(): DecoderState {
    return this.#batch ? this.#batch.stateAfter(this.#index) : this.#start;
  }

  /** The same iteration, closed by `return` at once: a generator that waits, or never ran, does not see it. */
  #closing(records: AsyncGenerator<R, void, undefined>): AsyncIterableIterator<R> {
    return {
      next: () => records.next(),
      return: () => {
        this.#close();
        return records.return();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async *#read(onInvalid: OnInvalid): AsyncGenerator<R, void, undefined> {
    const { signal } = this.#parts;
    try {
      for await (const batch of this.#parts.content.batches(this.#start)) {
        const { entries } = batch;
        for (let index = 0; index < entries.length; index++) {
          // What was read ahead is not handed over any more.
          if (signal.aborted) throw signal.reason;
          const entry = entries[index] as R | InvalidRecord;
          if (entry instanceof InvalidRecord) {
            refuseRecord(this.#parts.connection, this.job, entry.issue, onInvalid);
            continue;
          }
          this.#batch = batch;
          this.#index = index;
          this.#records += 1;
          yield entry;
        }
        this.#report();
      }
      this.#done();
    } catch (error) {
      throw this.#parts.connection.adopt(error, this.job);
    } finally {
      this.#close();
    }
  }

  async *#readEncoded(
    encoder: RecordEncoder<R>,
    onInvalid: OnInvalid,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const batch of this.#parts.content.batches(this.#start)) {
        const sound: R[] = [];
        for (const entry of batch.entries) {
          if (entry instanceof InvalidRecord)
            refuseRecord(this.#parts.connection, this.job, entry.issue, onInvalid);
          else sound.push(entry);
        }
        const bytes = encoder.encode(sound);
        this.#records += sound.length;
        // Told ahead of the bytes: who stores a checkpoint after a chunk then knows the records up to there. A throwing
        // callback must leave the checkpoint before the chunk.
        this.#report();
        this.#batch = batch;
        this.#index = batch.entries.length - 1;
        this.#encoderState = encoder.state();
        if (bytes.byteLength > 0) yield bytes;
      }
      const rest = encoder.end();
      this.#encoderState = encoder.state();
      if (rest.byteLength > 0) yield rest;
      this.#done();
    } catch (error) {
      throw this.#parts.connection.adopt(error, this.job);
    } finally {
      this.#close();
    }
  }

  async *#readBytes(
    bytes: (offset: number) => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of bytes(this.#start.offset)) {
        this.#report();
        this.#start = { offset: this.#start.offset + chunk.byteLength, record: 0 };
        yield chunk;
      }
      this.#done();
    } catch (error) {
      throw this.#parts.connection.adopt(error, this.job);
    } finally {
      this.#close();
    }
  }

  #report(): void {
    const { onProgress, content } = this.#parts;
    onProgress?.({
      bytes: content.bytesRead(),
      records: this.#mode === "bytes" ? 0 : this.#records,
      ...(content.size !== undefined && { totalBytes: content.size }),
      ...(content.totalRecords !== undefined && { totalRecords: content.totalRecords }),
    });
  }

  #done(): void {
    const { connection, job, content } = this.#parts;
    const records = this.#mode === "bytes" ? 0 : this.#records;
    connection.observe({ type: "done", jobId: job.id, records, bytes: content.bytesRead() });
  }

  #close(reason: unknown = new DOMException("the download is over", "AbortError")): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.content.close();
    this.#parts.cancel(reason);
  }
}
