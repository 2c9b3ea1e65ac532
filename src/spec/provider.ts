import type { ExportErrorCode, Operation } from "../model/errors.js";
import type { ExportJob, JobFailure, JobProgress, JobStatus } from "../model/job.js";
import type { JsonValue } from "../model/json.js";
import type { ProviderContext } from "./context.js";
import type { Delivery } from "./delivery.js";
import type { HttpResponse, RequestAttempt } from "./http.js";
import type { RecordSchema, RequestSchema } from "./schema.js";

/** What a provider can do, told at run time and, by literal types, at compile time. */
export interface ProviderCapabilities {
  /** `"file"`: one artifact behind a URL. `"pages"`: a listing read page by page. Default: what the delivery is. */
  readonly delivery?: "file" | "pages";
  /**
   * `"asynchronous"`: a job runs at the provider, and a start whose outcome is unknown is never repeated. `"immediate"`: a
   * start makes nothing at the provider, may be repeated, and what it stands for can be downloaded at once.
   */
  readonly jobs: "asynchronous" | "immediate";
  /** Whether running jobs tell how far they are. */
  readonly progress: boolean;
  /** The formats in which the artifact can arrive. */
  readonly formats: readonly string[];
}

/** How a provider's jobs are paced between polls. */
export interface PollPace {
  /** The wait before the first poll, in ms. */
  readonly floorMs: number;
  /** The longest wait, in ms. */
  readonly ceilingMs: number;
  /** How the wait grows from poll to poll. Default 1.5. */
  readonly factor?: number;
}

/** What a provider knows of a job after a start or a poll. Times are ISO 8601. */
export interface ProviderJobState {
  /** How far it has come. */
  readonly status: JobStatus;
  /** The vendor's own word for it. */
  readonly providerStatus?: string | undefined;
  /** When it was started, by the vendor's clock. ISO 8601. */
  readonly createdAt?: string | undefined;
  /** When it ended. ISO 8601. */
  readonly finishedAt?: string | undefined;
  /** Until when the result can be had. ISO 8601. */
  readonly expiresAt?: string | undefined;
  /** How much is done. */
  readonly progress?: JobProgress | undefined;
  /** Why it failed. */
  readonly failure?: JobFailure | undefined;
  /** What went less well, as sentences. */
  readonly warnings?: readonly string[] | undefined;
  /** A wait the provider asked for, in ms; honoured up to the client's cap. */
  readonly retryAfterMs?: number | undefined;
}

/** A job as a start leaves it. */
export interface StartedJob extends ProviderJobState {
  /** The vendor's id for it. */
  readonly id: string;
}

/** Headers by name, in lower case. Every value is kept out of whatever is shown. */
export type AuthorizationHeaders = { readonly [name: string]: string };

/** What an adapter makes of a refusal. What it leaves out the engine fills in from the HTTP status. */
export interface ProviderFailure {
  /** What the error's code is to be. */
  readonly code: ExportErrorCode;
  /** What happened and what to do, in one or two sentences. Never the provider's raw body. */
  readonly message: string;
  /** Whether the same call may succeed later. Default: as the code says. */
  readonly retryable?: boolean;
  /** From when on. */
  readonly retryAt?: Date | undefined;
  /** The vendor's id of the request, for its support. */
  readonly requestId?: string | undefined;
  /** More of what the vendor said, as plain data. */
  readonly details?: { readonly [key: string]: JsonValue } | undefined;
}

/**
 * A provider: plain data and small functions. Each function makes one request, takes and returns plain data, and never
 * sleeps, retries, buffers or logs.
 *
 * @typeParam Request - the request after validation; plain JSON
 * @typeParam Records - the record type, or a `RecordKind` that computes it from the request
 * @typeParam Input - what callers write, where that differs from `Request` (a `Date` for an ISO string)
 */
export interface Provider<Request = unknown, Records = unknown, Input = Request> {
  /** The form of this contract. */
  readonly spec: 1;
  /** What the vendor is called in jobs and errors. */
  readonly name: string;
  /** What the connection can do. */
  readonly capabilities: ProviderCapabilities;
  /** Checks what callers ask for. */
  readonly requestSchema: RequestSchema<Request>;
  /** The origins to which this provider's credentials may go, such as `https://api.example.com`. Needed with `authorize`. */
  readonly origins?: readonly string[];
  /**
   * Whether what `authorize` returns is good for one request alone, such as a signature over a nonce: then a runtime must
   * not send a request again by itself, which would be refused as a forgery.
   */
  readonly oneTimeAuthorization?: boolean;
  /**
   * How many jobs may run at the same time, where the vendor limits it or the caller does; the client's `limits.jobs` holds
   * where it is lower. One too many is refused before it is sent.
   */
  readonly maxRunningJobs?: number | undefined;
  /** Default: 1 s at first, 30 s at the longest. */
  readonly pace?: PollPace;
  /** The credentials that must never be shown, beside the headers that `authorize` returns. */
  secrets?(): readonly string[];
  /**
   * The headers that authorize one attempt; called for each one. With `attempt.renew` the credentials have just been
   * refused: drop what is cached and return new ones, or `undefined` when there is nothing else to offer.
   */
  authorize?(
    attempt: RequestAttempt,
    context: ProviderContext,
  ): Promise<AuthorizationHeaders | undefined> | AuthorizationHeaders | undefined;
  /**
   * The names of the headers that `authorize` returns, for `explainExport`, which does not call it. Default:
   * `["authorization"]`.
   */
  readonly authorizationHeaders?: readonly string[];
  /**
   * What a refusal of an operation means in this provider's words; `undefined` leaves it to the HTTP status. A 404 of a poll
   * that is left to the status may be a gateway's: the job keeps its place in `limits.jobs`.
   */
  describeFailure?(response: HttpResponse, now: number, operation: Operation): ProviderFailure | undefined;
  /** Starts the export: one request, of safety class `once`. */
  start(context: ProviderContext, request: Request): Promise<StartedJob>;
  /** Asks for the status: one request. */
  poll(context: ProviderContext, job: ExportJob<string, Request>): Promise<ProviderJobState>;
  /** How the records of a finished job come: `fileDelivery({ … })` or `pagedDelivery({ … })`. */
  readonly delivery: Delivery<Request>;
  /** What the records of a request look like. Load it when it is asked for, by a dynamic import: few ask. */
  recordSchema?(request: Request): Promise<RecordSchema> | RecordSchema;
  /** Carries the types; never set. */
  readonly types?: { readonly records: Records; readonly input: Input };
}

/** Any provider, whatever it takes and gives. */
// biome-ignore lint/suspicious/noExplicitAny: functions make a provider invariant in its request, so only `any` accepts every one
export type AnyProvider = Provider<any, any, any>;

/** What callers pass to `startExport` for a provider. */
export type InputOf<P> = P extends Provider<infer _Request, infer _Records, infer Input> ? Input : never;

/** A provider's record type, or the `RecordKind` that computes it. */
export type RecordsOf<P> = P extends Provider<infer _Request, infer Records, infer _Input> ? Records : never;
