import { leavesPacked } from "#once";
import { safeFileName } from "../model/file-name.js";
import { httpDate } from "../model/http-date.js";
import { isObject } from "../model/json.js";

/** A Content-Range of RFC 9110 section 14.4; `total` is absent where the server does not know it (`*`). */
export interface ContentRange {
  /** The first and the last byte, both included; absent in the answer to an unsatisfiable range. */
  readonly start?: number;
  readonly end?: number;
  readonly total?: number;
}

/** How a body is packed. */
export interface ContentCoding {
  /** How often it is packed by gzip, where by nothing else: then it shows whether the runtime has unpacked it. */
  readonly gzip: number;
  /**
   * Whether it cannot be told if the runtime has unpacked it: other words stand among codings other than gzip, or it is one
   * that leaves all of them packed.
   */
  readonly isUnclear: boolean;
  /** Whether there is one coding and nothing beside it, which most runtimes unpack. */
  readonly isPlain: boolean;
}

/**
 * What proves that two answers carry the very same bytes: a strong entity tag, or a Last-Modified that is strong in the
 * sense of RFC 9110 section 8.8.2.2 (at least a second older than the answer's Date).
 */
export interface Validator {
  readonly kind: "etag" | "last-modified";
  readonly value: string;
}

/** What an answer names that may be a validator, by kind. */
export type Tags = { readonly [kind in Validator["kind"]]: string | undefined };

/** What the headers of an answer say of the file and of the body. They are read once; whoever judges the answer goes by this. */
export interface FileHeaders {
  readonly contentType: string | undefined;
  /** Safe to use as a name in a folder. */
  readonly fileName: string | undefined;
  /** `undefined` where nothing was packed. */
  readonly coding: ContentCoding | undefined;
  /** Lengths in bytes: of the body, and of the file as it is stored. Of a body that is packed neither is known. */
  readonly length: number | undefined;
  readonly storedLength: number | undefined;
  /** Whether there is an invalid Content-Length. */
  readonly hasBadLength: boolean;
  /** The Content-Range: `"unreadable"` where there is one that says nothing. */
  readonly range: ContentRange | "unreadable" | undefined;
  readonly hasManyParts: boolean;
  /** What proves another answer to carry the very same bytes. */
  readonly validator: Validator | undefined;
  readonly tags: Tags;
  readonly all: Headers;
}

export function readFileHeaders(all: Headers): FileHeaders {
  const contentType = all.get("content-type")?.trim();
  const told = headerOf(all, "content-length");
  const length = readLength(told);
  const storedLength = readLength(headerOf(all, "x-goog-stored-content-length"));
  const range = headerOf(all, "content-range");
  const tags = { etag: headerOf(all, "etag"), "last-modified": headerOf(all, "last-modified") };
  const coding = codingOf(all.get("content-encoding"));
  const isAsStored = !coding && isStoredAsServed(all);
  return {
    contentType,
    fileName: fileNameOf(all.get("content-disposition")),
    coding,
    length: coding ? undefined : length,
    storedLength: isAsStored ? storedLength : undefined,
    hasBadLength: !coding && told !== undefined && length === undefined,
    range: range === undefined ? undefined : (parseContentRange(range) ?? "unreadable"),
    hasManyParts: /^\s*multipart\//i.test(contentType ?? ""),
    validator: strongValidator(tags, all.get("date")),
    tags,
    all,
  };
}

const MOST_COPIES = 4;

/**
 * A header's value, trimmed; `undefined` where it is absent or empty. The very same value sent more than once, as some
 * proxies do, counts once: `fetch` joins the copies with commas.
 */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim();
  if (!value) return undefined;
  // The most first: four copies are two of a pair, too.
  for (let times = MOST_COPIES; times > 1; times--) {
    const length = (value.length - ", ".length * (times - 1)) / times;
    const once = value.slice(0, length);
    if (Array(times).fill(once).join(", ") === value) return once;
  }
  return value;
}

function readLength(text: string | undefined): number | undefined {
  const length = text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  // Beyond that numbers are no longer exact, and no file is that long.
  return Number.isSafeInteger(length) ? length : undefined;
}

export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const found = /^bytes\s+(?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(value?.trim() ?? "");
  if (!found) return undefined;
  const [, start, end, total] = found;
  const range = {
    ...(start !== undefined && { start: Number(start) }),
    ...(end !== undefined && { end: Number(end) }),
    ...(total !== undefined && total !== "*" && { total: Number(total) }),
  };
  if (range.start !== undefined && range.end !== undefined && range.end < range.start) return undefined;
  return Object.values(range).every(Number.isSafeInteger) ? range : undefined;
}

/** The file name of a Content-Disposition (RFC 6266), made safe to use as a name in a folder. */
export function fileNameOf(disposition: string | null): string | undefined {
  if (!disposition) return undefined;
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;]+)/i.exec(disposition)?.[1];
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return safeFileName(decode(extended?.trim()) ?? plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2]);
}

function decode(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

// What runtimes unpack. Anything else that stands in Content-Encoding (`aws-chunked` and `utf-8` are metadata that real
// buckets carry) changes no byte, so it is not a coding.
const GZIP: ReadonlySet<string> = new Set(["gzip", "x-gzip"]);
const OTHERS: ReadonlySet<string> = new Set(["deflate", "br", "zstd"]);

/** What a Content-Encoding says; `undefined` where nothing was packed. */
function codingOf(value: string | null): ContentCoding | undefined {
  const words = (value ?? "").split(",").map((word) => word.trim().toLowerCase());
  const gzip = words.filter((word) => GZIP.has(word)).length;
  const others = words.filter((word) => OTHERS.has(word)).length;
  if (gzip + others === 0) return undefined;
  return {
    gzip: others > 0 ? 0 : gzip,
    isUnclear: others > 0 && (leavesPacked || gzip + others < words.length),
    isPlain: words.length === 1,
  };
}

/** Whether what Google's store says of the stored file holds for what is served: it decompresses on demand. */
export function isStoredAsServed(headers: Headers): boolean {
  return codingOf(headers.get("x-goog-stored-content-encoding")) === undefined;
}

// An entity tag of RFC 9110 section 8.8.3, and spaces in it, which some servers write.
const STRONG_TAG = /^"[\x20\x21\x23-\x7e\x80-\xff]*"$/;

/** Whether a value from outside is a validator that may be sent. */
export function isValidator(value: unknown): value is Validator {
  if (!isObject(value) || typeof value.value !== "string") return false;
  if (value.kind === "etag") return STRONG_TAG.test(value.value);
  return (
    value.kind === "last-modified" &&
    /^[\x20-\x7e]+$/.test(value.value) &&
    httpDate(value.value) !== undefined
  );
}

/**
 * The strong validator of an answer, if it has one. A weak entity tag rules out Last-Modified too: RFC 9110 section
 * 13.1.5 allows a date in If-Range only where there is no entity tag.
 */
export function strongValidator(
  { etag, "last-modified": modified }: Tags,
  date: string | null,
): Validator | undefined {
  if (etag) return STRONG_TAG.test(etag) ? { kind: "etag", value: etag } : undefined;
  const modifiedAt = httpDate(modified);
  const answeredAt = httpDate(date);
  if (!modified || modifiedAt === undefined || answeredAt === undefined) return undefined;
  return answeredAt - modifiedAt >= 1000 ? { kind: "last-modified", value: modified } : undefined;
}
