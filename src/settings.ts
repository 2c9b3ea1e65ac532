import * as z from "#zod";
import type { IntegerMode } from "./exact/exact-number.js";
import { type Clock, type SteadyClock, steady, systemClock } from "./model/clock.js";
import { ExportError } from "./model/errors.js";
import type { ExportEvent } from "./model/events.js";
import { describeIssues } from "./model/issues.js";
import { isObject } from "./model/json.js";
import type { Logger } from "./model/logger.js";
import { ownProperties, unpolluted } from "./model/own-properties.js";
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

export type RetrySettings = Required<RetryOptions>;

/** {@link ClientSettings} with every default filled in. */
export interface Settings {
  readonly fetch: typeof globalThis.fetch;
  /** Whether `fetch` is the caller's, who answers for what it does. */
  readonly ownFetch: boolean;
  readonly logger: Logger | undefined;
  readonly onEvent: ((event: ExportEvent) => void) | undefined;
  readonly telemetry: Telemetry | undefined;
  readonly retry: RetrySettings;
  readonly timeouts: Required<TimeoutOptions>;
  readonly limits: LimitOptions;
  readonly maxBufferedBytes: number;
  readonly prefetchPages: number;
  readonly integers: IntegerMode;
  readonly clock: SteadyClock;
  readonly random: () => number;
}

// Built when first asked for, so that importing the package costs nothing.
const schema = () => {
  const fn = z.custom<(...args: never[]) => unknown>(
    (value) => typeof value === "function",
    "must be a function",
  );
  const milliseconds = z.number("must be a number of milliseconds").check(z.nonnegative("must be 0 or more"));
  // No time at all would refuse every answer.
  const duration = z.number("must be a number of milliseconds").check(z.positive("must be more than 0"));
  const count = z.int("must be a whole number").check(z.nonnegative("must be 0 or more"));
  const some = z.int("must be a whole number").check(z.gte(1, "must be 1 or more"));
  const withFunctions = (...names: readonly string[]) =>
    z.custom<object>(
      (value) => isObject(value) && names.every((name) => typeof value[name] === "function"),
      `must have the functions ${names.join(", ")}`,
    );
  return z.strictObject({
    fetch: z.optional(fn),
    logger: z.optional(withFunctions("debug", "info", "warn", "error")),
    onEvent: z.optional(fn),
    telemetry: z.optional(withFunctions("onEvent")),
    retry: z.optional(
      z.strictObject({ ...each(RETRY, z.optional(milliseconds)), retries: z.optional(count) }).check(
        z.refine(({ minDelayMs = 0, maxDelayMs = RETRY.maxDelayMs }) => minDelayMs <= maxDelayMs, {
          path: ["minDelayMs"],
          error: "must not be above maxDelayMs",
        }),
      ),
    ),
    timeouts: z.optional(z.strictObject(each(TIMEOUTS, z.optional(duration)))),
    limits: z.optional(z.strictObject(each({ requests: 0, jobs: 0 }, z.optional(some)))),
    maxBufferedBytes: z.optional(
      z.int("must be a whole number of bytes").check(z.gte(1024, "must be 1024 or more")),
    ),
    prefetchPages: z.optional(some),
    integers: z.optional(
      z.enum(["string", "bigint", "number", "exact"], 'must be "string", "bigint", "number" or "exact"'),
    ),
    clock: z.optional(withFunctions("now", "sleep", "setTimer")),
    random: z.optional(fn),
  });
};

/** Checks the client's options and fills in the defaults; throws `CONFIG_INVALID` naming the field. */
export function resolveSettings(given: ClientSettings): Settings {
  const own = ownProperties(given);
  const options: ClientSettings = Object.assign(own, {
    retry: ownProperties(own.retry) as RetryOptions,
    timeouts: ownProperties(own.timeouts) as TimeoutOptions,
    limits: ownProperties(own.limits) as LimitOptions,
  });
  const checked = unpolluted(() => schema().safeParse(options));
  if (!checked.success)
    throw new ExportError(
      "CONFIG_INVALID",
      ...describeIssues("createExportClient", checked.error.issues, given),
    );
  return {
    // Looked up at call time: tests and instrumentation replace the global after this module was loaded.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    ownFetch: options.fetch !== undefined,
    logger: options.logger,
    onEvent: options.onEvent,
    telemetry: options.telemetry,
    retry: {
      ...filled(RETRY, options.retry),
      // A number of retries holds for everything.
      ...(options.retry?.retries !== undefined && { patienceMs: 0 }),
    },
    timeouts: filled(TIMEOUTS, options.timeouts),
    limits: ownProperties({ ...options.limits }),
    maxBufferedBytes: options.maxBufferedBytes ?? 16 * 1024 * 1024,
    prefetchPages: options.prefetchPages ?? 4,
    integers: options.integers ?? "string",
    clock: options.clock ? steady(options.clock) : systemClock,
    random: options.random ?? Math.random,
  };
}

const RETRY: RetrySettings = {
  retries: 3,
  patienceMs: 300_000,
  minDelayMs: 250,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 300_000,
  maxElapsedMs: 1_200_000,
};

const TIMEOUTS: Required<TimeoutOptions> = { requestMs: 30_000, stallMs: 30_000 };

function each<T extends object, S>(names: T, schema: S): { readonly [name in keyof T]: S } {
  return Object.fromEntries(Object.keys(names).map((name) => [name, schema])) as { [name in keyof T]: S };
}

/** The defaults, with what was given in their places. */
function filled<T extends { readonly [name: string]: unknown }>(defaults: T, given?: Partial<T>): T {
  const own = ownProperties(given ?? {}) as Partial<T>;
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, own[name] ?? value])) as T;
}
