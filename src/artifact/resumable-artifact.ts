import type { Artifact } from "../contract/artifact.js";
import type { ExportError } from "../errors.js";
import type { ExportJob } from "../job.js";
import { backoffMs } from "../transport/backoff.js";
import { join } from "../transport/body.js";
import type { Connection } from "../transport/connection.js";
import { isTransient, withRetries } from "../transport/retry.js";
import { type BodyReader, createBodyReader } from "./body-reader.js";
import { connectArtifact, type LocationCache } from "./connect.js";
import { fileNameOf } from "./file-name.js";
import type { ArtifactIdentity } from "./identity.js";
import { judgeRangeAnswer } from "./range-answer.js";

/** A connection that delivers bytes from some offset on. */
interface Flow {
  readonly reader: BodyReader;
  /** The offset of the next byte the reader will give. */
  position: number;
  /** How many of those come before the offset that was asked for. */
  skip: number;
  /** The byte before which this flow must end, where that is known. */
  readonly endsAt: number | undefined;
}

/**
 * A provider's file as one steady run of bytes, whatever happens to URLs and connections underneath. The invariant: each
 * byte handed over belongs to the artifact that `identity` describes, and follows the one handed over before it.
 */
export class ResumableArtifact implements Artifact {
  contentType: string | undefined;
  fileName: string | undefined;
  readonly #connection: Connection;
  readonly #job: ExportJob;
  readonly #signal: AbortSignal;
  readonly #location: LocationCache = {};
  #identity: ArtifactIdentity;
  #opened: Flow | undefined;

  constructor(
    connection: Connection,
    job: ExportJob,
    identity: ArtifactIdentity | undefined,
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#job = job;
    this.#identity = identity ?? {};
    this.#signal = signal;
  }

  get size(): number | undefined {
    return this.#identity.encoded ? undefined : this.#identity.size;
  }

  get identity(): ArtifactIdentity {
    return this.#identity;
  }

  /** Connects at `offset` ahead of the first read, so that failures and headers are known early. */
  async open(offset: number): Promise<void> {
    this.#opened = await withRetries(this.#connection, this.#run(), () => this.#connect(offset));
  }

  async *stream(offset = 0): AsyncGenerator<Uint8Array, void, undefined> {
    const { clock, random, retry } = this.#connection.settings;
    let position = offset;
    for (let resumed = false; ; resumed = true) {
      if (resumed) {
        this.#connection.observe({ type: "resume", jobId: this.#job.id, offset: position });
        await clock.sleep(backoffMs(1, retry, random), this.#signal);
      }
      // An attempt counts as a success once it brought a new byte: only then does the budget start over.
      const flow = await withRetries(this.#connection, this.#run(), () => this.#begin(position));
      if (!flow) return;
      try {
        for (let chunk: Uint8Array | undefined = flow.first; chunk; chunk = await this.#next(flow.flow)) {
          position += chunk.byteLength;
          yield chunk;
        }
        if (this.#isEnd(position)) return;
      } catch (error) {
        if (this.#signal.aborted) throw this.#signal.reason;
        if (!isTransient(error)) throw error;
      } finally {
        flow.flow.reader.close();
      }
    }
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end <= start) return new Uint8Array();
    this.close();
    return withRetries(this.#connection, this.#run(), async () => {
      const flow = await this.#connect(start, end);
      if (!flow) throw this.#error("INTEGRITY", `the file ends before byte ${start}`);
      try {
        const parts: Uint8Array[] = [];
        for (;;) {
          const chunk = await this.#next(flow);
          if (!chunk) return join(parts, flow.position - start);
          parts.push(chunk);
        }
      } finally {
        flow.reader.close();
      }
    });
  }

  close(): void {
    this.#opened?.reader.close();
    this.#opened = undefined;
  }

  /** A flow together with its first new chunk; `undefined` where the file ends at `position`. */
  async #begin(position: number): Promise<{ readonly flow: Flow; readonly first: Uint8Array } | undefined> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened && opened.position + opened.skip !== position) opened.reader.close();
    else if (opened) return this.#first(opened);
    const flow = await this.#connect(position);
    return flow && this.#first(flow);
  }

  async #first(flow: Flow): Promise<{ readonly flow: Flow; readonly first: Uint8Array } | undefined> {
    try {
      const first = await this.#next(flow);
      if (first) return { flow, first };
      // Not a byte, though some are missing: a store that closes politely has still not delivered.
      if (!this.#isEnd(flow.position)) throw this.#brokeOff(flow);
      flow.reader.close();
      return undefined;
    } catch (error) {
      flow.reader.close();
      throw error;
    }
  }

  /** The next chunk after what is skipped; checks that the flow ends where it said it would. */
  async #next(flow: Flow): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = await flow.reader.read();
      if (!chunk) {
        if (flow.skip > 0 || (flow.endsAt !== undefined && flow.position < flow.endsAt)) {
          throw this.#brokeOff(flow);
        }
        return undefined;
      }
      flow.position += chunk.byteLength;
      if (flow.endsAt !== undefined && flow.position > flow.endsAt) {
        throw this.#error("INTEGRITY", `the store sent more than the ${flow.endsAt} bytes it announced`);
      }
      if (flow.skip >= chunk.byteLength) {
        flow.skip -= chunk.byteLength;
        continue;
      }
      const fresh = flow.skip > 0 ? chunk.subarray(flow.skip) : chunk;
      flow.skip = 0;
      return fresh;
    }
  }

  /** Whether the file is complete at `position`; throws where it is longer than it may be. */
  #isEnd(position: number): boolean {
    const { size } = this;
    if (size !== undefined && position > size) {
      throw this.#error("INTEGRITY", `the store sent more than the ${size} bytes it announced`);
    }
    // A server may answer a long range in pieces; then the next piece is asked for.
    return size === undefined || position === size;
  }

  /** One request for the bytes from `offset` on; `undefined` where there are none. */
  async #connect(offset: number, end?: number): Promise<Flow | undefined> {
    const { validator, encoded } = this.#identity;
    if (offset > 0 && end === undefined && offset === this.size) return undefined;
    if (offset > 0 && end === undefined && !validator) {
      throw this.#error(
        "ARTIFACT_CHANGED",
        `the download of job ${this.#job.id} cannot go on at byte ${offset}: the store names no strong validator ` +
          "that would prove the file to be the same. Start it again without a checkpoint",
      );
    }
    const ranged = end !== undefined || (offset > 0 && !encoded);
    const headers = {
      ...(ranged && { range: `bytes=${offset}-${end === undefined ? "" : end - 1}` }),
      ...(ranged && validator && { "if-range": validator.value }),
    };
    const open = await connectArtifact(this.#connection, this.#job, this.#location, headers, this.#signal);
    const reader = createBodyReader(this.#connection, this.#job, open);
    const { status, headers: answered } = open.response;
    const answer = judgeRangeAnswer(status, answered, { offset, end, identity: this.#identity });
    if (answer.kind !== "bytes" || (end !== undefined && status === 200)) {
      reader.close();
      if (answer.kind === "end") return undefined;
      throw answer.kind === "wrong"
        ? this.#error(answer.code, answer.message)
        : this.#error("NOT_SUPPORTED", "the store answers no ranges");
    }
    this.#identity = answer.identity;
    this.contentType ??= answered.get("content-type") ?? this.#location.current?.contentType;
    this.fileName ??= fileNameOf(answered.get("content-disposition")) ?? this.#location.current?.fileName;
    return { reader, position: offset - answer.skip, skip: answer.skip, endsAt: answer.endsAt };
  }

  #brokeOff(flow: Flow): ExportError {
    const announced = flow.endsAt ?? this.size;
    return this.#error(
      "INTEGRITY",
      `the file broke off at byte ${flow.position} of ${announced ?? "an unknown number"}`,
      true,
    );
  }

  #run() {
    return { operation: "artifact", signal: this.#signal, jobId: this.#job.id } as const;
  }

  #error(code: ExportError["code"], message: string, retryable = false): ExportError {
    return this.#connection.error(code, message, { operation: "artifact", job: this.#job, retryable });
  }
}
