import type { ExportErrorCode, Operation } from "./errors.js";
import type { JobStatus } from "./job.js";

interface EventBase {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly connection: string;
  readonly provider: string;
  readonly jobId?: string;
}

/** One HTTP request was answered, or failed. */
export interface RequestEvent extends EventBase {
  readonly type: "request";
  readonly operation: Operation;
  readonly method: string;
  /** The address without its query. */
  readonly url: string;
  /** Absent when no answer came. */
  readonly status?: number;
  readonly durationMs: number;
}

/** A failed attempt will be repeated after `delayMs`. */
export interface RetryEvent extends EventBase {
  readonly type: "retry";
  readonly operation: Operation;
  /** Which retry this is, from 1. */
  readonly retry: number;
  readonly delayMs: number;
  readonly code: ExportErrorCode;
}

/** A job's status was asked for. */
export interface PollEvent extends EventBase {
  readonly type: "poll";
  readonly jobId: string;
  readonly status: JobStatus;
  readonly polls: number;
  readonly retryAfterMs: number;
}

/** Something short-lived was renewed: the artifact's URL, the credentials, the idea of the provider's clock. */
export interface RefreshEvent extends EventBase {
  readonly type: "refresh";
  readonly what: "url" | "credentials" | "clock";
}

/** A broken download goes on at `offset` bytes. */
export interface ResumeEvent extends EventBase {
  readonly type: "resume";
  readonly jobId: string;
  readonly offset: number;
}

/** A page arrived. */
export interface PageEvent extends EventBase {
  readonly type: "page";
  readonly jobId: string;
  readonly items: number;
  readonly total?: number;
}

/** A download was read to its end. */
export interface DoneEvent extends EventBase {
  readonly type: "done";
  readonly jobId: string;
  readonly records: number;
  readonly bytes: number;
}

/** Something in the export was passed over, such as a sheet that a workbook lists and does not have. */
export interface WarningEvent extends EventBase {
  readonly type: "warning";
  readonly jobId: string;
  readonly message: string;
}

/** A download was read to its end, and some of its records came more than once: about as many are missing. */
export interface RepeatedEvent extends EventBase {
  readonly type: "repeated";
  readonly jobId: string;
  /** How many records came that had come before. */
  readonly repeated: number;
}

/** `encode("csv")` has written its last row, and these columns are empty in all of them. */
export interface EmptyColumnsEvent extends EventBase {
  readonly type: "emptyColumns";
  readonly jobId: string;
  /** As they were asked for: by name or path. */
  readonly columns: readonly string[];
  /** Whether the caller chose the columns, so that one may be misspelt. */
  readonly chosen: boolean;
}

/** What `onEvent` receives. New types may be added; ignore those you do not know. */
export type ExportEvent =
  | RequestEvent
  | RetryEvent
  | PollEvent
  | RefreshEvent
  | ResumeEvent
  | PageEvent
  | WarningEvent
  | EmptyColumnsEvent
  | RepeatedEvent
  | DoneEvent;

/** An event without what every event has. */
export type EventDetail = ExportEvent extends infer E
  ? E extends ExportEvent
    ? Omit<E, "time" | "connection" | "provider">
    : never
  : never;
