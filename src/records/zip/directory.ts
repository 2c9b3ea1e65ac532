import { archiveError } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";
import { findDirectory, readUint64, viewOf } from "./end-record.js";
import { readEntryName } from "./entry-name.js";

// Why an own reader: of the libraries measured, fflate's `Unzip` reads front to back and gives silently wrong content
// for stored members with data descriptors that are archives themselves (a workbook!), and checks no CRC; but-unzip
// loops for ever on a truncated file; zip.js is right and costs 50 to 72 KiB gzipped; yauzl needs Node. The central
// directory makes the task small.

const entrySignature = 0x02014b50;
const entrySize = 46;
const localHeaderSize = 30;

/** One member of an archive, as the central directory tells it. */
export interface ZipEntry {
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly flags: number;
  /** 0 stored, 8 deflated; others are not read. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where the local header begins in the source. */
  readonly offset: number;
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
}

/**
 * Reads the central directory of an archive.
 *
 * @param maxBytes - the largest directory read, in bytes
 * @throws ExportError `DECODE_FAILED`, `INTEGRITY`, `LIMIT_EXCEEDED`, `NOT_SUPPORTED`
 */
export async function openArchive(source: ByteSource, label: string, maxBytes: number): Promise<ZipArchive> {
  const place = await findDirectory(source, label);
  if (place.size > maxBytes) {
    throw archiveError(
      "LIMIT_EXCEEDED",
      `${label} has a directory of ${place.size} bytes, and maxBufferedBytes allows ${maxBytes}.`,
    );
  }
  const directory = await source.read(place.start, place.start + place.size);
  const entries: Omit<ZipEntry, "limit">[] = [];
  let at = 0;
  for (let index = 0; index < place.entries; index++) {
    const { entry, next } = readEntry(directory, at, place.prefix, label);
    entries.push(entry);
    at = next;
  }
  return { label, source, entries: withLimits(entries, place.start, label) };
}

function readEntry(
  directory: Uint8Array,
  at: number,
  prefix: number,
  label: string,
): { readonly entry: Omit<ZipEntry, "limit">; readonly next: number } {
  const view = viewOf(directory);
  if (at + entrySize > directory.length || view.getUint32(at, true) !== entrySignature) {
    throw archiveError("DECODE_FAILED", `${label} has a broken directory (at its byte ${at}).`);
  }
  const nameEnd = at + entrySize + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > directory.length) {
    throw archiveError("DECODE_FAILED", `${label} has a broken directory (at its byte ${at}).`);
  }
  const flags = view.getUint16(at + 8, true);
  const rawName = directory.subarray(at + entrySize, nameEnd);
  const large = readZip64Extra(view, nameEnd, extraEnd);
  const wide = (value: number): number => {
    if (value !== 0xffffffff) return value;
    return large.shift() ?? value;
  };
  // APPNOTE 4.5.3: the extra field holds only those of the numbers that are all ones, in this order.
  const size = wide(view.getUint32(at + 24, true));
  const compressedSize = wide(view.getUint32(at + 20, true));
  const offset = wide(view.getUint32(at + 42, true)) + prefix;
  return {
    entry: {
      name: readEntryName(rawName, (flags & 0x800) !== 0, label),
      rawName,
      flags,
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      compressedSize,
      size,
      offset,
    },
    next,
  };
}

function readZip64Extra(view: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end; ) {
    const fieldEnd = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && fieldEnd <= end) {
      const numbers: number[] = [];
      for (let number = at + 4; number + 8 <= fieldEnd; number += 8) numbers.push(readUint64(view, number));
      return numbers;
    }
    at = fieldEnd;
  }
  return [];
}

/** Members that share bytes are how a small archive unpacks to terabytes without any suspicious ratio. */
function withLimits(
  entries: readonly Omit<ZipEntry, "limit">[],
  directoryStart: number,
  label: string,
): readonly ZipEntry[] {
  const limits = new Map<Omit<ZipEntry, "limit">, number>();
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
