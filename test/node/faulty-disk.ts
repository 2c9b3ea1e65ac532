import type * as Fs from "node:fs/promises";
import { truncate as truncateFile } from "node:fs/promises";

/**
 * A disk in the place of `node:fs/promises` that refuses chosen operations, or on which the process dies or the power
 * fails: from then on every operation fails, so that nothing the program does afterwards has an effect.
 */
export interface FaultyDisk {
  /** Lets `operations` more succeed. */
  arm(operations: number): void;
  /** Everything works again. Returns whether the crash happened. */
  disarm(): boolean;
  /** Refuses operations, such as `rename /tmp/a`, for which a system error's code is returned; stops with `undefined`. */
  refuse(rule: ((operation: string) => string | undefined) | undefined): void;
  /** Asked before every operation; the operation waits for what is returned. */
  suspend(rule: ((operation: string) => Promise<void> | undefined) | undefined): void;
  /** What was done since `arm`. */
  readonly log: readonly string[];
  /** Cuts off what was written and not synced, as a power cut may. */
  losePower(): Promise<void>;
  readonly fs: typeof Fs;
}

export class Crash extends Error {}

function systemError(code: string, operation: string): Error {
  const syscall = operation.split(" ")[0]?.replace("readdir", "scandir");
  return Object.assign(new Error(`${code}: refused by the test, ${operation}`), { code, syscall, errno: -1 });
}

const watched = ["open", "rename", "link", "unlink", "rm", "readdir"] as const;
const watchedOnHandles = [
  "write",
  "writev",
  "writeFile",
  "sync",
  "truncate",
  "chmod",
  "close",
  "read",
] as const;

/** What a call of `write` or `writev` writes, where it is no text. */
function bytesOf([what, offset, length]: readonly unknown[]): Uint8Array | undefined {
  if (Array.isArray(what)) return Buffer.concat(what as readonly Uint8Array[]);
  return what instanceof Uint8Array
    ? what.subarray(Number(offset), Number(offset) + Number(length))
    : undefined;
}

export function createFaultyDisk(real: typeof Fs): FaultyDisk {
  let left = Number.POSITIVE_INFINITY;
  let crashed = false;
  let log: string[] = [];
  let rule: ((operation: string) => string | undefined) | undefined;
  let pause: ((operation: string) => Promise<void> | undefined) | undefined;
  const handles = new Set<Fs.FileHandle>();
  /** Length that would survive, by path; only of files that were written to. */
  const synced = new Map<string, number>();
  /** What each open file is called by now. */
  const names = new Map<Fs.FileHandle, string>();

  function step(what: string): void {
    log.push(what);
    if (left <= 0) crashed = true;
    if (crashed) throw new Crash(`the process died at ${what}`);
    left -= 1;
    const code = rule?.(what);
    if (code !== undefined) throw systemError(code, what);
  }

  function watchHandle(handle: Fs.FileHandle, opened: string): Fs.FileHandle {
    handles.add(handle);
    names.set(handle, opened);
    return new Proxy(handle, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        const call = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
        if (!(watchedOnHandles as readonly PropertyKey[]).includes(key)) return call;
        return async (...args: unknown[]) => {
          // The same to a disk, however many pieces it gets at a time.
          const name = key === "writev" ? "write" : String(key);
          await pause?.(`${name} ${names.get(handle) ?? opened}`);
          const path = names.get(handle) ?? opened;
          try {
            step(`${name} ${path}`);
          } catch (crash) {
            // What a process writes when it dies may arrive in part.
            const bytes = left === 0 && name === "write" ? bytesOf(args) : undefined;
            if (bytes) {
              left = -1;
              await target.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
            }
            throw crash;
          }
          const result = await call(...args);
          if (key === "close") handles.delete(handle);
          if (key === "close") names.delete(handle);
          if (key === "sync" && (await target.stat()).isFile()) synced.set(path, (await target.stat()).size);
          if (name === "write" || key === "writeFile") synced.set(path, synced.get(path) ?? 0);
          return result;
        };
      },
    });
  }

  const overrides: { [name: string]: unknown } = {};
  for (const name of watched) {
    const call = real[name] as (...args: unknown[]) => Promise<unknown>;
    overrides[name] = async (...args: unknown[]) => {
      await pause?.(`${name} ${String(args[0])}`);
      step(`${name} ${String(args[0])}`);
      const result = await call(...args);
      if (name === "open") return watchHandle(result as Fs.FileHandle, String(args[0]));
      for (const [handle, path] of names) {
        if (name === "rename" && path === String(args[0])) names.set(handle, String(args[1]));
      }
      if (name === "rename" || name === "link") {
        const length = synced.get(String(args[0]));
        if (length !== undefined) synced.set(String(args[1]), length);
        else synced.delete(String(args[1]));
      }
      if (name !== "link" && name !== "readdir") synced.delete(String(args[0]));
      return result;
    };
  }

  return {
    get log() {
      return log;
    },
    fs: { ...real, ...overrides } as typeof Fs,
    refuse(next) {
      rule = next;
    },
    suspend(next) {
      pause = next;
    },
    arm(operations) {
      log = [];
      left = operations;
      crashed = false;
    },
    disarm() {
      const happened = crashed;
      left = Number.POSITIVE_INFINITY;
      crashed = false;
      for (const handle of handles) void handle.close().catch(() => {});
      handles.clear();
      return happened;
    },
    async losePower() {
      for (const [path, length] of synced) await truncateFile(path, length).catch(() => {});
      synced.clear();
    },
  };
}
