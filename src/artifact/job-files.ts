import type { Opening } from "../download/content.js";
import type { JsonObject } from "../model/json.js";
import { nestedBatch } from "../records/nested-batch.js";
import type { Artifact } from "../spec/artifact.js";
import type { DecodeOptions, RecordBatch, RecordDecoder, ResumeState } from "../spec/records.js";
import type { ByteCount, FileLocations, ReadAs } from "./file-in-use.js";
import { filesStateOf, stateOfByte, stateOfRecord } from "./files-state.js";
import { type ArtifactIdentity, identityToJson } from "./identity.js";
import { ResumableArtifact } from "./resumable-artifact.js";

const LF = 0x0a;

/**
 * The files of a job, most often one, read one behind the other: each has a validator of its own, and a URL that is asked for
 * again when it has to be.
 */
export class JobFiles {
  readonly #opening: Opening;
  readonly #locations: FileLocations;
  readonly #read: ByteCount;
  readonly #readAs: ReadAs;
  readonly #opened = new Map<number, ResumableArtifact>();
  #part: number;
  #current: ResumableArtifact;
  /** While bytes are read: how many lie before the file, and the last one that was handed over. */
  #start = 0;
  #lastByte: number | undefined;

  /**
   * @param identity - that of the file which is read first
   * @param read - counts what is read
   * @param format - that of the decoder
   */
  constructor(
    opening: Opening,
    identity: ArtifactIdentity | undefined,
    part: number,
    read: ByteCount,
    format: string,
  ) {
    const former = opening.resumption?.artifact;
    this.#opening = opening;
    this.#locations = { count: former && (typeof former.files === "number" ? former.files : 1) };
    this.#read = read;
    this.#readAs = { format };
    this.#part = part;
    this.#current = this.#open(identity);
  }

  /** The file that is read. */
  get current(): ResumableArtifact {
    return this.#current;
  }

  /** How many there are; known once one has been opened. */
  get count(): number {
    return this.#locations.count ?? 1;
  }

  get isOne(): boolean {
    return this.count === 1;
  }

  /** What proves the file of a place to be the same later; the one that is read may be the next. */
  identity({ part = 0 }: ResumeState): JsonObject {
    const identity = this.#opened.get(part as number)?.identity ?? {};
    return { ...identityToJson(identity), ...(!this.isOne && { files: this.count }) };
  }

  /** The records of all files from a place on. */
  async *records<R>(
    decoder: RecordDecoder<R>,
    from: ResumeState | undefined,
    options: DecodeOptions,
  ): AsyncGenerator<RecordBatch<R>, void, undefined> {
    this.#readAs.decoded = true;
    if (this.isOne) {
      yield* decoder.decode(artifactView(this.#current), { ...options, state: from });
      return;
    }
    const place = filesStateOf(from);
    let before = place?.before ?? 0;
    let state = from && place?.position;
    for (const part of this.#parts()) {
      const file = this.#locations.files?.[part]?.fileName;
      let records = state?.record ?? 0;
      const artifact = artifactView(this.#current);
      for await (const batch of decoder.decode(artifact, { ...options, state })) {
        records += batch.entries.length;
        const lie = before;
        yield nestedBatch(batch, {
          before,
          ...(file !== undefined && { file }),
          stateOf: (inner) => stateOfRecord(part, lie, inner),
        });
      }
      before += records;
      state = undefined;
    }
  }

  /** The bytes of all files from a place on. */
  bytes(from: ResumeState): AsyncGenerator<Uint8Array, void, undefined> {
    // Nothing is done between the files of one, and each generator on the way costs every chunk its time.
    return this.isOne ? this.#current.stream(from.offset) : this.#joinedBytes(from);
  }

  /** A line end comes between two files where one lacks it. */
  async *#joinedBytes(from: ResumeState): AsyncGenerator<Uint8Array, void, undefined> {
    const place = filesStateOf(from);
    let offset = place?.position.offset ?? 0;
    let isInLine = place?.isInLine ?? false;
    this.#start = place?.before ?? 0;
    for (const _ of this.#parts()) {
      for await (const chunk of this.#current.stream(offset)) {
        offset += chunk.byteLength;
        this.#lastByte = chunk.at(-1);
        isInLine = this.#lastByte !== LF;
        yield chunk;
      }
      if (this.#part + 1 >= this.count) return;
      this.#start += offset;
      offset = 0;
      if (!isInLine) continue;
      // Handed over as if it were of the next file: the one before it ends where it ends.
      this.#advance();
      this.#start += 1;
      this.#lastByte = LF;
      isInLine = false;
      yield new Uint8Array([LF]);
    }
  }

  /** The place behind so many bytes of all files. */
  stateOfBytes(offset: number): ResumeState {
    return stateOfByte(offset, this.#part, this.#start, this.#lastByte);
  }

  /** The file that is read and those behind it, each opened when its turn comes. */
  *#parts(): Generator<number, void, undefined> {
    for (let part = this.#part; part < this.count; part++) {
      if (part !== this.#part) this.#advance();
      yield part;
    }
  }

  #advance(): void {
    this.#current.close();
    this.#part += 1;
    this.#current = this.#open(undefined);
  }

  #open(identity: ArtifactIdentity | undefined): ResumableArtifact {
    const { connection, job, signal } = this.#opening;
    const part = this.#part;
    const file = {
      connection,
      job,
      signal,
      locations: this.#locations,
      part,
      readAs: this.#readAs,
      read: this.#read,
    };
    const artifact = new ResumableArtifact(file, identity);
    this.#opened.set(part, artifact);
    return artifact;
  }
}

/** What decoders see of an artifact. */
function artifactView(artifact: ResumableArtifact): Artifact {
  return {
    // Known only after a range where the first answer tells none.
    get size() {
      return artifact.size;
    },
    get contentType() {
      return artifact.contentType;
    },
    get fileName() {
      return artifact.fileName;
    },
    get validated() {
      return artifact.validated;
    },
    get encoded() {
      return artifact.identity.encoded;
    },
    stream: (offset, restart) => artifact.stream(offset, restart),
    read: (start, end) => artifact.read(start, end),
  };
}
