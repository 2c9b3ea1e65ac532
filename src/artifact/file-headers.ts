import { safeFileName } from "../model/file-name.js";
import { type ContentCoding, codingOf, isStoredAsServed } from "./content-encoding.js";
import { strongValidator, type Tags, type Validator } from "./validator.js";

/** A Content-Range of RFC 9110 section 14.4; `total` is absent where the server does not know it (`*`). */
export interface ContentRange {
  /** The first and the last byte, both included; absent in the answer to an unsatisfiable range. */
  readonly start?: number;
  readonly end?: number;
  readonly total?: number;
}

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
