import type { Artifact } from "../../spec/artifact.js";
import { archiveError } from "./archive-error.js";
import { type ArchiveProof, contentMismatch } from "./archive-state.js";
import type { ZipArchive, ZipEntry } from "./directory.js";
import { checkPrefix } from "./known-prefix.js";
import { type InflateLimits, locateMember, type MemberProgress, readMember } from "./member.js";

/** A member of an archive as the decoder within sees it: a file of its own. */
export class MemberArtifact implements Artifact {
  readonly size: number;
  readonly fileName: string;
  /** Whoever reads the archive sees to it that it is one. */
  readonly validated = true;
  /** Whether it was read where it lies: then nobody reads all of it in order, and its CRC-32 goes unchecked. */
  isReadInPlace = false;
  /** How far it was read in order. */
  readonly progress: MemberProgress = { bytes: 0, crc32: 0 };
  readonly #archive: ZipArchive;
  readonly #entry: ZipEntry;
  readonly #limits: InflateLimits;
  readonly #proof: ArchiveProof | undefined;

  /** @param proof - what it was when it was read before */
  constructor(archive: ZipArchive, entry: ZipEntry, limits: InflateLimits, proof: ArchiveProof | undefined) {
    this.#archive = archive;
    this.#entry = entry;
    this.#limits = limits;
    this.#proof = proof;
    this.size = entry.size;
    this.fileName = entry.name;
  }

  /** It is unpacked from its beginning, whatever the offset: only so its CRC-32 can be checked. */
  async *stream(offset = 0): AsyncGenerator<Uint8Array, void, undefined> {
    const { progress } = this;
    progress.bytes = 0;
    progress.crc32 = 0;
    // The archive's own copy shrinks while the decoder's grows, where it is in memory.
    const content = readMember(this.#archive, this.#entry, this.#limits, progress, true);
    const { bytes, crc32 } = this.#proof ?? {};
    const proven =
      bytes === undefined || crc32 === undefined
        ? content
        : checkPrefix(content, { bytes, crc32 }, contentMismatch);
    let skip = offset;
    for await (const chunk of proven) {
      if (skip < chunk.length) yield skip > 0 ? chunk.subarray(skip) : chunk;
      skip = Math.max(0, skip - chunk.length);
    }
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (this.#entry.method !== 0) {
      throw archiveError(
        "NOT_SUPPORTED",
        `${this.fileName} is compressed within the archive: it is read from its beginning.`,
      );
    }
    const place = await locateMember(this.#archive, this.#entry);
    this.isReadInPlace = true;
    return this.#archive.source.read(place.start + start, Math.min(place.end, place.start + end));
  }
}
