import { archiveError } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";

export const END_SIGNATURE = 0x06054b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
/** Without its comment. */
export const END_SIZE = 22;
const zip64EndSize = 56;
const locatorSize = 20;

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

/** A 64-bit number; beyond 2^53 it is not a size or offset of anything real. */
export function readUint64(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value))
    throw archiveError("DECODE_FAILED", "The archive states an impossible size.");
  return value;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** How many bytes follow a record and its comment. */
export function bytesBehind(source: ByteSource, view: DataView, start: number, at: number): number {
  return source.size - (start + at + END_SIZE + view.getUint16(at + 20, true));
}

/**
 * Reads the end record of an archive (APPNOTE 4.3.16), and the ZIP64 one where there is one.
 *
 * @param bytes - some of the source, which begin at `start` and hold the record at `at`
 * @throws ExportError `NOT_SUPPORTED`, `INTEGRITY`
 */
export async function readEndRecord(
  source: ByteSource,
  bytes: DataView,
  start: number,
  at: number,
  label: string,
): Promise<EndRecord> {
  const endAt = start + at;
  const disks = bytes.getUint16(at + 4, true) | bytes.getUint16(at + 6, true);
  const stated = {
    entries: bytes.getUint16(at + 10, true),
    size: bytes.getUint32(at + 12, true),
    offset: bytes.getUint32(at + 16, true),
    directoryEnd: endAt,
  };
  const full = stated.entries === 0xffff || stated.size === 0xffffffff || stated.offset === 0xffffffff;
  const large = await findZip64(source, endAt, label, full);
  if (!large && disks !== 0 && disks !== 0xffff) {
    throw archiveError("NOT_SUPPORTED", `${label} is one part of an archive split over several files.`);
  }
  return { ...(large ?? stated), behind: bytesBehind(source, bytes, start, at) };
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
