import { concatBytes } from "../model/bytes.js";
import { type ChunkOwnership, noteOwnership } from "../model/chunk-ownership.js";
import type { ExportError } from "../model/errors.js";
import type { Artifact } from "../spec/artifact.js";
import { isTransient, withRetries } from "../transport/retry.js";
import { artifactError, NO_VALIDATOR, unresumable } from "./artifact-error.js";
import type { FileBody } from "./file-body.js";
import { FileEnd } from "./file-end.js";
import type { FileInUse } from "./file-in-use.js";
import type { ArtifactIdentity } from "./identity.js";
import { openBody } from "./open-body.js";
import { pauseBeforeRestarting, pauseBeforeResuming } from "./pauses.js";

/**
 * A provider's file as one steady run of bytes, whatever happens to URLs and connections underneath. The invariant: each
 * byte of a stream belongs to the artifact that `identity` describes, and follows the one handed over before it; only a
 * reader that takes restarts gets the beginning again.
 */
export class ResumableArtifact implements Artifact {
  contentType: string | undefined;
  fileName: string | undefined;
  readonly #file: FileInUse;
  /** What was known before the first answer. */
  readonly #given: ArtifactIdentity;
  #identity: ArtifactIdentity;
  #opened: FileBody | undefined;
  #hasGivenBytes = false;
  /** Whether every answer whose bytes were read named the validator. */
  #allProven = true;
  /** Ranges have turned out to be of no use: what is missing is found by reading from the beginning. */
  #unranged = false;

  constructor(file: FileInUse, identity: ArtifactIdentity | undefined) {
    this.#file = file;
    this.#given = identity ?? {};
    this.#identity = this.#given;
  }

  get size(): number | undefined {
    return this.#identity.size;
  }

  get identity(): ArtifactIdentity {
    return this.#identity;
  }

  get validated(): boolean {
    return this.#allProven && this.#identity.validator !== undefined;
  }

  /** Connects at `offset` ahead of the first read, so that failures and headers are known early. */
  async open(offset: number): Promise<void> {
    this.#opened = await this.#retried(() => this.#connect(offset));
  }

  stream(offset = 0, restart?: () => void): AsyncGenerator<Uint8Array, void, undefined> {
    const ownership: ChunkOwnership = { isOwn: false };
    const chunks = this.#stream(ownership, offset, restart);
    noteOwnership(chunks, ownership);
    return chunks;
  }

  async *#stream(
    ownership: ChunkOwnership,
    offset: number,
    restart?: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { read } = this.#file;
    const before = read.bytes;
    let position = offset;
    let restarts = 0;
    const end = new FileEnd(this.#file);
    for (let broken: ExportError | undefined; ; ) {
      if (broken && this.#identity.validator && !this.#identity.damaged) {
        await pauseBeforeResuming(this.#file, position);
      } else if (broken) {
        // Nothing that was told will do to prove the rest to be of the same file, or it is not worth it.
        if (!restart) throw this.#identity.damaged ? broken : this.#unprovable(position, broken);
        await pauseBeforeRestarting(this.#file, ++restarts, broken);
        // Nothing is kept of what came, so this may be another file.
        this.#identity = this.#given;
        position = 0;
        read.bytes = before;
        restart();
      }
      // An attempt counts as a success once it brought a new byte: only then does the budget start over.
      const begun = await this.#retried(() => this.#begin(position));
      ownership.isOwn = begun?.body.ownsChunks === true;
      try {
        if (begun && position === 0) await end.begin(begun.body);
        for (let chunk = begun?.first; chunk; chunk = await begun?.body.next()) {
          position += chunk.byteLength;
          read.bytes += chunk.byteLength;
          this.#hasGivenBytes = true;
          end.pass(chunk, position);
          yield chunk;
        }
        broken = undefined;
      } catch (error) {
        if (!isTransient(error)) throw error;
        broken = error;
      } finally {
        begun?.body.close();
      }
      // With every byte here it does not matter how the connection ended. A server may answer a long range in pieces; the
      // next one is asked for at once.
      const isOver = broken ? position === this.size : !begun || this.#isEnd(begun.body);
      if (!isOver) continue;
      const endsUnseen = this.#identity.encoded && this.size === undefined && !begun?.body.showsItsEnd;
      const damage = end.damage(endsUnseen === true && !broken, this.contentType);
      if (damage === undefined) return;
      this.#identity = { ...this.#identity, damaged: true };
      broken = artifactError(this.#file, "INTEGRITY", `the file of job ${this.#file.job.id} ${damage}`, true);
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
    this.#file.read.bytes += position - start;
    return concatBytes(parts, position - start);
  }

  close(): void {
    this.#opened?.close();
    this.#opened = undefined;
  }

  /** A body together with its first new chunk, where it has one; `undefined` where the file ends at `position`. */
  async #begin(
    position: number,
  ): Promise<{ readonly body: FileBody; first: Uint8Array | undefined } | undefined> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened && opened.position !== position) opened.close();
    const body = opened?.position === position ? opened : await this.#connect(position);
    if (!body) return undefined;
    try {
      return { body, first: await body.next() };
    } catch (error) {
      body.close();
      throw error;
    }
  }

  /** What one answer brings of a range: all of it, or its beginning where the server answers in pieces. */
  async #readPart(start: number, end: number): Promise<Uint8Array> {
    const body = await this.#connect(start, end);
    if (!body) throw artifactError(this.#file, "INTEGRITY", `the file ends before byte ${start}`);
    try {
      const chunks: Uint8Array[] = [];
      for (let chunk = await body.next(); chunk; chunk = await body.next()) chunks.push(chunk);
      return concatBytes(chunks, body.position - start);
    } finally {
      body.close();
    }
  }

  #isEnd(body: FileBody): boolean {
    return this.size === undefined ? body.whole : body.position === this.size;
  }

  /** The bytes from `offset` on; `undefined` where there are none. */
  async #connect(offset: number, end?: number): Promise<FileBody | undefined> {
    const { validator, encoded, damaged } = this.#identity;
    // A store that makes the file for each request is bound to nothing while no byte of it is in use.
    const identity = validator || this.#hasGivenBytes ? this.#identity : this.#given;
    if (damaged) throw unresumable(this.#file, "its content was found to be damaged");
    if (end !== undefined && encoded)
      throw artifactError(this.#file, "NOT_SUPPORTED", "the file comes compressed as a whole");
    if (offset > 0 && end === undefined) {
      if (offset === this.size) return undefined;
      if (!validator) throw this.#unprovable(offset);
    }
    const ranged = end !== undefined || (offset > 0 && !encoded && !this.#unranged);
    const question = { offset, end, identity };
    const opened = await openBody(this.#file, question, ranged);
    if (opened.kind === "end") return undefined;
    if (opened.kind === "wrong") {
      if (opened.code !== "INTEGRITY" || !ranged) throw opened.error;
      // The whole file proves itself, or shows what became of it; what is there already is read past.
      if (end === undefined) {
        this.#unranged = true;
        return this.#connect(offset);
      }
      if (this.#hasGivenBytes) throw opened.error;
      throw artifactError(this.#file, "NOT_SUPPORTED", opened.error.message);
    }
    const { body, answer } = opened;
    this.#identity = answer.identity;
    if (end !== undefined) this.#allProven &&= answer.proven;
    this.contentType ??= opened.contentType;
    this.fileName ??= opened.fileName;
    return body;
  }

  #retried<T>(attempt: () => Promise<T>): Promise<T> {
    const { connection, job, signal } = this.#file;
    this.#file.attempts = { made: 0 };
    return withRetries(connection, { operation: "artifact", signal, jobId: job.id, patient: true }, attempt);
  }

  #unprovable(offset: number, cause?: unknown): ExportError {
    return unresumable(this.#file, `at byte ${offset}, ${NO_VALIDATOR}`, cause);
  }
}
