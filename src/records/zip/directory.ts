import { archiveError } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";
import type { DirectoryEntry } from "./directory-entries.js";
import { findDirectory } from "./find-directory.js";

// Why an own reader: of the libraries measured, fflate's `Unzip` reads front to back and gives silently wrong content
// for stored members with data descriptors that are archives themselves (a workbook!), and checks no CRC; but-unzip
// loops for ever on a truncated file; zip.js is right and costs 50 to 72 KiB gzipped; yauzl needs Node. The central
// directory makes the task small.

const localHeaderSize = 30;

/** One member of an archive. */
export interface ZipEntry extends DirectoryEntry {
  /** Where the next member or the directory begins: no byte of this one lies at or behind it. */
  readonly limit: number;
}

/** An archive whose directory has been read. */
export interface ZipArchive {
  /** How messages call it. */
  readonly label: string;
  readonly source: ByteSource;
  /** In the order of the directory, folders included. */
  readonly entries: readonly ZipEntry[];
  /** What is there and no part of the archive, as sentences. */
  readonly remarks: readonly string[];
}

/**
 * Reads the central directory of an archive.
 *
 * @param maxBytes - the largest directory read, in bytes
 * @throws ExportError `DECODE_FAILED`, `INTEGRITY`, `LIMIT_EXCEEDED`, `NOT_SUPPORTED`
 */
export async function openArchive(source: ByteSource, label: string, maxBytes: number): Promise<ZipArchive> {
  const { entries, start, behind } = await findDirectory(source, label, maxBytes);
  const remarks: string[] = [];
  if (behind > 0) remarks.push(`${label} has bytes behind its end (${behind}), which were passed over.`);
  if (behind < 0) remarks.push(`${label} lacks the last ${-behind} bytes of its comment.`);
  return { label, source, entries: withLimits(entries, start, label), remarks };
}

/** Members that share bytes are how a small archive unpacks to terabytes without any suspicious ratio. */
function withLimits(
  entries: readonly DirectoryEntry[],
  directoryStart: number,
  label: string,
): readonly ZipEntry[] {
  const limits = new Map<DirectoryEntry, number>();
  const byPlace = [...entries].sort((a, b) => a.offset - b.offset);
  for (const [index, entry] of byPlace.entries()) {
    const limit = byPlace[index + 1]?.offset ?? directoryStart;
    if (entry.offset + localHeaderSize + entry.rawName.length + entry.compressedSize > limit) {
      throw overlap(label, entry.name);
    }
    limits.set(entry, limit);
  }
  return entries.map((entry) => ({ ...entry, limit: limits.get(entry) ?? directoryStart }));
}

export function overlap(label: string, member: string): Error {
  return archiveError("DECODE_FAILED", `${label} has members that overlap; it may be an attack.`, {
    details: { member },
  });
}
