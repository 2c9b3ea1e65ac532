import type { RetrySettings } from "../settings.js";

const RATE_LIMIT_FLOOR_MS = 2_000;
const RATE_LIMIT_FACTOR = 8;

/**
 * The wait before retry number `retry` (from 1), in ms: exponential with full jitter, so that many clients that failed
 * together do not come back together.
 */
export function backoffMs(retry: number, settings: RetrySettings, random: () => number): number {
  return Math.round(random() * backoffCeilingMs(retry, settings));
}

/** The longest such wait. */
export function backoffCeilingMs(retry: number, settings: RetrySettings): number {
  return Math.min(settings.maxDelayMs, settings.minDelayMs * 2 ** Math.min(retry - 1, 64));
}

/** The shortest wait after a 429 that names none: 2 s, twice as long each time, and less where all waits are set shorter. */
export function rateLimitFloorMs(retry: number, settings: RetrySettings): number {
  const floor = RATE_LIMIT_FLOOR_MS * 2 ** Math.min(retry - 1, 64);
  return Math.min(settings.maxDelayMs, floor, RATE_LIMIT_FACTOR * backoffCeilingMs(retry, settings));
}
