import { ExportError } from "./errors.js";

/**
 * Waits for a part of a package that is loaded when it is first needed: a deployment may have replaced its file by then.
 *
 * @param part - what `import()` gave
 * @returns what the part exports
 * @throws ExportError `CONFIG_INVALID`, with what the runtime said as its cause: waiting would not bring the part
 * @example
 * ```ts
 * const { Pool } = await loadPart(import("pg"));
 * ```
 */
export const loadPart = <T>(part: Promise<T>): Promise<T> =>
  part.catch((cause) => {
    throw new ExportError("CONFIG_INVALID", NOT_LOADED, { cause });
  });

/** What such a failure says. */
export const NOT_LOADED =
  "a part of the program could not be loaded. Restart the process, or install it again";
