import type { Jsonified, JsonValue } from "./json.js";

/**
 * Where a job stands. `pending` and `running` may change; the other three are terminal.
 * `expired` means that the provider no longer knows the job, or no longer keeps its file.
 */
export type JobStatus = "pending" | "running" | "succeeded" | "failed" | "expired";

/** All of them. */
export const JOB_STATUSES = [
  "pending",
  "running",
  "succeeded",
  "failed",
  "expired",
] as const satisfies readonly JobStatus[];

/** How far a running export is, where the provider tells. */
export interface JobProgress {
  /** How much is done, in `unit`. */
  readonly completed?: number;
  /** How much there is, in `unit`. */
  readonly total?: number;
  /** What is counted: `"records"`, `"bytes"`, `"percent"`, … */
  readonly unit: string;
}

/** Why a job failed or expired, as plain data. */
export interface JobFailure {
  /** Whether the export failed, or is no longer to be had. */
  readonly code: "EXPORT_FAILED" | "EXPORT_EXPIRED";
  /** What the provider said, or what its answer means; never a secret. */
  readonly message: string;
  /** The provider's own codes and words. */
  readonly details?: { readonly [key: string]: JsonValue };
}

/**
 * A handle on one export: plain, frozen, JSON-safe. Store it, send it to another process, take it up a day later.
 * It never holds a credential, a token or a signed URL.
 *
 * All times are ISO 8601 strings in UTC.
 *
 * @typeParam Connection - the caller's name of the connection
 * @typeParam Request - the request as the caller wrote it; a `Date` in it is kept as its ISO string
 */
export interface ExportJob<Connection extends string = string, Request = unknown> {
  /** The version of this shape. */
  readonly version: 1;
  /** The caller's own name for the connection. */
  readonly connection: Connection;
  /** The adapter's name, such as `"authgear"`. */
  readonly provider: string;
  /** The provider's identifier of the export. */
  readonly id: string;
  /** The request as it was started, as plain JSON. */
  readonly request: Jsonified<Request>;
  /** Where it stands; the last three of its words are terminal. */
  readonly status: JobStatus;
  /** The provider's own word for the status. */
  readonly providerStatus?: string;
  /** When the export was started. */
  readonly createdAt: string;
  /** When this handle was last brought up to date. */
  readonly updatedAt: string;
  /** When the provider finished, well or badly. */
  readonly finishedAt?: string;
  /** When the provider forgets the job or its file, where that is known. */
  readonly expiresAt?: string;
  /** How far it is, where the provider tells. */
  readonly progress?: JobProgress;
  /** Why it ended without a result: there for `failed` and `expired`. */
  readonly failure?: JobFailure;
  /** What the caller should know although nothing failed. */
  readonly warnings?: readonly string[];
  /** How often the status has been asked for. */
  readonly polls: number;
  /** How long to wait before the next poll, in ms from `updatedAt`; 0 when terminal. */
  readonly retryAfterMs: number;
}

/** Whether a value can be the id of a job. It becomes a step of a path, where `.` and `..` lead elsewhere. */
export function isJobId(value: unknown): value is string {
  return typeof value === "string" && !/^\.{0,2}$/.test(value);
}

/**
 * Whether a job has ended, well or badly.
 *
 * @example
 * ```ts
 * isTerminal({ status: "running" }); // false
 * ```
 */
export function isTerminal(job: { readonly status: JobStatus }): boolean {
  return job.status === "succeeded" || job.status === "failed" || job.status === "expired";
}
