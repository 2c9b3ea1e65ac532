/** What a `Range` header selects of a file. */
export type SelectedRange =
  | { readonly kind: "whole" }
  /** From `start` up to and without `end`. */
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "unsatisfiable" };

const whole: SelectedRange = { kind: "whole" };

/** The answer to what was selected of a file of `size` bytes, but for its body and other headers. */
export interface RangeReply {
  /** The HTTP status: the whole, or a part. */
  readonly status: 200 | 206;
  /** The first byte of the answer. */
  readonly start: number;
  /** Without it. */
  readonly end: number;
  /** How many bytes it has. */
  readonly length: number;
  /** What tells of the range. */
  readonly headers: { readonly [name: string]: string };
}

/**
 * The answer to a range that was selected: status, headers and the part of the file.
 *
 * @param announced - whether the length is told by `Content-Length`
 * @example
 * ```ts
 * rangeReply({ kind: "part", start: 6, end: 10 }, 10, true).headers;
 * // { "content-range": "bytes 6-9/10", "content-length": "4" }
 * ```
 */
export function rangeReply(
  range: Exclude<SelectedRange, { readonly kind: "unsatisfiable" }>,
  size: number,
  announced: boolean,
): RangeReply {
  const { start, end } = range.kind === "part" ? range : { start: 0, end: size };
  const length = end - start;
  return {
    status: range.kind === "part" ? 206 : 200,
    start,
    end,
    length,
    headers: {
      ...(range.kind === "part" && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
      ...(announced && { "content-length": String(length) }),
    },
  };
}

/**
 * Reads a `Range` header (RFC 9110, 14.2): one range of bytes, open-ended or a suffix. A header that is malformed, of
 * another unit, or of several ranges is ignored, as a server may.
 *
 * @example
 * ```ts
 * selectRange("bytes=-4", 10); // { kind: "part", start: 6, end: 10 }
 * selectRange("bytes=10-", 10); // { kind: "unsatisfiable" }
 * ```
 */
export function selectRange(header: string | null, size: number): SelectedRange {
  const set = /^\s*bytes\s*=\s*(.*?)\s*$/i.exec(header ?? "")?.[1];
  if (set === undefined) return whole;
  const suffix = /^-(\d+)$/.exec(set)?.[1];
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? { kind: "unsatisfiable" } : { kind: "part", start: size - length, end: size };
  }
  const [, first, last = ""] = /^(\d+)-(\d*)$/.exec(set) ?? [];
  if (first === undefined) return whole;
  const start = Number(first);
  if (last !== "" && Number(last) < start) return whole;
  if (start >= size) return { kind: "unsatisfiable" };
  return { kind: "part", start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
