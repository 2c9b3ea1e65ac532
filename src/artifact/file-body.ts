import type { ExportError } from "../model/errors.js";
import { isObject } from "../model/json.js";
import { readChunk } from "../transport/body.js";
import { ForeignFetch, foreignFetch } from "../transport/foreign-fetch.js";
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
  /** Ends the connection and lets go of timers and listeners. May be called twice. */
  close(): void;
}

export function createBodyReader(file: FileRead, open: OpenResponse): BodyReader {
  const { connection, job } = file;
  const { clock, timeouts } = connection.settings;
  const reader = open.response.body?.getReader();

  const stalled = () => {
    const message = `the download of job ${job.id} got no byte for ${timeouts.stallMs} ms`;
    open.abort(artifactError(file, "DOWNLOAD_STALLED", message, true));
  };

  return {
    async read() {
      if (!reader) return undefined;
      const stopTimer = clock.setTimer(timeouts.stallMs, stalled);
      try {
        let chunk = await readChunk(reader, open.signal);
        while (chunk?.byteLength === 0) chunk = await readChunk(reader, open.signal);
        return chunk;
      } catch (cause) {
        if (open.signal.aborted) throw open.signal.reason;
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
      reader?.cancel().catch(() => {});
      open.abort(new DOMException("the download was closed", "AbortError"));
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
