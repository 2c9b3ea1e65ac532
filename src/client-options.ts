import type { IntegerMode } from "./exact/exact-number.js";
import type { Clock } from "./model/clock.js";
import type { ExportEvent } from "./model/events.js";
import type { Logger } from "./model/logger.js";
import type { Telemetry } from "./model/telemetry.js";

/** How transient failures are retried. All times in ms. */
export interface RetryOptions {
  /**
   * Tries beside the first, in a row without progress. Default 3, with `patienceMs` for what is resumable; where it is
   * given, it holds for everything.
   */
  readonly retries?: number;
  /**
   * How long a wait for a job and a download outlast an outage: failures in a row, such as those of a store that
   * restarts. Counted from the last progress; not used where `retries` is given. Default 300,000.
   */
  readonly patienceMs?: number;
  /** The ceiling of the first wait; it doubles with every retry and is drawn with full jitter. Default 250. */
  readonly minDelayMs?: number;
  /** The longest such ceiling, `minDelayMs` or more. Default 30,000. */
  readonly maxDelayMs?: number;
  /** The longest `Retry-After` that is waited for; a longer one is an error with `retryAt`. Default 300,000. */
  readonly maxRetryAfterMs?: number;
  /** All tries and waits of one operation together, counted from the last progress. Default 1,200,000. */
  readonly maxElapsedMs?: number;
}

/** When to give up on one request. All times in ms. */
export interface TimeoutOptions {
  /**
   * From sending a request to its whole answer; for an artifact, to its headers. A token function, and what an adapter does
   * between its requests, may take as long. Default 30,000.
   */
  readonly requestMs?: number;
  /** How long an artifact may send nothing before the engine reconnects. Default 30,000. */
  readonly stallMs?: number;
}

/** How much may be under way at the same time, for each connection. */
export interface LimitOptions {
  /**
   * How many requests may be under way at a time: from before they are signed to the end of the answer, for a file to its
   * headers. Others wait, in order; neither that wait nor the one for a retry counts as `timeouts.requestMs`. Default: no limit.
   */
  readonly requests?: number | undefined;
  /**
   * How many jobs may run at a time, of those that clients with this provider object have started or polled and not seen to
   * end; one without news for an hour no longer counts. `startExport` refuses one too many with `CONCURRENCY_LIMIT`, before
   * anything is sent; `runExport` waits for its turn, within its `timeoutMs`. Default: the provider's own, such as
   * AvePoint's `maxRunningJobs`; the lower of the two holds.
   */
  readonly jobs?: number | undefined;
}

/** Options of `createExportClient` beside `providers`. */
export interface ClientSettings {
  /**
   * Sends the requests. Default: the global `fetch` at the time of each call. One of your own must not fill the chunks of its
   * bodies again: they are kept, and not copied.
   */
  readonly fetch?: typeof globalThis.fetch;
  /** Receives messages without secrets. Default: none. */
  readonly logger?: Logger;
  /** Receives typed events. What it throws is dropped. */
  readonly onEvent?: (event: ExportEvent) => void;
  /** Traces and measures; see `openTelemetry` of `exportkit/otel`. Default: none. */
  readonly telemetry?: Telemetry;
  /** How long failures are outlasted. */
  readonly retry?: RetryOptions;
  /** How long an answer, and the next byte of it, may take. */
  readonly timeouts?: TimeoutOptions;
  /** How much of a connection's work is under way at the same time. Default: no limit of the client's own. */
  readonly limits?: LimitOptions;
  /** The largest piece held in memory at once, in bytes: a line, a cell, a page, an answer. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /**
   * Paged exports: how many pages may be under way at once. As many are held at most: those under way, those that wait for
   * their turn and the one being read; up to twice as many where the provider tells totals and the download has no budget.
   * `maxBufferedBytes` bounds them in any case. After a 429 there are fewer. 1 is one page after the other. Default 4.
   */
  readonly prefetchPages?: number;
  /**
   * What a record holds in the place of a JSON number whose digits a double does not hold, such as an integer beyond
   * 2^53 or `1e400`: `"string"` (default) its digits as text, `"bigint"` a `bigint` where it is an integer of up to
   * 10,000 digits and text otherwise, `"number"` the nearest double, `"exact"` an object with its `digits` (the
   * `ExactNumber` of `exportkit/provider`), which `JSON.stringify` writes as the number. `encode` writes all digits in
   * any case.
   */
  readonly integers?: IntegerMode;
  /** Time. Default: the system's. */
  readonly clock?: Clock;
  /** A source of numbers from 0 up to 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
}
