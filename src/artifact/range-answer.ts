import type { ExportErrorCode } from "../errors.js";
import { parseContentRange } from "./content-range.js";
import type { ArtifactIdentity } from "./identity.js";
import { contradicts, matches, strongValidator } from "./validator.js";

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
  /**
   * Bytes follow: drop the first `skip`, then expect them to end before byte `endsAt`, where that is known. With `whole`
   * they go on to the end of the file.
   */
  | {
      readonly kind: "bytes";
      readonly skip: number;
      readonly endsAt?: number | undefined;
      readonly whole: boolean;
      readonly identity: ArtifactIdentity;
    }
  /** There is nothing at or after the offset, and that is as it should be. */
  | { readonly kind: "end" }
  | { readonly kind: "wrong"; readonly code: ExportErrorCode; readonly message: string };

/**
 * Judges a 200, 206 or 416 by its headers alone. The order matters: an answer is first checked against itself, then
 * against what was asked, then against what is known of the artifact.
 */
export function judgeRangeAnswer(status: number, headers: Headers, question: RangeQuestion): RangeAnswer {
  if (status === 200) return judgeWhole(headers, question);
  if (status === 206) return judgePart(headers, question);
  return judgeUnsatisfiable(headers, question);
}

function judgeWhole(headers: Headers, { offset, end, identity }: RangeQuestion): RangeAnswer {
  const encoded = isEncoded(headers);
  const length = encoded ? undefined : contentLength(headers);
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
  const size = identity.size ?? length;
  return {
    kind: "bytes",
    skip: offset,
    endsAt: size,
    whole: true,
    identity: {
      validator: known ?? strongValidator(headers),
      size,
      encoded: identity.encoded || encoded,
    },
  };
}

function judgePart(headers: Headers, { offset, end, identity }: RangeQuestion): RangeAnswer {
  const range = parseContentRange(headers.get("content-range"));
  if (/^\s*multipart\//i.test(headers.get("content-type") ?? "")) {
    return wrong("it answered one range with several parts");
  }
  if (range?.start === undefined || range.end === undefined) {
    return wrong("it answered a part without a readable Content-Range");
  }
  if (isEncoded(headers)) return wrong("it compressed a part, so that its offsets mean nothing");
  if (range.start !== offset)
    return wrong(`it answered from byte ${range.start} when byte ${offset} was asked for`);
  if (end !== undefined && range.end >= end)
    return wrong(`it answered up to byte ${range.end}, past what was asked for`);
  if (range.total !== undefined && range.end >= range.total)
    return wrong("its Content-Range contradicts itself");
  const length = contentLength(headers);
  if (length !== undefined && length !== range.end - range.start + 1) {
    return wrong("its Content-Length contradicts its Content-Range");
  }
  const known = identity.validator;
  if (known && contradicts(known, headers)) return changed("another validator");
  if (identity.size !== undefined && range.total !== undefined && range.total !== identity.size) {
    return changed(`${range.total} bytes instead of ${identity.size}`);
  }
  if (identity.size !== undefined && range.end >= identity.size)
    return wrong(`it answered up to byte ${range.end} of a file of ${identity.size} bytes`);
  return {
    kind: "bytes",
    skip: 0,
    endsAt: range.end + 1,
    whole: false,
    identity: {
      validator: known ?? strongValidator(headers),
      size: identity.size ?? range.total,
      encoded: identity.encoded,
    },
  };
}

function judgeUnsatisfiable(headers: Headers, { offset, identity }: RangeQuestion): RangeAnswer {
  const total = parseContentRange(headers.get("content-range"))?.total ?? identity.size;
  if (identity.size !== undefined && total !== identity.size) {
    return changed(`${total} bytes instead of ${identity.size}`);
  }
  if (identity.validator && contradicts(identity.validator, headers)) return changed("another validator");
  if (total === offset) return { kind: "end" };
  if (total !== undefined && total < offset)
    return changed(`${total} bytes, fewer than the ${offset} already read`);
  return wrong(`it says that nothing is at byte ${offset}`);
}

/** Whether the runtime had to decompress the body. */
function isEncoded(headers: Headers): boolean {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase();
  return encoding !== undefined && encoding !== "" && encoding !== "identity";
}

function contentLength(headers: Headers): number | undefined {
  const text = headers.get("content-length")?.trim();
  const length = text && /^\d+$/.test(text) ? Number(text) : undefined;
  // Beyond that numbers are no longer exact, and no file is that long.
  return Number.isSafeInteger(length) ? length : undefined;
}

function changed(what: string): RangeAnswer {
  return {
    kind: "wrong",
    code: "ARTIFACT_CHANGED",
    message: `the file is not the one this download began with (${what}). Start the download again without a checkpoint`,
  };
}

function wrong(what: string): RangeAnswer {
  return {
    kind: "wrong",
    code: "INTEGRITY",
    message: `the store cannot be trusted with a resumed download: ${what}`,
  };
}
