import { isObject } from "../model/json.js";
import { givesMemoryAway } from "../model/own-memory.js";
import { chunkReader } from "../transport/body.js";
import { ForeignFetch, foreignFetch } from "../transport/foreign-fetch.js";
import type { OpenResponse } from "../transport/send.js";
import { artifactError, type FileRead } from "./artifact-error.js";

/** Reads the body of one answer, chunk by chunk, with a watchdog that runs only while a chunk is waited for. */
export interface BodyReader {
  /** The next chunk, never empty; `undefined` at the end. Rejects with `DOWNLOAD_STALLED` or `NETWORK`. */
  read(): Promise<Uint8Array | undefined>;
  /** Whether what came shows by itself that it is whole. */
  readonly isWhole?: boolean;
  /** Whether the memory of the chunks is the reader's alone. */
  readonly givesAway?: boolean;
  /** Ends the connection and lets go of timers and listeners. May be called twice. */
  close(): void;
}

export function createBodyReader(file: FileRead, open: OpenResponse): BodyReader {
  const { connection, job } = file;
  const { clock, timeouts } = connection.settings;
  const { body } = open.response;
  const givesAway = body !== null && givesMemoryAway(body);
  const chunks = body ? chunkReader(body, open.signal) : undefined;

  const stalled = () => {
    const message = `the download of job ${job.id} got no byte for ${timeouts.stallMs} ms`;
    open.abort(artifactError(file, "DOWNLOAD_STALLED", message, true));
  };

  return {
    givesAway,
    async read() {
      if (!chunks) return undefined;
      const stopTimer = clock.setTimer(timeouts.stallMs, stalled);
      try {
        let chunk = await chunks.read();
        while (chunk?.byteLength === 0) chunk = await chunks.read();
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
      chunks?.close();
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
