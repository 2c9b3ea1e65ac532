import { lstat, stat } from "node:fs/promises";
import { documentedError } from "../model/documented-error.js";
import type { ExportErrorCode } from "../model/errors.js";
import { isError } from "../model/realm.js";
import type { SaveFiles } from "./save-files.js";
import type { Wording } from "./wording.js";

/** An error of the operating system, as `node:fs` throws it; with Node's permission model there is no system call. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
  /** The new name, of a rename or link. */
  readonly dest?: string;
}

interface Meaning {
  readonly code: ExportErrorCode;
  /** @param file - what the system would not have touched */
  readonly message: string | ((words: Wording, file: string) => string);
  /** Whether the same call works once the machine has room again. */
  readonly retryable?: boolean;
}

const full =
  (what: string) =>
  ({ again }: Wording) =>
    `${what}, then ${again}: what was saved so far is kept, and it resumes`;

const invalid = (message: Meaning["message"]): Meaning => ({ code: "CONFIG_INVALID", message });

// Room that is missing is a limit; everything else is a matter of the path that was given.
const MEANINGS: { readonly [systemCode: string]: Meaning } = {
  ENOSPC: {
    code: "LIMIT_EXCEEDED",
    message: full("the disk is full: free some space"),
    retryable: true,
  },
  EDQUOT: {
    code: "LIMIT_EXCEEDED",
    message: full("the disk quota is used up: free some space"),
    retryable: true,
  },
  EFBIG: {
    code: "LIMIT_EXCEEDED",
    message: full("a file this large is not allowed there: lift the limit"),
  },
  EMFILE: {
    code: "LIMIT_EXCEEDED",
    message: full("this process has too many files open: close some, or raise its limit"),
    retryable: true,
  },
  ENFILE: {
    code: "LIMIT_EXCEEDED",
    message: full("this machine has too many files open: close some"),
    retryable: true,
  },
  EROFS: invalid(({ otherPath }) => `the folder is read-only: make it writable, or ${otherPath}`),
  EACCES: invalid(
    ({ again }, file) =>
      `permission is denied at ${file}: this process needs to write to the folder, and to read and write its own files ` +
      `beside that one, then ${again}`,
  ),
  "EACCES scandir": invalid(
    "permission is denied: this process needs to list the folder, to see whether another one is saving there: give " +
      "it the right to read the folder",
  ),
  EPERM: invalid("the system does not allow it: check the rights on the folder and on the files in it"),
  EBUSY: invalid(
    ({ otherPath }) =>
      "it is in use, or mounted by itself (docker -v FILE:FILE), and cannot be replaced in one step: mount its folder " +
      `instead, close the programs that use it, or ${otherPath}`,
  ),
  ENOTDIR: invalid(({ otherPath }) => `a part of the path is a file and not a folder: ${otherPath}`),
  EISDIR: invalid(({ otherPath }, file) => `${file} is a folder: remove it, or ${otherPath}`),
  ELOOP: invalid(({ again }, file) => `${file} is a symbolic link: remove it, then ${again}`),
  ENAMETOOLONG: invalid(
    ({ otherPath }) => `the name is too long: ${otherPath}, of at most 255 bytes for each of its names`,
  ),
};

const FOLDER_MISSING = invalid(
  ({ again }) => `the folder does not exist, or no longer exists: create it first, then ${again}`,
);
const FOLDER_LOOPS = invalid(
  ({ otherPath }) => `the path to its folder is a loop of symbolic links: repair them, or ${otherPath}`,
);
const FILE_MISSING = invalid(
  ({ again }) =>
    "another program removed or renamed a file of this save while it was under way (a clean-up, a sync client): keep " +
    `it away from the folder, then ${again}`,
);

/** The `ExportError` for what `node:fs` threw while a file was being saved; anything else is returned as it is. */
async function fileError({ target, folder, words }: SaveFiles, error: unknown): Promise<unknown> {
  if (!isSystemError(error)) return error;
  const { code, message, retryable } = await meaningOf(folder, error);
  const file = error.dest ?? error.path ?? target;
  return documentedError(
    code,
    `cannot save to ${target}: ${typeof message === "string" ? `${message}, then ${words.again}` : message(words, file)}`,
    { retryable, details: { path: target, systemCode: error.code }, cause: error },
  );
}

async function meaningOf(folder: string, error: SystemError): Promise<Meaning> {
  const { code, syscall } = error;
  if (code === "ENOENT") return (await exists(folder).catch(() => false)) ? FILE_MISSING : FOLDER_MISSING;
  if (code === "ERR_ACCESS_DENIED") {
    const { permission = "a permission", resource = folder } = error as {
      readonly permission?: string;
      readonly resource?: string;
    };
    return invalid(
      `Node's permission model denies ${permission} to ${resource}: start node with --allow-fs-read=${folder} and ` +
        `--allow-fs-write=${folder}`,
    );
  }
  if (code === "ELOOP" && (await stat(folder).catch((found) => isRefusal(found, "ELOOP"))) === true)
    return FOLDER_LOOPS;
  return (
    MEANINGS[`${code} ${syscall}`] ??
    MEANINGS[code] ??
    invalid(({ again }) => `${syscall} failed with ${code}: check the disk, then ${again}`)
  );
}

/** Whether something has this name, even a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isRefusal(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** Runs work on the files of a save; what the system refuses becomes an `ExportError` that says what to do. */
export async function onDisk<T>(files: SaveFiles, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await fileError(files, error);
  }
}

/** Whether the system refused with one of these codes. */
export function isRefusal(error: unknown, ...systemCodes: readonly string[]): boolean {
  return isSystemError(error) && systemCodes.includes(error.code);
}

function isSystemError(error: unknown): error is SystemError {
  if (!isError(error)) return false;
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown };
  return typeof code === "string" && (typeof syscall === "string" || code === "ERR_ACCESS_DENIED");
}
