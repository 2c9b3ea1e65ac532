import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { type Checksum, hashOf } from "./checksum.js";
import { isRefusal } from "./file-error.js";
import { type Lease, ownName } from "./lease.js";
import { isSame, PartFile, writeAll } from "./part-file.js";
import type { SaveFiles } from "./save-files.js";
import { READ_ONLY } from "./text-file.js";

// Windows knows no O_NOFOLLOW. A link in the place of the part is not ours.
const NOFOLLOW = constants.O_NOFOLLOW ?? 0;

/** Where a part is, and by what right. */
export interface PartAccess {
  readonly files: SaveFiles;
  readonly lease: Lease;
  readonly mode: number;
}

/** Begins an empty part in the place of any other. */
export async function createPart(access: PartAccess): Promise<PartFile> {
  const handle = await inPlace(access, async () => {});
  return new PartFile(handle, createHash("sha256"), 0);
}

/**
 * Takes up a part and cuts off what its checksum does not cover.
 *
 * @param closed - whether nobody else can have it open any more; else what is proven is copied, and what a former
 *   holder still writes goes into a file that nobody will see
 * @returns `undefined` where there is none, or its checksum is another
 */
export async function reopenPart(
  access: PartAccess,
  expected: Checksum,
  closed: boolean,
  signal: AbortSignal | undefined,
): Promise<PartFile | undefined> {
  const { part } = access.files;
  let former: FileHandle;
  try {
    former = await open(part, (closed ? constants.O_RDWR : READ_ONLY) | NOFOLLOW);
  } catch (error) {
    if (isRefusal(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const stats = await former.stat();
    // A second name of another file is not ours either: it would be cut off and written into.
    if (!stats.isFile() || stats.nlink > 1 || stats.size < expected.bytes) return undefined;
    if (!closed) return await copied(access, expected, former, signal);
    const hash = await hashOf(former, expected.bytes, signal);
    if (hash?.copy().digest("hex") !== expected.sha256) return undefined;
    const handle = await open(part, constants.O_RDWR | constants.O_APPEND | NOFOLLOW);
    const file = new PartFile(handle, hash, expected.bytes);
    try {
      // Only now: a run that takes over from here on copies, and one that did before has put another file here.
      await access.lease.confirm();
      if (!isSame(await former.stat({ bigint: true }), await handle.stat({ bigint: true }))) {
        await file.close();
        return undefined;
      }
      if (stats.size > expected.bytes) await former.truncate(expected.bytes);
      // The first run may have allowed more.
      if ((stats.mode & 0o777 & ~access.mode) !== 0) await former.chmod(access.mode);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  } finally {
    await former.close();
  }
}

async function copied(
  access: PartAccess,
  expected: Checksum,
  former: FileHandle,
  signal: AbortSignal | undefined,
): Promise<PartFile | undefined> {
  let hash: Hash | undefined;
  const mismatch = new Error("the part has another checksum");
  try {
    const handle = await inPlace(access, async (fresh) => {
      hash = await hashOf(former, expected.bytes, signal, (bytes) => writeAll(fresh, bytes));
      if (hash?.copy().digest("hex") !== expected.sha256) throw mismatch;
      await fresh.sync();
    });
    return hash && new PartFile(handle, hash, expected.bytes);
  } catch (error) {
    if (error === mismatch) return undefined;
    throw error;
  }
}

/** Makes a file under a name of the lease, and gives it the part's name once it is filled. */
async function inPlace(
  { files, lease, mode }: PartAccess,
  fill: (fresh: FileHandle) => Promise<void>,
): Promise<FileHandle> {
  const name = ownName(files.part, lease);
  const handle = await open(name, "ax+", mode);
  try {
    await fill(handle);
    await lease.confirm();
    await rename(name, files.part);
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(name, { force: true }).catch(() => {});
    throw error;
  }
  return handle;
}
