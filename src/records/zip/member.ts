import { archiveError, beyondLimit } from "./archive-error.js";
import { crc32 } from "./crc32.js";
import { overlap, type ZipArchive, type ZipEntry } from "./directory.js";
import { viewOf } from "./end-record.js";
import { plainName } from "./entry-name.js";
import { inflate } from "./inflate.js";

const localSignature = 0x04034b50;
const localHeaderSize = 30;
/** A member up to this size may unfold by any ratio: it cannot do harm. */
const harmlessSize = 1024 * 1024;

/** What keeps an archive bomb from going off. One object serves a whole decoding run. */
export interface InflateLimits {
  /** How many bytes one compressed byte may unfold to. */
  readonly maxRatio: number;
  /** All that may be unfolded, in bytes. */
  readonly maxInflatedBytes: number;
  /** How much has been. */
  inflatedBytes: number;
}

/** How much of a member has been read, and the CRC-32 of it. */
export interface MemberProgress {
  bytes: number;
  crc32: number;
}

/**
 * Where the content of a member lies.
 *
 * @throws ExportError `NOT_SUPPORTED` for an encrypted member, `DECODE_FAILED` for a broken or overlapping one
 */
export async function locateMember(
  archive: ZipArchive,
  entry: ZipEntry,
): Promise<{ readonly start: number; readonly end: number }> {
  const { label } = archive;
  refuseEncrypted(entry, label);
  const start = await confirmName(archive, entry);
  const end = start + entry.compressedSize;
  if (end > entry.limit) throw overlap(label, entry.name);
  return { start, end };
}

/** By the flags, or by the method that stands for AES. */
function refuseEncrypted({ name, flags, method }: ZipEntry, label: string): void {
  if ((flags & 0x2041) === 0 && method !== 99) return;
  throw archiveError("NOT_SUPPORTED", `${name} in ${label} is encrypted. Export it without a password.`);
}

/** @returns where the content begins; throws `DECODE_FAILED` where the member is called otherwise than in the directory */
async function confirmName(archive: ZipArchive, entry: ZipEntry): Promise<number> {
  const { label, source } = archive;
  const headEnd = entry.offset + localHeaderSize + entry.rawName.length;
  const head = await source.read(entry.offset, headEnd);
  const view = viewOf(head);
  const isSame =
    view.getUint32(0, true) === localSignature &&
    view.getUint16(8, true) === entry.method &&
    view.getUint16(26, true) === entry.rawName.length &&
    entry.rawName.every((byte, index) => byte === head[localHeaderSize + index]);
  if (!isSame) {
    // Two readers would see two different files here, which is how content is smuggled past checks.
    throw archiveError("DECODE_FAILED", `${entry.name} in ${label} does not begin where the directory says.`);
  }
  return headEnd + view.getUint16(28, true);
}

/**
 * What a member is called where it stands, told only where finding out asks nobody: each look at a store would be a
 * request ahead of the first record.
 */
export async function knownMemberName(
  { source }: ZipArchive,
  { offset }: ZipEntry,
): Promise<string | undefined> {
  const nameAt = offset + localHeaderSize;
  if (nameAt > source.size || !source.holds(offset, nameAt)) return undefined;
  const view = viewOf(await source.read(offset, nameAt));
  const end = nameAt + view.getUint16(26, true);
  if (view.getUint32(0, true) !== localSignature || end > source.size || !source.holds(nameAt, end))
    return undefined;
  return plainName(await source.read(nameAt, end), (view.getUint16(6, true) & 0x800) !== 0);
}

/**
 * The content of a member, unpacked. That it is whole is known only at its end: length and CRC-32 are checked there.
 *
 * @param progress - is kept up to date, chunk by chunk
 * @param once - nobody will read this member again
 * @throws ExportError `INTEGRITY`, `LIMIT_EXCEEDED`, `NOT_SUPPORTED`, `DECODE_FAILED`
 */
export async function* readMember(
  archive: ZipArchive,
  entry: ZipEntry,
  limits: InflateLimits,
  progress: MemberProgress = { bytes: 0, crc32: 0 },
  once = false,
): AsyncGenerator<Uint8Array, void, undefined> {
  const label = `${entry.name} in ${archive.label}`;
  refuseEncrypted(entry, archive.label);
  if (entry.method !== 0 && entry.method !== 8) {
    throw archiveError(
      "NOT_SUPPORTED",
      `${label} is compressed by method ${entry.method}; only deflate is read.`,
    );
  }
  if (entry.size > harmlessSize && entry.size > entry.compressedSize * limits.maxRatio) {
    throw beyondLimit(
      limits.maxRatio,
      `${label} decompresses more than ${limits.maxRatio} to 1: it may be an archive bomb. ` +
        "Raise maxRatio where the source is trusted.",
    );
  }
  const { start, end } = await locateMember(archive, entry);
  const stored = archive.source.stream(start, end, once);
  for await (const chunk of entry.method === 0 ? stored : inflate(stored, label)) {
    progress.bytes += chunk.length;
    limits.inflatedBytes += chunk.length;
    if (progress.bytes > entry.size)
      throw archiveError("INTEGRITY", `${label} is longer than the archive says.`);
    if (limits.inflatedBytes > limits.maxInflatedBytes) {
      throw beyondLimit(
        limits.maxInflatedBytes,
        `${archive.label} decompresses to more than ${limits.maxInflatedBytes} bytes: it may be an archive bomb. ` +
          "Raise maxInflatedBytes where the source is trusted.",
      );
    }
    progress.crc32 = crc32(chunk, progress.crc32);
    yield chunk;
  }
  if (progress.bytes !== entry.size || progress.crc32 !== entry.crc32) {
    throw archiveError(
      "INTEGRITY",
      `${label} is damaged (its length or CRC-32 does not match). Download it again.`,
    );
  }
}
