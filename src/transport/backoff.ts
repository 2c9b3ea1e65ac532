import type { RetrySettings } from "../settings.js";

/**
 * The wait before retry number `retry` (from 1), in ms: exponential with full jitter, so that many clients that failed
 * together do not come back together.
 */
export function backoffMs(retry: number, settings: RetrySettings, random: () => number): number {
  const ceiling = Math.min(settings.maxDelayMs, settings.minDelayMs * 2 ** (retry - 1));
  return Math.round(random() * ceiling);
}
