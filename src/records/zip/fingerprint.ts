import { ExportError } from "../../model/errors.js";
import { sha256Hex } from "../../model/hex.js";
import { openArchive, type ZipArchive } from "./directory.js";

/**
 * A SHA-256, in hex, of all that an archive's directory says about the content: names, lengths, places and CRC-32 of the
 * members, in order. Times and attributes are left out, which a server that packs the archive for each request sets every time.
 */
export async function fingerprintOf({ entries }: ZipArchive): Promise<string> {
  const told = entries.map(({ name, flags, method, crc32, compressedSize, size, offset }) => [
    name,
    flags,
    method,
    crc32,
    compressedSize,
    size,
    offset,
  ]);
  return sha256Hex(new TextEncoder().encode(JSON.stringify(told)));
}

/**
 * Reads the directory again, where the store may serve another file by now.
 *
 * @param fingerprint - what it was
 * @param changed - makes the error for a directory that is another one
 */
export async function confirmDirectory(
  archive: ZipArchive,
  fingerprint: string,
  maxBytes: number,
  changed: () => ExportError,
): Promise<void> {
  const { fresh } = archive.source;
  if (!fresh) return;
  const now = await openArchive(fresh, archive.label, maxBytes);
  if ((await fingerprintOf(now)) !== fingerprint) throw changed();
}

/** Damage that is none: the store has started to serve another file. */
export async function reasonFor(
  error: unknown,
  { source }: ZipArchive,
  confirm: () => Promise<void>,
): Promise<unknown> {
  if (!source.fresh || !ExportError.isInstance(error) || error.operation !== "decode") return error;
  try {
    await confirm();
    return error;
  } catch (found) {
    const isChanged = ExportError.isInstance(found) && found.code === "ARTIFACT_CHANGED";
    return isChanged ? found : error;
  }
}
