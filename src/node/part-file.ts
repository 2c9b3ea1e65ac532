import type { Hash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, lstat } from "node:fs/promises";
import { freeChunk } from "../model/chunk-ownership.js";
import { isRefusal } from "./file-error.js";

/** How much may wait to be written. */
const WAITING_BYTES = 512 * 1024;

/**
 * The file while it grows. What is appended is written while the next chunks come, several in one go. The invariant:
 * `bytes` and the hash describe all that was appended, and `sync` fails for ever once any of it could not be written.
 *
 * Its handle only appends: where another program shortened the file, the end falls short too, and no hole hides it.
 */
export class PartFile {
  readonly #handle: FileHandle;
  readonly #hash: Hash;
  #bytes: number;
  #written: number;
  #waiting: Uint8Array[] = [];
  /** Those of them that are freed when they are written. */
  #spent: Uint8Array[] = [];
  #writing: Promise<void> | undefined;
  /** The write under way. */
  #step: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param handle - to append to a file
   * @param hash - of what is in it
   */
  constructor(handle: FileHandle, hash: Hash, bytes: number) {
    this.#handle = handle;
    this.#hash = hash;
    this.#bytes = bytes;
    this.#written = bytes;
  }

  /** The length with all that was appended, written or not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The SHA-256 of so many bytes, in hex. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /**
   * Takes a chunk, which must not be changed afterwards; resolves when there is room for more.
   *
   * @param isSpent - whether nobody needs the chunk once it is written
   */
  async append(chunk: Uint8Array, isSpent = false): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
    this.#waiting.push(chunk);
    if (isSpent) this.#spent.push(chunk);
    this.#writing ??= this.#write();
    if (this.#bytes - this.#written > WAITING_BYTES) await this.#reach(this.#bytes - WAITING_BYTES);
  }

  /** Resolves once everything appended before the call outlasts a power cut, whatever becomes of what came after. */
  async sync(): Promise<void> {
    await this.#reach(this.#bytes);
    await this.#handle.sync();
  }

  /**
   * In what a name leads to another file than the one that was written and hashed, in words. That nobody wrote into the
   * middle of it in the meantime is not proven: that would take reading it again.
   *
   * @param bytes - the length that it must have, or must have at least while more is being written
   */
  async differenceTo(path: string, bytes: number, exactly: boolean): Promise<string | undefined> {
    let named: BigIntStats;
    try {
      named = await lstat(path, { bigint: true });
    } catch (error) {
      if (isRefusal(error, "ENOENT")) return "was removed or renamed";
      throw error;
    }
    if (!isSame(named, await this.stat())) return "was replaced by another file";
    if (exactly ? named.size !== BigInt(bytes) : named.size < bytes) {
      return `is ${named.size} bytes long, and ${bytes} were written`;
    }
    return undefined;
  }

  stat(): Promise<BigIntStats> {
    return this.#handle.stat({ bigint: true });
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
        const spent = this.#spent;
        this.#waiting = [];
        this.#spent = [];
        const step = this.#writeAll(chunks);
        this.#step = step.catch(() => {});
        await step;
        for (const chunk of spent) freeChunk(chunk);
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#writing = undefined;
  }

  /** Without putting them together: that would copy every byte once more. */
  async #writeAll(chunks: readonly Uint8Array[]): Promise<void> {
    let { bytesWritten: left } = await this.#handle.writev(chunks);
    this.#written += left;
    for (const chunk of chunks) {
      const done = Math.min(left, chunk.byteLength);
      left -= done;
      // A disk that fills up takes a part first, and says so with the next try.
      if (done < chunk.byteLength)
        await writeAll(this.#handle, chunk.subarray(done), (written) => {
          this.#written += written;
        });
    }
  }
}

/** Appends all of it. */
export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  onWritten?: (bytes: number) => void,
): Promise<void> {
  // A disk that fills up takes a part first, and says so with the next try.
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, null);
    onWritten?.(bytesWritten);
    done += bytesWritten;
  }
}

/** Whether two names or handles lead to one file. */
export function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
