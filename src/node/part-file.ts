import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { type Claim, hashOf } from "./claim.js";
import { isRefusal } from "./file-error.js";

/** How much may wait to be written. */
const WAITING_BYTES = 512 * 1024;

/**
 * The file while it grows. What is appended is written while the next chunks come, several in one go. The invariant:
 * `bytes` and the hash describe all that was appended, and `sync` fails for ever once any of it could not be written.
 */
export class PartFile {
  readonly #handle: FileHandle;
  readonly #hash: Hash;
  #bytes: number;
  #written: number;
  #waiting: Uint8Array[] = [];
  #writing: Promise<void> | undefined;
  /** The write under way. */
  #step: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  private constructor(handle: FileHandle, hash: Hash, bytes: number) {
    this.#handle = handle;
    this.#hash = hash;
    this.#bytes = bytes;
    this.#written = bytes;
  }

  /** Begins an empty part in the place of any other. */
  static async create(path: string, mode: number): Promise<PartFile> {
    await rm(path, { force: true });
    return new PartFile(await open(path, "wx", mode), createHash("sha256"), 0);
  }

  /**
   * Takes up a part and cuts off what no claim covers.
   *
   * @returns `undefined` where there is none, or it is not what is claimed
   */
  static async reopen(
    path: string,
    mode: number,
    claim: Claim,
    signal: AbortSignal | undefined,
  ): Promise<PartFile | undefined> {
    // Windows knows no O_NOFOLLOW. A link in the place of the part is none of ours.
    const flags = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
    let handle: FileHandle;
    try {
      handle = await open(path, flags);
    } catch (error) {
      if (isRefusal(error, "ENOENT")) return undefined;
      throw error;
    }
    let kept: PartFile | undefined;
    try {
      const stats = await handle.stat();
      // A second name of another file is none of ours either: it would be cut off and written into.
      if (!stats.isFile() || stats.nlink > 1 || stats.size < claim.bytes) return undefined;
      const hash = await hashOf(handle, claim.bytes, signal);
      if (hash === undefined || hash.copy().digest("hex") !== claim.sha256) return undefined;
      if (stats.size > claim.bytes) await handle.truncate(claim.bytes);
      // The first run may have allowed more.
      if ((stats.mode & 0o777 & ~mode) !== 0) await handle.chmod(mode);
      kept = new PartFile(handle, hash, claim.bytes);
      return kept;
    } finally {
      if (!kept) await handle.close();
    }
  }

  /** The length with all that was appended, written or not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The SHA-256 of so many bytes, in hex. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Takes a chunk, which must not be changed afterwards; resolves when there is room for more. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
    this.#waiting.push(chunk);
    this.#writing ??= this.#write();
    if (this.#bytes - this.#written > WAITING_BYTES) await this.#reach(this.#bytes - WAITING_BYTES);
  }

  /** Resolves once everything appended before the call outlasts a power cut, whatever becomes of what came after. */
  async sync(): Promise<void> {
    await this.#reach(this.#bytes);
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }

  /** Waits until the file has a length. */
  async #reach(length: number): Promise<void> {
    while (this.#written < length) {
      if (this.#failure) throw this.#failure.error;
      await this.#step;
    }
  }

  /** Writes what is waiting until nothing is. Never rejects. */
  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const chunks = this.#waiting;
        this.#waiting = [];
        const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
        const step = this.#writeAll(bytes);
        this.#step = step.catch(() => {});
        await step;
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#writing = undefined;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    // A disk that fills up takes a part first, and says so with the next try.
    for (let done = 0; done < bytes.byteLength; ) {
      const rest = bytes.byteLength - done;
      const { bytesWritten } = await this.#handle.write(bytes, done, rest, this.#written);
      this.#written += bytesWritten;
      done += bytesWritten;
    }
  }
}
