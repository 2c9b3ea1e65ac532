import { appendBytes } from "../../model/bytes.js";
import { archiveError, beyondLimit } from "../zip/archive-error.js";
import { crc32 } from "../zip/crc32.js";
import { BrokenDeflate, Inflater } from "./inflater.js";

/** Content up to this size may unfold by any ratio: it cannot do harm. */
const HARMLESS = 1024 * 1024;
/** No tool writes so long a name or comment. */
const LONGEST_HEAD = 80 * 1024;
const TRAILER = 8;

/** What keeps a bomb from going off. */
export interface GzipLimits {
  readonly maxRatio: number;
  readonly maxInflatedBytes: number;
}

/** Where a member begins. */
export interface MemberStart {
  /** The byte of the file. */
  readonly offset: number;
  /** How many bytes of content lie before it. */
  readonly unpacked: number;
}

/**
 * The content of a gzip file (RFC 1952) that comes in pieces: of all its members, one behind the other, each checked by
 * its CRC-32 and its length.
 */
export class GzipMembers {
  readonly #limits: GzipLimits;
  readonly #onMember: (place: MemberStart) => void;
  readonly #inflater = new Inflater();
  #phase: "head" | "body" | "trailer" | "padding" = "head";
  /** What came and was too little to be read. */
  #rest: Uint8Array = new Uint8Array(0);
  /** The byte of the file behind everything that came, and the first one of it. */
  #seen: number;
  readonly #start: number;
  #unpacked: number;
  #inflated = 0;
  #members = 0;
  #padding = 0;
  #crc = 0;
  #length = 0;

  /** @param onMember - told of every member before its content */
  constructor(start: MemberStart, limits: GzipLimits, onMember: (place: MemberStart) => void) {
    this.#limits = limits;
    this.#onMember = onMember;
    this.#seen = this.#start = start.offset;
    this.#unpacked = start.unpacked;
  }

  /**
   * The content of the next bytes; take all of it before the next call.
   *
   * @throws ExportError `DECODE_FAILED`, `INTEGRITY`, `LIMIT_EXCEEDED`, `NOT_SUPPORTED`
   */
  *push(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.#seen += bytes.length;
    let input = appendBytes(this.#rest, bytes);
    for (;;) {
      if (this.#phase === "body") {
        yield* this.#inflate(input);
        if (!this.#inflater.isDone) {
          this.#rest = new Uint8Array(0);
          return;
        }
        input = this.#inflater.rest;
        this.#phase = "trailer";
      }
      const size = this.#phase === "trailer" ? this.#readTrailer(input) : this.#readHead(input);
      if (size === undefined) {
        this.#rest = input.slice();
        return;
      }
      input = input.subarray(size);
    }
  }

  /**
   * The file is over.
   *
   * @returns how many zeros stood behind the last member
   * @throws ExportError `INTEGRITY` where the file is cut short
   */
  end(): number {
    const isWhole = this.#members > 0 && (this.#phase === "padding" || this.#phase === "head");
    if (isWhole && this.#rest.length === 0) return this.#padding;
    const where = this.#seen === 0 ? "it is empty" : `it ends within a member, at byte ${this.#seen}`;
    throw archiveError("INTEGRITY", `The gzip file is cut short: ${where}. Download it again.`);
  }

  *#inflate(input: Uint8Array): Generator<Uint8Array, void, undefined> {
    const { maxRatio, maxInflatedBytes } = this.#limits;
    try {
      for (const content of this.#inflater.push(input)) {
        this.#crc = crc32(content, this.#crc);
        this.#length += content.length;
        this.#unpacked += content.length;
        this.#inflated += content.length;
        const used = this.#seen - this.#start - this.#inflater.rest.length;
        const isSteep = this.#inflated > HARMLESS && this.#inflated > used * maxRatio;
        if (isSteep || this.#inflated > maxInflatedBytes) throw bomb(isSteep, this.#limits);
        yield content;
      }
    } catch (error) {
      if (error instanceof BrokenDeflate) throw damaged("holds broken compressed data", error);
      throw error;
    }
  }

  /** @returns how many bytes it takes up; `undefined` where there have to be more to know */
  #readHead(input: Uint8Array): number | undefined {
    if (input.length === 0) return undefined;
    if (this.#members > 0 && input[0] === 0) this.#phase = "padding";
    if (this.#phase === "padding") {
      if (input.some((byte) => byte !== 0)) throw garbage(this.#seen - input.length);
      this.#padding += input.length;
      return input.length;
    }
    if (!startsAsGzip(input)) {
      if (this.#members > 0) throw garbage(this.#seen - input.length);
      throw archiveError(
        "DECODE_FAILED",
        "The file is not compressed with gzip: it does not begin like a gzip file.",
      );
    }
    const size = headSize(input);
    if (size === undefined && input.length <= LONGEST_HEAD) return undefined;
    if (size === undefined) throw damaged("has a header without an end");
    this.#onMember({ offset: this.#seen - input.length, unpacked: this.#unpacked });
    this.#inflater.reset();
    this.#crc = 0;
    this.#length = 0;
    this.#phase = "body";
    return size;
  }

  #readTrailer(input: Uint8Array): number | undefined {
    if (input.length < TRAILER) return undefined;
    const view = new DataView(input.buffer, input.byteOffset, TRAILER);
    if (view.getUint32(0, true) !== this.#crc || view.getUint32(4, true) !== this.#length % 2 ** 32)
      throw damaged("is damaged (its length or CRC-32 does not match)");
    this.#members++;
    this.#phase = "head";
    return TRAILER;
  }
}

/** Whether bytes may begin a gzip file, as far as they go. */
export function startsAsGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && (bytes.length === 1 || bytes[1] === 0x8b);
}

/** How long the header of a member is (RFC 1952, 2.3); `undefined` where it is not all there. */
function headSize(bytes: Uint8Array): number | undefined {
  const [, , method, flags = 0] = bytes;
  if (bytes.length < 10) return undefined;
  if (method !== 8)
    throw archiveError(
      "NOT_SUPPORTED",
      `The gzip file is compressed by method ${method}; only deflate is read.`,
    );
  if ((flags & 0xe0) !== 0) throw damaged("has a header with flags that do not exist");
  let at = 10;
  if ((flags & 4) !== 0) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + (bytes[at] as number) + (bytes[at + 1] as number) * 256;
  }
  // The name and the comment.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) return undefined;
    at = end + 1;
  }
  if ((flags & 2) !== 0) {
    if (bytes.length < at + 2) return undefined;
    const told = (bytes[at] as number) + (bytes[at + 1] as number) * 256;
    if ((crc32(bytes.subarray(0, at)) & 0xffff) !== told) throw damaged("has a damaged header");
    at += 2;
  }
  return at <= bytes.length ? at : undefined;
}

function damaged(how: string, cause?: unknown): Error {
  return archiveError("INTEGRITY", `The gzip file ${how}. Download it again.`, { cause });
}

function garbage(byte: number): Error {
  return damaged(`has bytes behind its end, at byte ${byte}, that are not part of it`);
}

function bomb(isSteep: boolean, { maxRatio, maxInflatedBytes }: GzipLimits): Error {
  const [how, option] = isSteep
    ? [`decompresses more than ${maxRatio} to 1`, "maxRatio"]
    : [`decompresses to more than ${maxInflatedBytes} bytes`, "maxInflatedBytes"];
  return beyondLimit(
    isSteep ? maxRatio : maxInflatedBytes,
    `The gzip file ${how}: it may be a bomb. Raise ${option} where the source is trusted.`,
  );
}
