import type { ContentRange, FileHeaders, Validator } from "./file-headers.js";
import type { ArtifactIdentity } from "./identity.js";

/** What was asked of the store. */
export interface RangeQuestion {
  /** The first byte wanted. */
  readonly offset: number;
  /** The byte before which to stop; absent for "to the end". */
  readonly end?: number | undefined;
  /** What is known of the artifact so far. */
  readonly identity: ArtifactIdentity;
}

/** What an answer to it means. */
export type RangeAnswer =
  | BytesAnswer
  /** There is nothing at or after the offset, and that is as it should be. */
  | { readonly kind: "end" }
  /**
   * With `INTEGRITY` the answer contradicts itself or proves nothing, and may be so for ranges only; the message follows
   * after "it". With `NOT_SUPPORTED` it is the whole file where a part of it was asked for.
   */
  | {
      readonly kind: "wrong";
      readonly code: "ARTIFACT_CHANGED" | "INTEGRITY" | "NOT_SUPPORTED";
      readonly message: string;
    };

/**
 * Bytes follow: drop the first `skip`, then expect them to end before byte `endsAt`, where that is known. With `whole`
 * they reach to the end of the file.
 */
export interface BytesAnswer {
  readonly kind: "bytes";
  readonly skip: number;
  readonly endsAt?: number | undefined;
  readonly whole: boolean;
  readonly identity: ArtifactIdentity;
  /** Whether it names the validator that the identity holds. Without it only what is read can prove the file the same. */
  readonly proven: boolean;
}

/**
 * Judges a 200, 206 or 416 by its headers alone. The order matters: an answer is first checked against itself, then
 * against what was asked, then against what is known of the artifact. That it does not contradict is not proof: bytes that
 * follow others are taken only from an answer that names the validator.
 */
export function judgeRangeAnswer(status: number, headers: FileHeaders, question: RangeQuestion): RangeAnswer {
  if (status === 200) return judgeWhole(headers, question);
  if (status === 206) return judgePart(headers, question);
  return judgeUnsatisfiable(headers, question);
}

function judgeWhole(headers: FileHeaders, { offset, end, identity }: RangeQuestion): RangeAnswer {
  if (headers.coding?.isUnclear)
    return wrong("compressed it in a way that some runtimes unpack and others do not (Content-Encoding)");
  if (headers.hasBadLength) return wrong(BAD_LENGTH);
  const range = readable(headers);
  // Some stores send one with the whole file, too.
  const ranged = range?.start === 0 && range.end !== undefined ? range.end + 1 : undefined;
  if (headers.range !== undefined && (ranged === undefined || ranged !== range?.total))
    return wrong("answered HTTP 200, and a Content-Range that is not the whole file");
  const told = [headers.length, headers.storedLength, ranged];
  const [length, other] = new Set(told.filter((one) => one !== undefined));
  if (length !== undefined && other !== undefined)
    return wrong(`announced a whole file of ${length} bytes, and of ${other}`);
  const known = identity.validator;
  if (known && contradicts(known, headers)) return changed("another validator");
  if (identity.size !== undefined && length !== undefined && length !== identity.size) {
    return changed(`${length} bytes instead of ${identity.size}`);
  }
  if (end !== undefined) {
    return {
      kind: "wrong",
      code: "NOT_SUPPORTED",
      message: "the store answers no ranges, only the whole file",
    };
  }
  // The server ignored the range. Its bytes up to the offset are the ones already handed over only if it proves to be
  // the same artifact.
  if (offset > 0 && !(known && matches(known, headers)))
    return changed("no proof that it is the same artifact");
  return {
    kind: "bytes",
    skip: offset,
    endsAt: identity.size ?? length,
    whole: true,
    ...identified(headers, identity, offset === 0, length, headers.coding !== undefined),
  };
}

function judgePart(headers: FileHeaders, { offset, end, identity }: RangeQuestion): RangeAnswer {
  const range = readable(headers);
  if (headers.hasManyParts) return wrong("answered one range with several parts");
  if (range?.start === undefined || range.end === undefined) {
    return wrong("answered a part without a readable Content-Range");
  }
  if (headers.coding) return wrong("compressed a part, so that its offsets mean nothing");
  if (range.start !== offset)
    return wrong(`answered from byte ${range.start} when byte ${offset} was asked for`);
  if (end !== undefined && range.end >= end)
    return wrong(`answered up to byte ${range.end}, past what was asked for`);
  if (range.total !== undefined && range.end >= range.total)
    return wrong("sent a Content-Range that contradicts itself");
  const { length, storedLength: stored } = headers;
  if (headers.hasBadLength) return wrong(BAD_LENGTH);
  if (length !== undefined && length !== range.end - range.start + 1) {
    return wrong("sent a Content-Length that contradicts its Content-Range");
  }
  if (range.total !== undefined && stored !== undefined && stored !== range.total)
    return wrong(`sends a part of ${range.total} bytes, and stores ${stored}`);
  const known = identity.validator;
  if (known && contradicts(known, headers)) return changed("another validator");
  const total = range.total ?? stored;
  if (identity.size !== undefined && total !== undefined && total !== identity.size) {
    return changed(`${total} bytes instead of ${identity.size}`);
  }
  if (identity.size !== undefined && range.end >= identity.size)
    return wrong(`answered up to byte ${range.end} of a file of ${identity.size} bytes`);
  // Stores and proxies there are that pass over If-Range: that a part comes at all proves nothing.
  if (offset > 0 && end === undefined && !(known && matches(known, headers)))
    return wrong("answered a part without the validator that would prove it to be of the same file");
  return {
    kind: "bytes",
    skip: 0,
    endsAt: range.end + 1,
    whole: false,
    ...identified(headers, identity, offset === 0 && end === undefined, total, identity.encoded),
  };
}

function judgeUnsatisfiable(headers: FileHeaders, { offset, identity }: RangeQuestion): RangeAnswer {
  const total = readable(headers)?.total;
  if (identity.validator && contradicts(identity.validator, headers)) return changed("another validator");
  if (total === undefined)
    return wrong(`says that nothing is at byte ${offset}, and not where the file ends`);
  if (identity.size !== undefined && total !== identity.size) {
    return changed(`${total} bytes instead of ${identity.size}`);
  }
  if (total === offset) return { kind: "end" };
  if (total < offset) return changed(`${total} bytes, fewer than the ${offset} already read`);
  return wrong(`says that nothing is at byte ${offset} of ${total}`);
}

/**
 * What is known of the artifact with this answer.
 *
 * @param begins - it is read from the beginning, so that a validator named by another answer proves nothing about it
 */
function identified(
  headers: FileHeaders,
  known: ArtifactIdentity,
  begins: boolean,
  length: number | undefined,
  encoded: boolean | undefined,
): Pick<BytesAnswer, "identity" | "proven"> {
  const own = headers.validator;
  const validator = begins ? own : (known.validator ?? own);
  return {
    identity: { validator, size: known.size ?? length, encoded: known.encoded || encoded },
    proven: validator !== undefined && matches(validator, headers),
  };
}

/** Whether an answer names the validator, and so proves to carry the same bytes. */
export function matches({ kind, value }: Validator, { tags }: FileHeaders): boolean {
  return tags[kind] === value;
}

/** Whether an answer names a validator of this kind that is another one. */
export function contradicts({ kind, value }: Validator, { tags }: FileHeaders): boolean {
  return tags[kind] !== undefined && tags[kind] !== value;
}

function readable({ range }: FileHeaders): ContentRange | undefined {
  return range === "unreadable" ? undefined : range;
}

const BAD_LENGTH = "announced an invalid Content-Length";

function changed(what: string): RangeAnswer {
  return {
    kind: "wrong",
    code: "ARTIFACT_CHANGED",
    message: `the file is not the one this download began with (${what}). Start the download again without a checkpoint`,
  };
}

function wrong(message: string): RangeAnswer {
  return { kind: "wrong", code: "INTEGRITY", message };
}
