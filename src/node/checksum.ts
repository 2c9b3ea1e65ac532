import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { isRefusal } from "./file-error.js";
import { READ_ONLY } from "./text-file.js";

/** The length of a file, or of its beginning, and the SHA-256 of that in hex. */
export interface Checksum {
  readonly bytes: number;
  readonly sha256: string;
}

const BUFFER_BYTES = 1024 * 1024;

/** Whether a whole file has this checksum. */
export async function hasChecksum(
  path: string,
  expected: Checksum,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, READ_ONLY);
  } catch (error) {
    if (isRefusal(error, "ENOENT", "EISDIR", "EACCES")) return false;
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size !== expected.bytes) return false;
    return (await hashOf(handle, expected.bytes, signal))?.digest("hex") === expected.sha256;
  } finally {
    await handle.close();
  }
}

/**
 * The hash of a file's first bytes; `undefined` where it has fewer.
 *
 * @param onBytes - gets each piece that was read, and must be done with it when it resolves
 */
export async function hashOf(
  handle: FileHandle,
  bytes: number,
  signal: AbortSignal | undefined,
  onBytes?: (bytes: Uint8Array) => Promise<void>,
): Promise<Hash | undefined> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(Math.min(BUFFER_BYTES, bytes));
  for (let position = 0; position < bytes; ) {
    signal?.throwIfAborted();
    const length = Math.min(buffer.byteLength, bytes - position);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    if (bytesRead === 0) return undefined;
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    await onBytes?.(piece);
    position += bytesRead;
  }
  return hash;
}
