import type { ExportErrorCode, Operation } from "./errors.js";
import type { JobStatus } from "./job.js";

interface EventBase {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The caller's name for the connection. */
  readonly connection: string;
  /** The adapter's name. */
  readonly provider: string;
  /** The provider's identifier of the export, once there is one. */
  readonly jobId?: string;
  /** Tells the calls of `startExport` and `runExport` apart; on whatever happens for a start. */
  readonly startId?: string;
  /** Tells the downloads of a process apart; on whatever happens for one. */
  readonly downloadId?: string;
}

/** `startExport` has ended: with a job, or with an error. */
export interface StartEvent extends EventBase {
  /** The kind of event. */
  readonly type: "start";
  /** Tells the starts of a process apart. */
  readonly startId: string;
  /** The new job's status; absent, as is `jobId`, where there is none. */
  readonly status?: JobStatus;
  /** Why there is no job; absent too where the caller aborted. */
  readonly errorCode?: ExportErrorCode;
  /** Whole milliseconds. */
  readonly durationMs: number;
}

/** One HTTP request was answered, or failed. */
export interface RequestEvent extends EventBase {
  /** The kind of event. */
  readonly type: "request";
  /** What the request is for. */
  readonly operation: Operation;
  /** The HTTP method. */
  readonly method: string;
  /** The address without its query. */
  readonly url: string;
  /** Absent when no answer came. */
  readonly status?: number;
  /** Why no answer came, unless the caller aborted; an answer that is a refusal has a `status` instead. */
  readonly errorCode?: ExportErrorCode;
  /** How often this was asked by now, from 1: retries, new credentials and redirects count. */
  readonly attempt: number;
  /** Until the answer's headers, in whole milliseconds. */
  readonly durationMs: number;
}

/** A failed attempt will be repeated after `delayMs`. */
export interface RetryEvent extends EventBase {
  /** The kind of event. */
  readonly type: "retry";
  /** What the request is for. */
  readonly operation: Operation;
  /** Which retry this is, from 1. */
  readonly retry: number;
  /** Whole milliseconds. */
  readonly delayMs: number;
  /** What went wrong. */
  readonly errorCode: ExportErrorCode;
}

/** A job's status was asked for. */
export interface PollEvent extends EventBase {
  /** The kind of event. */
  readonly type: "poll";
  /** The id of the export's job. */
  readonly jobId: string;
  /** The job's state now. */
  readonly status: JobStatus;
  /** How often the job was asked for, this time included. */
  readonly polls: number;
  /** How long to wait before the next question; 0 where the job has ended. */
  readonly retryAfterMs: number;
}

/** Something short-lived was renewed: the artifact's URL, the credentials, the idea of the provider's clock. */
export interface RefreshEvent extends EventBase {
  /** The kind of event. */
  readonly type: "refresh";
  /** A fresh URL of the artifact, fresh credentials, or the vendor's clock, learned again. */
  readonly what: "url" | "credentials" | "clock";
}

/** A broken download resumes at `offset` bytes. */
export interface ResumeEvent extends EventBase {
  /** The kind of event. */
  readonly type: "resume";
  /** The id of the export's job. */
  readonly jobId: string;
  /** From which byte. */
  readonly offset: number;
}

/** A page arrived. */
export interface PageEvent extends EventBase {
  /** The kind of event. */
  readonly type: "page";
  /** The id of the export's job. */
  readonly jobId: string;
  /** How many items it has. */
  readonly items: number;
  /** How many there are in all, where the vendor tells. */
  readonly total?: number;
}

/** A download is being opened. One `end` follows, whatever happens. */
export interface OpenEvent extends EventBase {
  /** The kind of event. */
  readonly type: "open";
  /** The id of the export's job. */
  readonly jobId: string;
  /** Tells the downloads of a process apart. */
  readonly downloadId: string;
}

/**
 * A download is over: it was read to its end (`"complete"`), an error ended it (`"failed"`), the caller stopped, aborted or
 * disposed of it (`"stopped"`), or its budget is spent (`"budget"`). Comes once for every `open`; of a download that is
 * dropped without a word it cannot.
 */
export interface EndEvent extends EventBase {
  /** The kind of event. */
  readonly type: "end";
  /** The id of the export's job. */
  readonly jobId: string;
  /** Tells the downloads of a process apart. */
  readonly downloadId: string;
  /** Read to its end; ended by an error; left by the caller; or ended by its budget. */
  readonly outcome: "complete" | "failed" | "stopped" | "budget";
  /** Why it failed. */
  readonly errorCode?: ExportErrorCode;
  /** Records handed over by this download. */
  readonly records: number;
  /** Bytes read from the vendor by this download. */
  readonly bytes: number;
  /** Since `open`, in whole milliseconds. */
  readonly durationMs: number;
}

/** Something in the export was passed over or not proven: a sheet that is not there, a total that was not reached. */
export interface WarningEvent extends EventBase {
  /** The kind of event. */
  readonly type: "warning";
  /** The id of the export's job. */
  readonly jobId: string;
  /** What it is, as a sentence. */
  readonly message: string;
}

/** A download was read to its end, and some of its records came more than once: about as many are missing. */
export interface RepeatedEvent extends EventBase {
  /** The kind of event. */
  readonly type: "repeated";
  /** The id of the export's job. */
  readonly jobId: string;
  /** How many records came that had come before. */
  readonly repeated: number;
}

/** `encode("csv")` has written its last row, and these columns are empty in all of them. */
export interface EmptyColumnsEvent extends EventBase {
  /** The kind of event. */
  readonly type: "emptyColumns";
  /** The id of the export's job. */
  readonly jobId: string;
  /** As they were asked for: by name or path. */
  readonly columns: readonly string[];
  /** Whether the caller chose the columns, so that one may be misspelt. */
  readonly chosen: boolean;
}

/** What `onEvent` receives. New types may be added; ignore those you do not know. */
export type ExportEvent =
  | StartEvent
  | RequestEvent
  | RetryEvent
  | PollEvent
  | RefreshEvent
  | ResumeEvent
  | PageEvent
  | OpenEvent
  | WarningEvent
  | EmptyColumnsEvent
  | RepeatedEvent
  | EndEvent;

/** An event without what every event has. */
export type EventDetail = ExportEvent extends infer E
  ? E extends ExportEvent
    ? Omit<E, "time" | "connection" | "provider">
    : never
  : never;
