import { beyondLimit } from "./archive-error.js";
import { crc32 } from "./crc32.js";
import { readUint64, viewOf } from "./end-record.js";
import { decodeUtf8, readEntryName } from "./entry-name.js";

const SIGNATURE = 0x02014b50;
const FIXED_SIZE = 46;
/** A member takes up to three times as much in memory, and the shortest entry has 46. */
const ENTRY_BYTES = 128;
const ZIP64_FIELD = 0x0001;
const UNICODE_PATH_FIELD = 0x7075;

/** What the central directory says about one member. */
export interface DirectoryEntry {
  readonly name: string;
  /** The name that the Unicode Path field replaces. */
  readonly otherName?: string | undefined;
  readonly rawName: Uint8Array;
  readonly flags: number;
  /** 0 stored, 8 deflated; others are not read. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where the local header begins. */
  readonly offset: number;
}

/**
 * The entries of a directory (APPNOTE 4.3.12). There may be more than the end record counts, which has 16 bits for that.
 *
 * @param least - how many there have to be
 * @param maxBytes - the largest directory read, in bytes
 * @returns `undefined` where the bytes are no such directory
 * @throws ExportError `DECODE_FAILED` for a name that is refused, `LIMIT_EXCEEDED`
 */
export function readEntries(
  bytes: Uint8Array,
  least: number,
  label: string,
  maxBytes: number,
): readonly DirectoryEntry[] | undefined {
  const view = viewOf(bytes);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  for (let next = entryEnd(view, at); next !== undefined; next = entryEnd(view, at)) {
    entries.push(readEntry(bytes, view, at, label));
    if (entries.length * ENTRY_BYTES > maxBytes) {
      throw beyondLimit(
        maxBytes,
        `${label} has more than ${entries.length - 1} members, and maxBufferedBytes (${maxBytes}) allows no more. ` +
          "Raise it where there is memory for them.",
      );
    }
    at = next;
  }
  return entries.length >= least ? entries : undefined;
}

/**
 * Looks for a directory that ends where these bytes do.
 *
 * @param count - how many entries it has
 * @returns where it begins
 */
export function findEntries(bytes: Uint8Array, count: number): number | undefined {
  const view = viewOf(bytes);
  /** How many entries stand in a row from each place up to the end. */
  const counts = new Map([[bytes.length, 0]]);
  let found: number | undefined;
  for (let at = bytes.length - FIXED_SIZE; at >= 0; at--) {
    const following = counts.get(entryEnd(view, at) ?? -1);
    if (following === undefined) continue;
    counts.set(at, following + 1);
    if (following + 1 === count) found = at;
  }
  return found;
}

/** Where the entry ends that begins at a place; `undefined` where none does. */
function entryEnd(view: DataView, at: number): number | undefined {
  if (at + FIXED_SIZE > view.byteLength || view.getUint32(at, true) !== SIGNATURE) return undefined;
  const lengths =
    view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  const end = at + FIXED_SIZE + lengths;
  return end <= view.byteLength ? end : undefined;
}

function readEntry(bytes: Uint8Array, view: DataView, at: number, label: string): DirectoryEntry {
  const nameEnd = at + FIXED_SIZE + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const flags = view.getUint16(at + 8, true);
  const rawName = bytes.subarray(at + FIXED_SIZE, nameEnd);
  const zip64 = findField(view, ZIP64_FIELD, nameEnd, extraEnd);
  let number = zip64?.start ?? extraEnd;
  // APPNOTE 4.5.3: the field holds only those of the numbers that are all ones, in this order. Some writers put all three.
  const hasAll = zip64 !== undefined && zip64.end - zip64.start >= 24;
  const wide = (value: number): number => {
    if (value !== 0xffffffff || zip64 === undefined || number + 8 > zip64.end) {
      if (hasAll) number += 8;
      return value;
    }
    number += 8;
    return readUint64(view, number - 8);
  };
  const size = wide(view.getUint32(at + 24, true));
  const compressedSize = wide(view.getUint32(at + 20, true));
  const offset = wide(view.getUint32(at + 42, true));
  const unicode = readUnicodePath(
    bytes,
    view,
    rawName,
    findField(view, UNICODE_PATH_FIELD, nameEnd, extraEnd),
  );
  return {
    ...readEntryName({ raw: rawName, isUtf8: (flags & 0x800) !== 0, unicode }, label),
    rawName,
    flags,
    method: view.getUint16(at + 10, true),
    crc32: view.getUint32(at + 16, true),
    compressedSize,
    size,
    offset,
  };
}

interface Field {
  readonly start: number;
  readonly end: number;
}

function findField(view: DataView, id: number, start: number, end: number): Field | undefined {
  for (let at = start; at + 4 <= end; ) {
    const fieldEnd = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === id && fieldEnd <= end) return { start: at + 4, end: fieldEnd };
    at = fieldEnd;
  }
  return undefined;
}

/** APPNOTE 4.6.9: it counts only where its CRC-32 is that of the name; a tool that renamed the member left it behind. */
function readUnicodePath(
  bytes: Uint8Array,
  view: DataView,
  rawName: Uint8Array,
  field: Field | undefined,
): string | undefined {
  if (field === undefined || field.end - field.start <= 5 || view.getUint8(field.start) !== 1)
    return undefined;
  if (view.getUint32(field.start + 1, true) !== crc32(rawName)) return undefined;
  return decodeUtf8(bytes.subarray(field.start + 5, field.end));
}
