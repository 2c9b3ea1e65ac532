import { codingOf } from "./content-coding.js";
import { headerOf } from "./header.js";

/** What an answer says about the length of its body, or of its file: `undefined` where nothing, or the same throughout. */
export interface AnnouncedLength {
  /** The length of the body. */
  readonly body?: number | undefined;
  /** The length of the file as it is stored. */
  readonly stored?: number | undefined;
  /** What is wrong with it, in words that complete "it …". */
  readonly problem?: string | undefined;
}

/** Lengths in bytes of an answer whose body is not encoded. */
export function announcedLength(headers: Headers): AnnouncedLength {
  const named = headerOf(headers, "content-length");
  const body = readLength(named);
  if (named !== undefined && body === undefined)
    return { problem: "announced a Content-Length that is none" };
  return { body, stored: isStoredAsServed(headers) ? storedLength(headers) : undefined };
}

/** Whether what Google's store says of the stored file holds for what is served: it decompresses on demand. */
export function isStoredAsServed(headers: Headers): boolean {
  return codingOf(headers.get("x-goog-stored-content-encoding")) === undefined;
}

function storedLength(headers: Headers): number | undefined {
  return readLength(headerOf(headers, "x-goog-stored-content-length"));
}

function readLength(text: string | undefined): number | undefined {
  const length = text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  // Beyond that numbers are no longer exact, and no file is that long.
  return Number.isSafeInteger(length) ? length : undefined;
}
