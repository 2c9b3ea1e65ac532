import { ExportError } from "../../model/errors.js";
import { archiveError, beyondLimit } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";
import { type DirectoryEntry, findEntries, readEntries } from "./directory-entries.js";
import { END_SIGNATURE, type EndRecord, viewOf } from "./end-record.js";
import { findEarlierEndRecords, findEndRecords, noEndRecord, tailSize } from "./find-end-record.js";

const LOCAL_SIGNATURE = 0x04034b50;

/** The central directory of an archive. */
export interface Directory {
  readonly start: number;
  /** Their offsets are places in the source. */
  readonly entries: readonly DirectoryEntry[];
  /** How many bytes stand behind the archive; below 0 where its comment lacks so many. */
  readonly behind: number;
}

/**
 * Finds and reads the central directory of an archive. What the end record says about its place and length is taken for
 * what it is, a statement: the directory is where its entries stand and lead to members.
 *
 * @throws ExportError `INTEGRITY` where an archive is cut short, `DECODE_FAILED` where the bytes are no archive,
 *   `LIMIT_EXCEEDED`, `NOT_SUPPORTED`
 */
export async function findDirectory(source: ByteSource, label: string, maxBytes: number): Promise<Directory> {
  let empty: Directory | undefined;
  let refused: ExportError | undefined;
  let isBuried = false;
  for (const end of await findEndRecords(source, label)) {
    const found = await readDirectory(source, end, label, maxBytes).catch((error: unknown) => {
      if (!(ExportError.isInstance(error) && error.code === "INTEGRITY")) throw error;
      refused ??= error;
      return undefined;
    });
    if (end.behind !== 0) {
      if (found && (await isWhole(source, found))) return found;
      isBuried ||= found !== undefined;
    } else if (found && (found.entries.length > 0 || found.start === 0)) return found;
    else if (found) empty ??= found;
    else refused ??= whyUnreadable(end, label);
  }
  // Nothing behind foreign bytes: it may be in the comment of an archive that holds something, or behind one.
  if (empty && !(await isMember(source, 0))) return empty;
  if (refused) throw refused;
  // Of what does not begin as an archive no more is read.
  if ((await isMember(source, 0)) || (await hasSignature(source, 0, END_SIGNATURE))) {
    for await (const end of findEarlierEndRecords(source, label, maxBytes)) {
      const found = await readDirectory(source, end, label, maxBytes);
      if (found && (await isWhole(source, found))) return found;
    }
  }
  throw await noEndRecord(source, label, maxBytes, isBuried);
}

async function readDirectory(
  source: ByteSource,
  end: EndRecord,
  label: string,
  maxBytes: number,
): Promise<Directory | undefined> {
  const { directoryEnd, size, offset, behind } = end;
  const bySize = directoryEnd - size;
  const places = [
    { start: bySize, length: size },
    { start: offset, length: directoryEnd - offset },
  ];
  for (const { start, length } of places) {
    if (start < 0 || length < 0) continue;
    if (length > maxBytes) throw tooLarge(label, length, maxBytes);
    const entries = readEntries(await source.read(start, start + length), end.entries, label, maxBytes);
    const placed = entries && (await place(source, entries, start - offset, label));
    if (placed) return { start, entries: placed, behind };
  }
  const from = Math.max(0, directoryEnd - tailSize);
  const tail = await source.read(from, directoryEnd);
  const at = findEntries(tail, end.entries);
  if (at === undefined) return undefined;
  const entries = readEntries(tail.subarray(at), end.entries, label, maxBytes);
  const placed = entries && (await place(source, entries, from + at - offset, label));
  return placed && { start: from + at, entries: placed, behind };
}

/**
 * The entries with their offsets as places in the source: foreign bytes before the archive shift them all, a directory
 * that is not where the end record says shifts none. What stands at the first of them tells.
 *
 * @returns `undefined` where no member stands at either
 */
async function place(
  source: ByteSource,
  entries: readonly DirectoryEntry[],
  shift: number,
  label: string,
): Promise<readonly DirectoryEntry[] | undefined> {
  if (shift === 0 || entries.length === 0) return entries;
  const first = firstOffset(entries);
  if (shift > 0 && (await isMember(source, first + shift))) {
    // What is left of an archive that was cut off right behind an archive stored in it looks like this.
    if (await isMember(source, 0)) {
      throw archiveError(
        "INTEGRITY",
        `${label} is cut short, or several archives in one. Download it again.`,
      );
    }
    return entries.map((entry) => ({ ...entry, offset: entry.offset + shift }));
  }
  return (await isMember(source, first)) ? entries : undefined;
}

/** With bytes behind its end, an archive has to begin where the source does: else it is one stored in another. */
async function isWhole(source: ByteSource, { entries, start, behind }: Directory): Promise<boolean> {
  if (entries.length === 0 ? start !== 0 : firstOffset(entries) !== 0) return false;
  return behind < 0 || !(await isMember(source, source.size - behind));
}

function isMember(source: ByteSource, at: number): Promise<boolean> {
  return hasSignature(source, at, LOCAL_SIGNATURE);
}

async function hasSignature(source: ByteSource, at: number, signature: number): Promise<boolean> {
  if (at + 4 > source.size) return false;
  return viewOf(await source.read(at, at + 4)).getUint32(0, true) === signature;
}

function firstOffset(entries: readonly DirectoryEntry[]): number {
  return entries.reduce((first, { offset }) => Math.min(first, offset), Number.POSITIVE_INFINITY);
}

function whyUnreadable({ size, offset, directoryEnd }: EndRecord, label: string): ExportError {
  const lacking = offset + size - directoryEnd;
  if (lacking > 0) {
    return archiveError("INTEGRITY", `${label} lacks ${lacking} bytes: it is cut short. Download it again.`);
  }
  return archiveError("DECODE_FAILED", `${label} has a broken directory.`);
}

function tooLarge(label: string, size: number, maxBytes: number): ExportError {
  return beyondLimit(
    maxBytes,
    `${label} has a directory of ${size} bytes, and maxBufferedBytes allows ${maxBytes}.`,
  );
}
