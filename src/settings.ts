import * as z from "#zod";
import type { ClientSettings, LimitOptions, RetryOptions, TimeoutOptions } from "./client-options.js";
import type { IntegerMode } from "./exact/exact-number.js";
import { type SteadyClock, steady, systemClock } from "./model/clock.js";
import { ExportError } from "./model/errors.js";
import type { ExportEvent } from "./model/events.js";
import { describeIssues } from "./model/issues.js";
import { isObject } from "./model/json.js";
import type { Logger } from "./model/logger.js";
import { ownProperties, unpolluted } from "./model/own-properties.js";
import type { Telemetry } from "./model/telemetry.js";

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
