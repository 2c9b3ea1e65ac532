import { appendBytes } from "../model/bytes.js";
import { ExportError } from "../model/errors.js";
import { isCount, isObject } from "../model/json.js";
import type { Artifact } from "../spec/artifact.js";
import type { DecodeOptions, RecordBatch, RecordDecoder, ResumeState } from "../spec/records.js";
import { checkDecoder, decoderOptions } from "./decoder-options.js";
import { type GzipLimits, GzipMembers, type MemberStart, startsAsGzip } from "./gzip/members.js";
import { nestedBatch } from "./nested-batch.js";
import { nextTurn } from "./next-turn.js";
import { unusableState } from "./text-decoder.js";
import { archiveError } from "./zip/archive-error.js";
import { positiveOptions } from "./zip/archive-options.js";

/** How many members are kept in mind for states; one before the oldest of them is as good, and farther to go from. */
const KEPT_PLACES = 64;
/** After so much content everything else that waits gets a turn. */
const TURN_BYTES = 4 * 1024 * 1024;
const ORIGIN: MemberStart = { offset: 0, unpacked: 0 };

/** What {@link gunzip} can be told. */
export interface GunzipOptions {
  /** How many bytes one compressed byte may unfold to, on the average and above 1 MiB. Default 200; records do 5 to 40. */
  readonly maxRatio?: number | undefined;
  /** How many bytes may be unfolded in all. Default 64 GiB. */
  readonly maxInflatedBytes?: number | undefined;
  /** Default `"application/gzip"`. */
  readonly contentType?: string | undefined;
}

/**
 * Where reading resumes in a compressed file. It cannot be entered but where a member begins, so `offset` is such a byte,
 * and the content is read from there up to where the decoder within resumes.
 */
interface GunzipState extends ResumeState {
  /** How many bytes of content lie before the member that begins at `offset`. */
  readonly unpacked: number;
  /** Where the decoder within resumes, its `offset` being a byte of the content. */
  readonly inner: ResumeState;
}

/**
 * A decoder for a file that is compressed by gzip (RFC 1952), of one member or several; `inner` reads its content.
 *
 * Each member is checked by its CRC-32 and its length. A file that is cut or damaged is an error (`INTEGRITY`) and never
 * a silent end; the last records before the damage have been handed over by then. Zeros behind the end are padding and
 * passed over with a warning, anything else there is refused.
 *
 * A download resumes at the last member that begins before its record: of a file with one member, all is fetched and
 * unpacked once more, and what was handed over is passed over. As for all decoders that prove nothing by themselves, the
 * store has to name a strong validator for that.
 *
 * A store may serve such a file with `Content-Encoding: gzip`, which the runtime unpacks on the way; then its content is
 * read as it comes.
 *
 * @throws ExportError `CONFIG_INVALID`
 * @example
 * ```ts
 * const users = gunzip(ndjson<User>());
 * ```
 */
export function gunzip<R>(inner: RecordDecoder<R>, options: GunzipOptions = {}): RecordDecoder<R> {
  checkDecoder("gunzip", inner);
  const own = decoderOptions("gunzip", options, {
    maxRatio: "any",
    maxInflatedBytes: "any",
    contentType: "string",
  });
  positiveOptions("gunzip", own, "maxRatio", "maxInflatedBytes");
  const { maxRatio = 200, maxInflatedBytes = 64 * 1024 ** 3, contentType = "application/gzip" } = own;
  return {
    kind: "artifact",
    format: `${inner.format}.gz`,
    contentType,
    ...(inner.csv && { csv: inner.csv }),
    ...(inner.identify && { identify: inner.identify }),
    decode: (artifact, decodeOptions) =>
      decodeGzip(artifact, inner, decodeOptions, { maxRatio, maxInflatedBytes }),
  };
}

async function* decodeGzip<R>(
  artifact: Artifact,
  inner: RecordDecoder<R>,
  options: DecodeOptions,
  limits: GzipLimits,
): AsyncGenerator<RecordBatch<R>, void, undefined> {
  const state = stateOf(options.state);
  /** Where members begin, as far as they have been read. */
  let places: readonly MemberStart[] = [state ?? ORIGIN];

  async function* content(from: number): AsyncGenerator<Uint8Array, void, undefined> {
    const start = placeBefore(places, from);
    places = [start];
    const members = new GzipMembers(start, limits, (place) => {
      if (place.offset > start.offset) places = [...places.slice(1 - KEPT_PLACES), place];
    });
    let skip = from - start.unpacked;
    let sinceTurn = 0;
    for await (const chunk of unpacked(artifact, start.offset, members, options.warn)) {
      if (skip < chunk.length) yield skip > 0 ? chunk.subarray(skip) : chunk;
      skip = Math.max(0, skip - chunk.length);
      sinceTurn += chunk.length;
      if (sinceTurn >= TURN_BYTES) sinceTurn = await nextTurn();
    }
    if (skip > 0) throw noSuchPlace();
  }

  const unpackedFile: Artifact = {
    contentType: inner.contentType,
    fileName: artifact.fileName?.replace(/\.gz(ip)?$/i, ""),
    get validated() {
      return artifact.validated;
    },
    stream: (offset = 0) => content(offset),
    read: async () => {
      throw archiveError("NOT_SUPPORTED", "A gzip file can be read from its beginning only.");
    },
  };
  for await (const batch of inner.decode(unpackedFile, { ...options, state: state?.inner })) {
    const known = places;
    yield nestedBatch(batch, {
      stateOf(inside): GunzipState {
        const { offset, unpacked } = placeBefore(known, inside.offset);
        return { offset, unpacked, record: inside.record, inner: inside };
      },
    });
  }
}

/** The content of the file from the member on that begins at `offset`; the file itself where it is unpacked already. */
async function* unpacked(
  artifact: Artifact,
  offset: number,
  members: GzipMembers,
  warn: DecodeOptions["warn"],
): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  let isPlain = false;
  for await (const chunk of artifact.stream(offset)) {
    let bytes = chunk;
    if (head) {
      bytes = appendBytes(head, chunk);
      head = bytes.length < 2 ? bytes.slice() : undefined;
      if (head) continue;
      isPlain = offset === 0 && artifact.encoded === true && !startsAsGzip(bytes);
    }
    if (isPlain) yield bytes;
    else yield* members.push(bytes);
  }
  if (head && artifact.encoded && !(head.length > 0 && startsAsGzip(head))) {
    if (head.length > 0) yield head;
    return;
  }
  if (isPlain) return;
  if (head) yield* members.push(head);
  const padding = members.end();
  if (padding > 0)
    warn?.(`The gzip file has zeros behind its end (${padding} bytes), which were passed over.`);
}

function placeBefore(places: readonly MemberStart[], content: number): MemberStart {
  return places.findLast(({ unpacked }) => unpacked <= content) ?? ORIGIN;
}

/** @throws ExportError `JOB_INVALID` where the state is not this decoder's */
function stateOf(state: ResumeState | undefined): GunzipState | undefined {
  // An untouched state says "from the beginning".
  if (state === undefined || state.record === 0) return undefined;
  const { offset, record, unpacked, inner } = state;
  if (!isCount(offset) || !isCount(record) || !isCount(unpacked)) throw unusableState();
  if (!isObject(inner) || typeof inner.offset !== "number" || typeof inner.record !== "number")
    throw unusableState();
  return { offset, record, unpacked, inner: inner as ResumeState };
}

function noSuchPlace(): ExportError {
  return new ExportError(
    "ARTIFACT_CHANGED",
    "The checkpoint names a place that the file does not have. Start the download without it.",
    { operation: "decode" },
  );
}
