import type { Artifact } from "../contract/artifact.js";
import type { ExportError } from "../errors.js";
import type { ExportJob } from "../job.js";
import { backoffMs } from "../transport/backoff.js";
import { join } from "../transport/body.js";
import type { Connection } from "../transport/connection.js";
import { isTransient, withRetries } from "../transport/retry.js";
import { createBodyReader } from "./body-reader.js";
import { connectArtifact, type LocationCache } from "./connect.js";
import { fileNameOf, safeFileName } from "./file-name.js";
import { Flow } from "./flow.js";
import type { ArtifactIdentity } from "./identity.js";
import { judgeRangeAnswer } from "./range-answer.js";

/**
 * A provider's file as one steady run of bytes, whatever happens to URLs and connections underneath. The invariant: each
 * byte of a stream belongs to the artifact that `identity` describes, and follows the one handed over before it; only a
 * reader that takes restarts gets the beginning again.
 */
export class ResumableArtifact implements Artifact {
  contentType: string | undefined;
  fileName: string | undefined;
  readonly #connection: Connection;
  readonly #job: ExportJob;
  readonly #signal: AbortSignal;
  readonly #location: LocationCache = {};
  /** What was known before the first answer. */
  readonly #given: ArtifactIdentity;
  #identity: ArtifactIdentity;
  #opened: Flow | undefined;
  #hasGivenBytes = false;

  constructor(
    connection: Connection,
    job: ExportJob,
    identity: ArtifactIdentity | undefined,
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#job = job;
    this.#given = identity ?? {};
    this.#identity = this.#given;
    this.#signal = signal;
  }

  get size(): number | undefined {
    return this.#identity.size;
  }

  get identity(): ArtifactIdentity {
    return this.#identity;
  }

  /** Connects at `offset` ahead of the first read, so that failures and headers are known early. */
  async open(offset: number): Promise<void> {
    this.#opened = await this.#retried(() => this.#connect(offset));
  }

  async *stream(offset = 0, restart?: () => void): AsyncGenerator<Uint8Array, void, undefined> {
    let position = offset;
    let restarts = 0;
    for (let broken: ExportError | undefined; ; ) {
      if (broken && this.#identity.validator) {
        await this.#pauseBeforeResuming(position);
      } else if (broken) {
        // Nothing that was told will do to prove the rest to be of the same file.
        if (!restart) throw this.#unprovable(position, broken);
        await this.#pauseBeforeRestarting(++restarts, broken);
        // Nothing is kept of what came, so this may be another file.
        this.#identity = this.#given;
        position = 0;
        restart();
      }
      // An attempt counts as a success once it brought a new byte: only then does the budget start over.
      const begun = await this.#retried(() => this.#begin(position));
      if (!begun) return;
      const { flow, first } = begun;
      try {
        for (let chunk: Uint8Array | undefined = first; chunk; chunk = await flow.next()) {
          position += chunk.byteLength;
          this.#hasGivenBytes = true;
          yield chunk;
        }
        if (this.#isEnd(flow)) return;
        // A server may answer a long range in pieces; the next one is asked for at once.
        broken = undefined;
      } catch (error) {
        if (!isTransient(error)) throw error;
        // With every byte here it does not matter how the connection ended.
        if (position === this.size) return;
        broken = error;
      } finally {
        flow.close();
      }
    }
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    this.close();
    const parts: Uint8Array[] = [];
    let position = start;
    while (position < end && (position === start || position !== this.size)) {
      const part = await this.#retried(() => this.#readPart(position, end));
      parts.push(part);
      position += part.byteLength;
    }
    if (position > start) this.#hasGivenBytes = true;
    return join(parts, position - start);
  }

  close(): void {
    this.#opened?.close();
    this.#opened = undefined;
  }

  /** A flow together with its first new chunk; `undefined` where the file ends at `position`. */
  async #begin(position: number): Promise<{ readonly flow: Flow; readonly first: Uint8Array } | undefined> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened && opened.position !== position) opened.close();
    const flow = opened?.position === position ? opened : await this.#connect(position);
    if (!flow) return undefined;
    let first: Uint8Array | undefined;
    try {
      first = await flow.next();
      return first && { flow, first };
    } finally {
      if (!first) flow.close();
    }
  }

  /** What one answer brings of a range: all of it, or its beginning where the server answers in pieces. */
  async #readPart(start: number, end: number): Promise<Uint8Array> {
    const flow = await this.#connect(start, end);
    if (!flow) throw this.#error("INTEGRITY", `the file ends before byte ${start}`);
    try {
      const chunks: Uint8Array[] = [];
      for (let chunk = await flow.next(); chunk; chunk = await flow.next()) chunks.push(chunk);
      return join(chunks, flow.position - start);
    } finally {
      flow.close();
    }
  }

  #isEnd(flow: Flow): boolean {
    return this.size === undefined ? flow.whole : flow.position === this.size;
  }

  /** One request for the bytes from `offset` on; `undefined` where there are none. */
  async #connect(offset: number, end?: number): Promise<Flow | undefined> {
    const { validator, encoded } = this.#identity;
    // A store that makes the file anew for each request is bound to nothing while no byte of it is in use.
    const known = validator || this.#hasGivenBytes ? this.#identity : this.#given;
    if (offset > 0 && end === undefined) {
      if (offset === this.size) return undefined;
      if (!validator) throw this.#unprovable(offset);
    }
    const ranged = end !== undefined || (offset > 0 && !encoded);
    const headers = {
      ...(ranged && { range: `bytes=${offset}-${end === undefined ? "" : end - 1}` }),
      ...(ranged && validator && { "if-range": validator.value }),
    };
    const open = await connectArtifact(this.#connection, this.#job, this.#location, headers, this.#signal);
    const reader = createBodyReader(this.#connection, this.#job, open);
    const { status, headers: answered } = open.response;
    const answer = judgeRangeAnswer(status, answered, { offset, end, identity: known });
    if (answer.kind !== "bytes") {
      reader.close();
      if (answer.kind === "end") return undefined;
      throw this.#error(answer.code, answer.message);
    }
    this.#identity = answer.identity;
    this.contentType ??= answered.get("content-type") ?? this.#location.current?.contentType;
    this.fileName ??=
      fileNameOf(answered.get("content-disposition")) ?? safeFileName(this.#location.current?.fileName);
    return new Flow(reader, offset, answer, (...failure) => this.#error(...failure));
  }

  async #pauseBeforeResuming(offset: number): Promise<void> {
    const { clock, random, retry } = this.#connection.settings;
    this.#connection.observe({ type: "resume", jobId: this.#job.id, offset });
    await clock.sleep(backoffMs(1, retry, random), this.#signal);
  }

  /** A restart keeps nothing, so no byte is progress: the budget is that of one request. */
  async #pauseBeforeRestarting(restart: number, broken: ExportError): Promise<void> {
    const { clock, random, retry } = this.#connection.settings;
    if (restart > retry.retries) throw broken;
    const delayMs = backoffMs(restart, retry, random);
    const { id } = this.#job;
    this.#connection.observe({
      type: "retry",
      operation: "artifact",
      retry: restart,
      delayMs,
      code: broken.code,
      jobId: id,
    });
    await clock.sleep(delayMs, this.#signal);
  }

  #retried<T>(attempt: () => Promise<T>): Promise<T> {
    const run = { operation: "artifact", signal: this.#signal, jobId: this.#job.id } as const;
    return withRetries(this.#connection, run, attempt);
  }

  /** The error for a download that cannot go on; `cause` is what broke it off, where it is not a checkpoint's. */
  #unprovable(offset: number, cause?: unknown): ExportError {
    return this.#connection.error(
      "ARTIFACT_CHANGED",
      `the download of job ${this.#job.id} cannot go on at byte ${offset}: the store names no strong validator ` +
        "that would prove the file to be the same. Start it again without a checkpoint",
      { operation: "artifact", job: this.#job, retryable: cause !== undefined, cause },
    );
  }

  #error(code: ExportError["code"], message: string, retryable = false): ExportError {
    return this.#connection.error(code, message, { operation: "artifact", job: this.#job, retryable });
  }
}
