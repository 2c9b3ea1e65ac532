import { readerOwnsChunks } from "../model/chunk-ownership.js";
import type { ExportError } from "../model/errors.js";
import { isObject } from "../model/json.js";
import { ForeignFetch, foreignFetch } from "../transport/foreign-fetch.js";
import { chunkBytes } from "../transport/read-answer.js";
import type { OpenResponse } from "../transport/send.js";
import { artifactError, type FileRead } from "./artifact-error.js";
import type { FileHeaders } from "./file-headers.js";
import type { BytesAnswer } from "./range-answer.js";

/** Reads the body of one answer, chunk by chunk, with a watchdog that runs only while a chunk is waited for. */
export interface BodyReader {
  /** The next chunk, never empty; `undefined` at the end. Rejects with `DOWNLOAD_STALLED` or `NETWORK`. */
  read(): Promise<Uint8Array | undefined>;
  /** Whether what came shows by itself that it is whole. */
  readonly isWhole?: boolean;
  /** Whether the memory of the chunks is the reader's alone. */
  readonly ownsChunks?: boolean;
  /** Ends the connection and lets go of timers and listeners. May be called twice. */
  close(): void;
}

/** The bytes of one answer from some offset of the file on. It gives no byte that the answer did not announce. */
export class FileBody {
  /** The headers of the answer. */
  readonly headers: FileHeaders;
  /** Who answered, in words. */
  readonly by: string;
  readonly #reader: BodyReader;
  readonly #answer: BytesAnswer;
  readonly #file: FileRead;
  #position: number;
  #skip: number;

  constructor(
    file: FileRead,
    reader: BodyReader,
    offset: number,
    answer: BytesAnswer,
    headers: FileHeaders,
    by: string,
  ) {
    this.#reader = reader;
    this.headers = headers;
    this.by = by;
    this.#answer = answer;
    this.#file = file;
    this.#position = offset - answer.skip;
    this.#skip = answer.skip;
  }

  /** The offset of the next byte that `next` will give. */
  get position(): number {
    return this.#position + this.#skip;
  }

  /** Whether the answer reaches to the end of the file; a part may be followed by others. */
  get whole(): boolean {
    return this.#answer.whole;
  }

  /** Whether what came shows by itself that it is whole. */
  get showsItsEnd(): boolean {
    return this.#reader.isWhole === true;
  }

  /** Whether the memory of the chunks is the reader's alone. */
  get ownsChunks(): boolean {
    return this.#reader.ownsChunks === true;
  }

  /** The next chunk after what is skipped, never empty; `undefined` where the answer ends as it said it would. */
  async next(): Promise<Uint8Array | undefined> {
    const { endsAt } = this.#answer;
    for (;;) {
      const chunk = await this.#reader.read();
      if (!chunk) {
        if (this.#skip > 0 || (endsAt !== undefined && this.#position < endsAt)) throw this.brokeOff();
        return undefined;
      }
      this.#position += chunk.byteLength;
      if (endsAt !== undefined && this.#position > endsAt) {
        throw artifactError(
          this.#file,
          "INTEGRITY",
          `${this.by} sent more than the ${endsAt} bytes it announced`,
        );
      }
      if (this.#skip < chunk.byteLength) {
        const fresh = this.#skip > 0 ? chunk.subarray(this.#skip) : chunk;
        this.#skip = 0;
        return fresh;
      }
      this.#skip -= chunk.byteLength;
    }
  }

  /** The error for an answer that ended too early. */
  brokeOff(): ExportError {
    const announced = this.#answer.endsAt ?? "an unknown number";
    const message = `the file from ${this.by} broke off at byte ${this.#position} of ${announced}`;
    return artifactError(this.#file, "INTEGRITY", message, true);
  }

  close(): void {
    this.#reader.close();
  }
}

export function createBodyReader(file: FileRead, open: OpenResponse): BodyReader {
  const { connection, job } = file;
  const { clock, timeouts } = connection.settings;
  const { body } = open.response;
  const ownsChunks = body !== null && readerOwnsChunks(body);
  const chunks = body ? chunkReader(body, open.signal) : undefined;

  const stalled = () => {
    const message = `the download of job ${job.id} got no byte for ${timeouts.stallMs} ms`;
    open.abort(artifactError(file, "DOWNLOAD_STALLED", message, true));
  };

  return {
    ownsChunks,
    async read() {
      if (!chunks) return undefined;
      const stopTimer = clock.setTimer(timeouts.stallMs, stalled);
      try {
        let chunk = await chunks.read();
        while (chunk?.byteLength === 0) chunk = await chunks.read();
        return chunk;
      } catch (cause) {
        if (open.signal.aborted) throw open.signal.reason;
        open.hide?.();
        if (cause instanceof ForeignFetch)
          throw foreignFetch(connection, cause, { operation: "artifact", job });
        const [code, message] = isUnpacking(cause)
          ? ([
              "INTEGRITY",
              `the file of job ${job.id} is not compressed as its Content-Encoding says, or was damaged on the way`,
            ] as const)
          : (["NETWORK", `the connection was lost during the download of job ${job.id}`] as const);
        throw artifactError(file, code, message, true, cause);
      } finally {
        stopTimer();
      }
    },
    close() {
      open.release();
      chunks?.close();
      open.abort(new DOMException("the download was closed", "AbortError"));
    },
  };
}

/** The chunks of a body, in order. Whoever makes one must call `close`. */
export interface ChunkReader {
  /** The next chunk; `undefined` at the end. Rejects with the signal's reason once that is aborted. */
  read(): Promise<Uint8Array | undefined>;
  /** Lets go of the body, which ends the connection ahead of the end. May be called twice. */
  close(): void;
}

/** Reads a body chunk by chunk, one at a time, until the signal is aborted, which a stream of another library may not heed. */
export function chunkReader(body: ReadableStream<unknown>, signal: AbortSignal): ChunkReader {
  const reader = body.getReader();
  let giveUp: (reason: unknown) => void = () => {};
  // One listener for all chunks: to add and remove one takes as long as all the rest that is done for a chunk.
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort);
  return {
    read: () =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        if (signal.aborted) onAbort();
        reader.read().then(({ done, value }) => {
          try {
            resolve(done ? undefined : chunkBytes(value));
          } catch (error) {
            reject(error);
          }
        }, reject);
      }),
    close() {
      signal.removeEventListener("abort", onAbort);
      reader.cancel().catch(() => {});
    },
  };
}

// Node's words for zlib, Brotli and Zstandard, and Bun's.
const UNPACKING = /^(?:Z_|ERR__|ZSTD_|Zlib|Brotli|Zstd)/;

/** Whether it was the runtime's unpacking that failed, and not the connection. */
function isUnpacking(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < 4 && isObject(cause); depth++) {
    if (typeof cause.code === "string" && UNPACKING.test(cause.code)) return true;
    cause = cause.cause;
  }
  return false;
}
