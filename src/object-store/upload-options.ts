import * as z from "#zod";
import type { CsvOptions } from "../download/csv-options.js";
import { callback, checkFileOptions, fileOptionFields } from "../download/file-options.js";
import type { OnInvalid } from "../download/read-options.js";
import { type Budget, type BudgetLimits, budgetOf } from "../model/budget.js";
import { takeSignal } from "../model/call-signal.js";
import { documentedError } from "../model/documented-error.js";
import { ownProperties } from "../model/own-properties.js";
import { checkFunctions } from "../model/wrong-option.js";
import type { UploadFormat, UploadLayout, UploadState } from "./upload-state.js";
import type { UploadTarget } from "./upload-target.js";

/** How far an upload is; told after every chunk. */
export interface UploadProgress {
  /** Length of the object so far in bytes, what former calls uploaded included. With gzip, what is compressed already. */
  readonly bytes: number;
  /** Records in it so far; 0 where a provider's file is uploaded as it is. */
  readonly records: number;
  /** The length of the provider's file in bytes, where it tells. */
  readonly totalBytes?: number;
  /** The number of records, where the provider tells. */
  readonly totalRecords?: number;
}

/** Options of `uploadExport`; those of CSV are for `format: "csv"` only. */
export interface UploadOptions extends CsvOptions {
  /** What to write. Default `"raw"`. */
  readonly format?: UploadFormat | undefined;
  /**
   * Compresses the object. It consists of several gzip members, which is one file to every reader of gzip; its content
   * type is `application/gzip`, and no content encoding is set. Default `false`.
   */
  readonly gzip?: boolean | undefined;
  /**
   * The size of every part but the last, and about what an upload holds in memory. Default 8 MiB; from 5 MiB on, by the
   * rules of S3 and R2. 10,000 parts are allowed, so that 8 MiB are enough for 78 GiB.
   */
  readonly partBytes?: number | undefined;
  /** Where an earlier call left off: what it resolved with, or what `onState` stored last. Also as it came out of JSON. */
  readonly state?: unknown;
  /**
   * Told a state after every part, which is what a process that is killed resumes with. The upload continues once it
   * resolves: by then the state has to be stored. What it throws ends the upload.
   */
  readonly onState?: ((state: UploadState) => void | Promise<void>) | undefined;
  /**
   * What the call may spend; requests to the store count, too. A few requests and up to 5 s are kept for the store: where
   * the rest is spent, the call resolves with `complete: false`.
   */
  readonly budget?: Budget | BudgetLimits | undefined;
  /** Ends the upload, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What it throws ends the upload. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /** What to do with a record that cannot be read, or encoded, where records are encoded. Default `"throw"`. */
  readonly onInvalid?: OnInvalid | undefined;
  /**
   * How the store's requests are repeated that fail for the moment, on top of what its client does: `retries` more tries
   * (default 3), `minDelayMs` before the first (default 250; it doubles, with jitter), each given up after `timeoutMs`
   * (default 120,000).
   */
  readonly storeRetry?:
    | {
        readonly retries?: number | undefined;
        readonly minDelayMs?: number | undefined;
        readonly timeoutMs?: number | undefined;
      }
    | undefined;
}

/** {@link UploadOptions} with every default filled in. */
export interface UploadSettings {
  readonly layout: UploadLayout;
  /** Absent where the caller leaves it to the state, or to the default. */
  readonly partBytes: number | undefined;
  readonly state: unknown;
  readonly onState: ((state: UploadState) => void | Promise<void>) | undefined;
  readonly budget: Budget | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: UploadProgress) => void) | undefined;
  readonly onInvalid: OnInvalid | undefined;
  readonly storeRetry: { readonly retries: number; readonly minDelayMs: number; readonly timeoutMs: number };
}

export const DEFAULT_PART_BYTES = 8 * 1024 * 1024;

/** What S3 and R2 allow is 5 GiB; a part is held in memory. */
const MAX_PART_BYTES = 1024 * 1024 * 1024;

const schema = (target: UploadTarget) => {
  const least = target.minPartBytes;
  const count = z.optional(z.int("must be a whole number").check(z.nonnegative("must be 0 or more")));
  return z.strictObject({
    ...fileOptionFields(),
    gzip: z.optional(z.boolean("must be true or false")),
    partBytes: z.optional(
      z.int("must be a whole number of bytes").check(
        z.refine((bytes) => bytes >= least, `must be ${least} or more, or the store refuses the parts`),
        z.refine((bytes) => bytes <= MAX_PART_BYTES, `must be ${MAX_PART_BYTES} or less`),
      ),
    ),
    state: z.optional(z.unknown()),
    onState: z.optional(callback()),
    storeRetry: z.optional(z.strictObject({ retries: count, minDelayMs: count, timeoutMs: count })),
  });
};

/** What is used of a target. */
const CALLS = ["put", "begin", "part", "finish", "abort", "head", "putRest", "getRest", "deleteRest"];

/** Checks the options of an upload and fills in the defaults; throws `CONFIG_INVALID` naming the field. */
export function resolveUploadOptions(
  call: string,
  target: UploadTarget,
  given: UploadOptions,
): UploadSettings {
  checkFunctions(call, "target", target, CALLS, "an s3Target, an r2Target, or a target of your own");
  const options: UploadOptions = ownProperties(given);
  const layout = checkFileOptions(call, () => schema(target), options, given);
  const { budget, storeRetry } = options;
  if (options.gzip && typeof CompressionStream !== "function")
    throw documentedError("NOT_SUPPORTED", "uploadExport: gzip: this runtime has no CompressionStream", {
      details: { field: "gzip" },
    });
  return {
    layout: { ...layout, gzip: options.gzip ?? false },
    partBytes: options.partBytes,
    state: options.state,
    onState: options.onState,
    budget: budget === undefined ? undefined : budgetOf(budget),
    signal: options.signal && takeSignal(options.signal),
    onProgress: options.onProgress,
    onInvalid: options.onInvalid,
    storeRetry: {
      retries: storeRetry?.retries ?? 3,
      minDelayMs: storeRetry?.minDelayMs ?? 250,
      timeoutMs: storeRetry?.timeoutMs ?? 120_000,
    },
  };
}
