import { ExportError, type ExportErrorCode } from "../errors.js";

/** An error of the operating system, as `node:fs` throws it. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
}

interface Meaning {
  readonly code: ExportErrorCode;
  readonly message: string;
  /** Whether the same call works once the machine has room again. */
  readonly retryable?: boolean;
}

const KEPT = "what was saved so far is kept, and the same call continues it";

// Room that is missing is a limit; everything else is a matter of the path that was given.
const MEANINGS: { readonly [systemCode: string]: Meaning } = {
  ENOSPC: {
    code: "LIMIT_EXCEEDED",
    message: `the disk is full: free some space, ${KEPT}`,
    retryable: true,
  },
  EDQUOT: {
    code: "LIMIT_EXCEEDED",
    message: `the disk quota is used up: free some space, ${KEPT}`,
    retryable: true,
  },
  EFBIG: {
    code: "LIMIT_EXCEEDED",
    message: `a file this large is not allowed there: lift the limit, ${KEPT}`,
  },
  EMFILE: { code: "LIMIT_EXCEEDED", message: "this process has too many files open", retryable: true },
  ENFILE: { code: "LIMIT_EXCEEDED", message: "this machine has too many files open", retryable: true },
  EROFS: { code: "CONFIG_INVALID", message: "the folder is read-only: choose another path" },
  EACCES: {
    code: "CONFIG_INVALID",
    message:
      "permission is denied: this process needs to write to the folder and to its own .part files there",
  },
  EPERM: { code: "CONFIG_INVALID", message: "the system does not permit it: check the rights on the folder" },
  ENOENT: { code: "CONFIG_INVALID", message: "the folder does not exist: create it first" },
  ENOTDIR: { code: "CONFIG_INVALID", message: "a part of the path is a file and not a folder" },
  EISDIR: { code: "CONFIG_INVALID", message: "there is a folder of that name" },
  ELOOP: { code: "CONFIG_INVALID", message: "there is a symbolic link in the way" },
  ENAMETOOLONG: {
    code: "CONFIG_INVALID",
    message: "the name is too long: beside it, longer names are needed while saving",
  },
};

/** The `ExportError` for what `node:fs` threw while `target` was being saved; anything else is returned as it is. */
export function fileError(target: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const { code, message, retryable } = MEANINGS[error.code] ?? {
    code: "CONFIG_INVALID",
    message: `${error.syscall} failed with ${error.code}: check the disk`,
  };
  return new ExportError(code, `cannot save to ${target}: ${message}`, {
    retryable,
    details: { path: target, systemCode: error.code },
    cause: error,
  });
}

/** Runs work on files; what the system refuses becomes an `ExportError` that names `target`. */
export async function onDisk<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(target, error);
  }
}

/** Whether the system refused with one of these codes. */
export function isRefusal(error: unknown, ...systemCodes: readonly string[]): boolean {
  return isSystemError(error) && systemCodes.includes(error.code);
}

function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown };
  return typeof code === "string" && typeof syscall === "string";
}
