import { checkWhole, emulatorOptions } from "../check-options.js";
import type { EmulatorClock } from "../emulator.js";
import type { FaultRule } from "../faults.js";
import { createShiftableClock, type ShiftableClock } from "../shiftable-clock.js";

/**
 * What the body of a page looks like; all three are seen at the vendor:
 * - `object`: `{ results: [item, …], meta, links }`
 * - `nested`: the same with another array around the items, as the reference shows it
 * - `array`: `[item, …]`, without a word about totals and further pages
 */
export type ZephrBodyShape = "object" | "nested" | "array";

/**
 * Where users who register during an export appear: `newest` first (every other user moves on), `oldest` first (nobody
 * does), or `scattered`, as in a listing ordered by id.
 */
export type ZephrOrder = "newest" | "oldest" | "scattered";

/** Refuses requests over a number within a time with 429. */
export interface ZephrRateLimit {
  /** How many requests may come. */
  readonly requests: number;
  /** In how many ms. */
  readonly perMs: number;
  /** The header that says how many seconds to stay away. Default `retry-after`. */
  readonly header?: "retry-after" | "ratelimit-reset" | "x-ratelimit-reset" | "x-rate-limit-reset";
}

/** Everything has a default; without `keys` nobody gets in. */
export interface ZephrEmulatorOptions {
  /** The API's origin. Default `https://news.api.zephr.com`. */
  readonly endpoint?: string;
  /** The secret keys by access key. */
  readonly keys?: { readonly [accessKey: string]: string };
  /** How far a request's timestamp may be off, in ms. Default 300,000; the vendor publishes no window. */
  readonly clockToleranceMs?: number;
  /** How many users there are at the beginning. Default 100. */
  readonly users?: number;
  /** Default `newest`. */
  readonly order?: ZephrOrder;
  /** How many users register whenever a page has been read, or a function of how many were read. Default 0. */
  readonly addedPerPage?: number | ((pagesRead: number) => number);
  /** Default `object`. */
  readonly shape?: ZephrBodyShape;
  /** Whether `meta` has `count` and `rpp`. Default `true`. */
  readonly meta?: boolean;
  /** Whether there are `links`. Default `true`. */
  readonly links?: boolean;
  /** What `/v4/user-export` answers in: it is described as the one and declared as the other. Default `csv`. */
  readonly v4Format?: "csv" | "json";
  /** The largest page, whatever `rpp` asks for. Default unlimited; the vendor names none. */
  readonly maxPageSize?: number;
  /** Every page is the first one, with links as if it were not. Default `false`. */
  readonly ignoresPage?: boolean;
  /** `rpp` and `page` mean nothing: every answer is the whole listing, without links and meta. Default `false`. */
  readonly ignoresPaging?: boolean;
  /** `links.next` always names the page itself. Default `false`. */
  readonly stuckNext?: boolean;
  /** The body of a refusal: `{ "error": … }`, `{ "message": … }` or nothing. Default `error`. */
  readonly errorBody?: "error" | "message" | "none";
  /** How many requests are answered. Default: all. */
  readonly rateLimit?: ZephrRateLimit;
  /** The time the vendor goes by. Default the real time. */
  readonly clock?: EmulatorClock;
  /** How long an answer takes in ms, or a function of the page asked for. Default 0. A page is read when it is answered. */
  readonly latencyMs?: number | ((page: number) => number);
  /** Faults from the beginning; more can be added to `emulator.faults` at any time. */
  readonly faults?: readonly FaultRule[];
}

export type ZephrEmulatorSettings = Required<Omit<ZephrEmulatorOptions, "rateLimit" | "faults" | "clock">> &
  Pick<ZephrEmulatorOptions, "rateLimit"> & { readonly clock: ShiftableClock };

const CALL = "createZephrEmulator";

export function settingsOf(options: ZephrEmulatorOptions): ZephrEmulatorSettings {
  const defaults = {
    endpoint: "https://news.api.zephr.com",
    keys: {},
    clockToleranceMs: 300_000,
    users: 100,
    order: "newest",
    addedPerPage: 0,
    shape: "object",
    meta: true,
    links: true,
    v4Format: "csv",
    maxPageSize: Number.POSITIVE_INFINITY,
    ignoresPage: false,
    ignoresPaging: false,
    stuckNext: false,
    errorBody: "error",
    latencyMs: 0,
  } as const;
  const kinds = {
    clock: "object",
    faults: "object",
    addedPerPage: "function",
    latencyMs: "function",
    rateLimit: "object",
  };
  const { faults: _, ...settings } = emulatorOptions(CALL, options, defaults, kinds);
  checkWhole(CALL, "users", settings.users);
  return {
    ...settings,
    clock: createShiftableClock(settings.clock),
    endpoint: new URL(settings.endpoint).origin,
  };
}
