import type { Artifact } from "../../spec/artifact.js";
import { archiveError } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";

/**
 * Small reads are rounded up to this and kept: the short members of a workbook stand side by side, and one request
 * then serves several of them.
 */
const blockSize = 128 * 1024;
const keptBlocks = 4;
/** Large members come in pieces of this size, two of which are in memory at a time. */
const pieceSize = 2 * 1024 * 1024;

/** An artifact whose store answers range requests, read where it is. */
export class RangedSource implements ByteSource {
  readonly size: number;
  readonly #artifact: Artifact;
  readonly #validated: boolean;
  readonly #isMember: boolean;
  readonly #kept: { readonly start: number; readonly bytes: Uint8Array }[] = [];

  /**
   * @param validated - the store named a strong validator before anything was read
   * @param isMember - it lies in another archive, whose source rounds reads up and keeps them
   */
  constructor(artifact: Artifact, size: number, validated: boolean, isMember: boolean) {
    this.#artifact = artifact;
    this.#validated = validated;
    this.#isMember = isMember;
    this.size = size;
  }

  get fresh(): ByteSource | undefined {
    // What was read since may not have named it.
    const isProven = this.#validated && this.#artifact.validated;
    return isProven ? undefined : new RangedSource(this.#artifact, this.size, false, this.#isMember);
  }

  holds(start: number, end: number): boolean {
    return this.#keptBlock(start, end) !== undefined;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end > this.size) throw cutShort(start, end);
    if (end - start > blockSize || this.#isMember) return this.#fetch(start, end);
    const known = this.#keptBlock(start, end);
    if (known) return known.bytes.subarray(start - known.start, end - known.start);
    const bytes = await this.#fetch(start, Math.min(this.size, start + blockSize));
    this.#kept.push({ start, bytes });
    if (this.#kept.length > keptBlocks) this.#kept.shift();
    return bytes.subarray(0, end - start);
  }

  /**
   * Piece by piece, the next one under way while this one is used. One open-ended request would need a store that can
   * prove the file to be unchanged where it breaks off; here the CRC-32 of what is read proves it.
   */
  async *stream(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (end > this.size) throw cutShort(start, end);
    if (end - start <= blockSize) {
      if (end > start) yield await this.read(start, end);
      return;
    }
    let next: Promise<Uint8Array> | undefined = this.#fetch(start, Math.min(end, start + pieceSize));
    for (let at = start + pieceSize; next; at += pieceSize) {
      const piece: Uint8Array = await next;
      next = at < end ? this.#fetch(at, Math.min(end, at + pieceSize)) : undefined;
      // Its failure is met above, unless the caller has stopped: then nobody hears it, and nobody need.
      next?.catch(() => {});
      yield piece;
    }
  }

  #keptBlock(start: number, end: number) {
    return this.#kept.find((block) => block.start <= start && end <= block.start + block.bytes.length);
  }

  async #fetch(start: number, end: number): Promise<Uint8Array> {
    const bytes = await this.#artifact.read(start, end);
    if (bytes.length !== end - start) throw cutShort(start, end);
    return bytes;
  }
}

function cutShort(start: number, end: number): Error {
  return archiveError("INTEGRITY", `The archive has no bytes from ${start} to ${end}: it is cut short.`);
}
