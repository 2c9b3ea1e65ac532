import { isTerminal, type JobStatus } from "../model/job.js";
import type { Settings } from "../settings.js";
import type { PollPace } from "../spec/provider.js";

export const DEFAULT_PACE: PollPace = { floorMs: 1_000, ceilingMs: 30_000 };

/**
 * How long to wait before the next poll, in ms: short at first, longer with every poll up to the provider's ceiling,
 * spread by a fifth to either side so that jobs started together are not polled together. A wait the provider asked for
 * wins where it is longer, up to the client's cap.
 */
export function pollDelayMs(
  status: JobStatus,
  polls: number,
  pace: PollPace,
  asked: number | undefined,
  settings: Settings,
): number {
  if (isTerminal({ status })) return 0;
  const grown = Math.min(pace.ceilingMs, pace.floorMs * (pace.factor ?? 1.5) ** polls);
  const jittered = Math.min(pace.ceilingMs, grown * (0.8 + 0.4 * settings.random()));
  return Math.round(Math.max(jittered, Math.min(asked ?? 0, settings.retry.maxRetryAfterMs)));
}
