import { ExportError } from "../../model/errors.js";
import { archiveError } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";

const endSignature = 0x06054b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
const endSize = 22;
const zip64EndSize = 56;
const locatorSize = 20;
/** The end record with the longest comment is shorter; what is more often brings the whole directory along. */
export const tailSize = 128 * 1024;
/** How many places that look like an end record are tried where bytes follow it. */
const MOST_TRIES = 8;

/** What an archive says about its central directory. */
export interface EndRecord {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
  /** Where the directory ends: at the first of the records behind it. */
  readonly directoryEnd: number;
  /** How many bytes stand behind the archive; below 0 where its comment lacks so many. */
  readonly behind: number;
}

/** A 64-bit number; beyond 2^53 it is no size or offset of anything real. */
export function readUint64(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value))
    throw archiveError("DECODE_FAILED", "The archive states an impossible size.");
  return value;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Finds the end record of an archive (APPNOTE 4.3.16), and the ZIP64 one where there is one: the record whose comment
 * ends exactly where the file does. Where there is none, bytes may follow it: then all that look like one. A comment may
 * hold records, too: of several, the last first, the directory has to prove one.
 *
 * @throws ExportError `DECODE_FAILED`, `NOT_SUPPORTED` where the only record cannot be read
 */
export async function findEndRecords(source: ByteSource, label: string): Promise<readonly EndRecord[]> {
  const tailStart = Math.max(0, source.size - tailSize);
  const tail = viewOf(await source.read(tailStart, source.size));
  const exact: number[] = [];
  const loose: number[] = [];
  for (let at = tail.byteLength - endSize; at >= 0; at--) {
    if (tail.getUint32(at, true) !== endSignature) continue;
    const places = behind(tail, at) === 0 ? exact : loose;
    if (places.length < MOST_TRIES) places.push(at);
  }
  const found: EndRecord[] = [];
  let refused: ExportError | undefined;
  for (const at of exact.length > 0 ? exact : loose) {
    try {
      found.push(await readEndRecord(source, tail, tailStart, at, label));
    } catch (error) {
      if (!ExportError.isInstance(error) || error.operation !== "decode") throw error;
      if (exact.length > 0) refused ??= error;
    }
  }
  if (found.length === 0 && refused) throw refused;
  return found;
}

/** How many bytes follow the record and its comment. */
function behind(tail: DataView, at: number): number {
  return tail.byteLength - (at + endSize + tail.getUint16(at + 20, true));
}

async function readEndRecord(
  source: ByteSource,
  tail: DataView,
  tailStart: number,
  at: number,
  label: string,
): Promise<EndRecord> {
  const endAt = tailStart + at;
  const disks = tail.getUint16(at + 4, true) | tail.getUint16(at + 6, true);
  const stated = {
    entries: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
    directoryEnd: endAt,
  };
  const full = stated.entries === 0xffff || stated.size === 0xffffffff || stated.offset === 0xffffffff;
  const large = await findZip64(source, endAt, label, full);
  if (!large && disks !== 0 && disks !== 0xffff) {
    throw archiveError("NOT_SUPPORTED", `${label} is one part of an archive split over several files.`);
  }
  return { ...(large ?? stated), behind: behind(tail, at) };
}

async function findZip64(
  source: ByteSource,
  endAt: number,
  label: string,
  needed: boolean,
): Promise<Omit<EndRecord, "behind"> | undefined> {
  const locatorAt = endAt - locatorSize;
  if (locatorAt >= zip64EndSize) {
    const locator = viewOf(await source.read(locatorAt, endAt));
    if (locator.getUint32(0, true) === zip64LocatorSignature) {
      const stated = readUint64(locator, 8);
      // With foreign bytes before the archive the stated place is wrong, and the record stands right before this.
      for (const at of [stated, locatorAt - zip64EndSize]) {
        if (at > locatorAt - zip64EndSize) continue;
        const record = viewOf(await source.read(at, at + zip64EndSize));
        if (record.getUint32(0, true) !== zip64EndSignature) continue;
        if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0) {
          throw archiveError("NOT_SUPPORTED", `${label} is one part of an archive split over several files.`);
        }
        return {
          entries: readUint64(record, 32),
          size: readUint64(record, 40),
          offset: readUint64(record, 48),
          directoryEnd: at,
        };
      }
    }
  }
  // All ones may also be the true number: 65,535 members need no ZIP64.
  if (needed && endAt > 0xffffffff) throw archiveError("INTEGRITY", `${label} lacks its ZIP64 end record.`);
  return undefined;
}

/** Why an archive has no end record. */
export async function noEndRecord(source: ByteSource, label: string): Promise<ExportError> {
  const head = viewOf(await source.read(0, Math.min(8, source.size)));
  const first = head.byteLength >= 4 ? head.getUint32(0) : 0;
  if (first === 0xd0cf11e0) {
    return archiveError(
      "NOT_SUPPORTED",
      `${label} is an OLE file: a workbook protected by a password, or one of the old binary format.`,
    );
  }
  if (first === 0x504b0304) {
    return archiveError(
      "INTEGRITY",
      `${label} begins as a ZIP, and its last ${tailSize} bytes hold no end record that fits: it is cut short, or ` +
        "other bytes follow behind its end. Download it again.",
    );
  }
  return archiveError("DECODE_FAILED", `${label} is no ZIP archive.`);
}
