import { leavesPacked } from "#once";
import { safeFileName } from "../model/file-name.js";
import { strongValidator, type Tags, type Validator } from "./validator.js";

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
  const coding = codingOf(all.get("content-encoding"));
  const told = coding ? undefined : headerOf(all, "content-length");
  const length = readLength(told);
  const range = headerOf(all, "content-range");
  const tags = { etag: headerOf(all, "etag"), "last-modified": headerOf(all, "last-modified") };
  const contentType = all.get("content-type") ?? undefined;
  return {
    contentType,
    fileName: fileNameOf(all.get("content-disposition")),
    coding,
    length,
    storedLength: coding || !isStoredAsServed(all) ? undefined : readLength(headerOf(all, STORED_LENGTH)),
    hasBadLength: told !== undefined && length === undefined,
    range: range === undefined ? undefined : (parseContentRange(range) ?? "unreadable"),
    hasManyParts: /^\s*multipart\//i.test(contentType ?? ""),
    validator: strongValidator(tags, all.get("date")),
    tags,
    all,
  };
}

const STORED_LENGTH = "x-goog-stored-content-length";
const MOST_COPIES = 4;

/**
 * A header's value, trimmed; `undefined` where it is absent or empty. The very same value sent more than once, as some
 * proxies do, counts once: `fetch` joins the copies with commas.
 */
function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim();
  if (!value) return undefined;
  // The most first: four copies are two of a pair, too.
  for (let times = MOST_COPIES; times > 1; times--) {
    const length = (value.length - ", ".length * (times - 1)) / times;
    const once = value.slice(0, Math.max(0, length));
    if (Array(times).fill(once).join(", ") === value) return once;
  }
  return value;
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
// buckets carry) changes no byte, so it is no coding.
const GZIP: ReadonlySet<string> = new Set(["gzip", "x-gzip"]);
const OTHERS: ReadonlySet<string> = new Set(["deflate", "br", "zstd"]);

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
function isStoredAsServed(headers: Headers): boolean {
  return codingOf(headers.get("x-goog-stored-content-encoding")) === undefined;
}

function readLength(text: string | undefined): number | undefined {
  const length = text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  // Beyond that numbers are no longer exact, and no file is that long.
  return Number.isSafeInteger(length) ? length : undefined;
}

/** A Content-Range of RFC 9110 section 14.4; `total` is absent where the server does not know it (`*`). */
export interface ContentRange {
  /** The first and the last byte, both included; absent in the answer to an unsatisfiable range. */
  readonly start?: number;
  readonly end?: number;
  readonly total?: number;
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

// With a part of a file they are of the part.
const OF_BODY = [
  "content-md5",
  "content-digest",
  "x-amz-checksum-crc32",
  "x-amz-checksum-crc32c",
  "x-amz-checksum-sha256",
];
const OF_FILE = ["digest", "repr-digest", "x-goog-hash", "x-ms-blob-content-md5"];

/**
 * The headers that tell checksums of the file, by name; what is decompressed on the way is not what the store speaks of.
 *
 * @param whole - whether the body is the whole file
 */
export function announcedDigests({ all, coding }: FileHeaders, whole: boolean): [string, string][] {
  if (coding) return [];
  return (whole ? [...OF_BODY, ...OF_FILE] : OF_FILE).flatMap((name) => {
    const value = name === "x-goog-hash" && !isStoredAsServed(all) ? undefined : headerOf(all, name);
    return value === undefined ? [] : [[name, value]];
  });
}
