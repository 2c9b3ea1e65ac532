import * as z from "#zod";
import type { CsvOptions } from "../download/csv-options.js";
import { checkFileOptions, type FileLayout, fileOptionFields } from "../download/file-options.js";
import type { OnInvalid } from "../download/read-options.js";
import { type Budget, type BudgetLimits, budgetOf } from "../model/budget.js";
import { takeSignal } from "../model/call-signal.js";
import { ownProperties } from "../model/own-properties.js";
import { wrongOption } from "../model/wrong-option.js";

/** `"raw"`: the bytes as the provider serves them (NDJSON where it serves pages). The others: the records, encoded. */
export type SaveFormat = "raw" | "ndjson" | "csv";

/** How far a save is; told after every chunk. */
export interface SaveProgress {
  /** Length of the file so far in bytes, what former runs saved included. */
  readonly bytesWritten: number;
  /** Bytes of the provider's file read so far, what former runs read included; 0 for paged exports. */
  readonly bytesRead: number;
  /** Records in the file so far; 0 where a provider's file is saved as it is. */
  readonly records: number;
  /** The length of the provider's file in bytes, where it tells. */
  readonly totalBytes?: number;
  /** The number of records, where the provider tells. */
  readonly totalRecords?: number;
}

/** Options of `saveExport`; those of CSV are for `format: "csv"` only. */
export interface SaveOptions extends CsvOptions {
  /** What to write. Default `"raw"`. */
  readonly format?: SaveFormat | undefined;
  /**
   * `"continue"`, the default, resumes the `.part` of an earlier run of the same job and format, restarts it
   * where nothing proves that the vendor's file is still the same, and refuses to touch any other. `"restart"` throws
   * away whatever `.part` is there.
   */
  readonly resume?: "continue" | "restart" | undefined;
  /** Replaces an existing file, in one step and only by a complete one. Default `false`: it is kept, and an error thrown. */
  readonly overwrite?: boolean | undefined;
  /** The file's permissions, less the process's umask. Default `0o600`: exports hold personal data. No effect on Windows. */
  readonly mode?: number | undefined;
  /** What to do with a record that cannot be read, or encoded, where records are encoded. Default `"throw"`. */
  readonly onInvalid?: OnInvalid | undefined;
  /** What it throws ends the save; the part is kept. */
  readonly onProgress?: ((progress: SaveProgress) => void) | undefined;
  /** Ends the save, which then rejects with the signal's reason; the part is kept for the next run. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What the call may spend. Where it is spent before the file is whole, the call rejects with `TIMEOUT`; the part is
   * kept, and the next call resumes.
   */
  readonly budget?: Budget | BudgetLimits | undefined;
  /** A checkpoint is stored once this many bytes or ms have gone by since the last. Defaults 8 MiB and 1,000 ms. */
  readonly checkpointEvery?:
    | { readonly bytes?: number | undefined; readonly ms?: number | undefined }
    | undefined;
}

/** {@link SaveOptions} with every default filled in. */
export interface SaveSettings {
  /** What a later run must ask for to resume the file. */
  readonly layout: FileLayout;
  readonly restart: boolean;
  readonly overwrite: boolean;
  readonly mode: number;
  readonly onInvalid: OnInvalid | undefined;
  readonly onProgress: ((progress: SaveProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly budget: Budget | undefined;
  readonly checkpointEvery: { readonly bytes: number; readonly ms: number };
}

// Built when first asked for, so that importing the package costs nothing.
const schema = () => {
  const above0 = (unit: string) =>
    z.optional(z.number(`must be a number of ${unit}`).check(z.nonnegative("must be 0 or more")));
  return z.strictObject({
    ...fileOptionFields(),
    resume: z.optional(z.enum(["continue", "restart"])),
    overwrite: z.optional(z.boolean()),
    mode: z.optional(
      z
        .int("must be permission bits, such as 0o600")
        .check(z.refine((mode) => mode >= 0 && mode <= 0o777, "must be permission bits, such as 0o600")),
    ),
    checkpointEvery: z.optional(z.strictObject({ bytes: above0("bytes"), ms: above0("milliseconds") })),
  });
};

/** Checks the options of a save and fills in the defaults; throws `CONFIG_INVALID` naming the field. */
export function resolveSaveOptions(path: unknown, given: SaveOptions): SaveSettings {
  // A lone surrogate would be written as U+FFFD, and lead to another's file.
  if (typeof path !== "string" || path === "" || path.includes("\0") || /\p{Cs}|[/\\]$/u.test(path)) {
    throw wrongOption("saveExport", "path", "must be the name of a file");
  }
  const own = ownProperties(given);
  const checkpointEvery = { checkpointEvery: ownProperties(own?.checkpointEvery) };
  const options: SaveOptions = typeof own === "object" && own ? Object.assign(own, checkpointEvery) : own;
  return {
    layout: checkFileOptions("saveExport", schema, options, given),
    restart: options.resume === "restart",
    overwrite: options.overwrite ?? false,
    mode: options.mode ?? 0o600,
    onInvalid: options.onInvalid,
    onProgress: options.onProgress,
    signal: options.signal && takeSignal(options.signal),
    // One for all downloads of the call, should it restart.
    budget: options.budget === undefined ? undefined : budgetOf(options.budget),
    checkpointEvery: {
      bytes: options.checkpointEvery?.bytes ?? 8 * 1024 * 1024,
      ms: options.checkpointEvery?.ms ?? 1_000,
    },
  };
}
