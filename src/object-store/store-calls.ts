import { linkAbort, untilAborted } from "../model/abort.js";
import type { Budget } from "../model/budget.js";
import { systemClock } from "../model/clock.js";
import { documentedError } from "../model/documented-error.js";
import { ExportError } from "../model/errors.js";
import type { UploadSettings } from "./upload-options.js";
import type { TargetCall, UploadTarget } from "./upload-target.js";

/** Makes requests to the store: counted, given up after a while, and sent again where they fail for the moment. */
export type StoreCalls = <T>(
  request: (call: TargetCall) => Promise<T>,
  options?: {
    /** `false` for what has to be done although the caller gave up. */
    readonly abortable?: boolean;
  },
) => Promise<T>;

const LONGEST_DELAY_MS = 10_000;

export function createStoreCalls(
  target: UploadTarget,
  settings: Pick<UploadSettings, "signal" | "budget" | "storeRetry">,
): StoreCalls {
  const { retries, minDelayMs, timeoutMs } = settings.storeRetry;
  return async (request, { abortable = true } = {}) => {
    const signal = abortable ? settings.signal : undefined;
    for (let tries = 0; ; tries++) {
      signal?.throwIfAborted();
      // It may go below what was kept for the store: what came is worth more than a number.
      settings.budget?.spend();
      try {
        return await limited(target, request, signal, timeoutMs);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (tries >= retries || !ExportError.isInstance(error) || !error.retryable) throw error;
        const delay = Math.min(LONGEST_DELAY_MS, minDelayMs * 2 ** tries) * Math.random();
        await systemClock.sleep(delay, signal);
      }
    }
  };
}

/** One request, which is left to itself after a while: a binding has no way to be aborted. */
async function limited<T>(
  target: UploadTarget,
  request: (call: TargetCall) => Promise<T>,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Promise<T> {
  const link = linkAbort(signal);
  link.abortAfter(systemClock, timeoutMs, () => {
    const message = `the store did not answer within ${timeoutMs} ms, for ${target.name}. Call uploadExport again with the state: it resumes`;
    return documentedError("TIMEOUT", message, { retryable: true, details: { target: target.name } });
  });
  try {
    return await untilAborted(async () => request({ signal: link.signal }), link.signal);
  } catch (error) {
    throw link.signal.aborted ? link.signal.reason : error;
  } finally {
    link.release();
  }
}

/** How many requests an upload may need after its download has spent the budget. */
const KEPT_REQUESTS = 5;
const KEPT_MS = 5_000;

/** What the download may spend of a budget: the store's requests come after it. */
export function budgetOfDownload(budget: Budget | undefined): Budget | undefined {
  if (budget === undefined) return undefined;
  let keptMs: number | undefined;
  return {
    deadline: budget.deadline,
    get requestsLeft() {
      return Math.max(0, budget.requestsLeft - KEPT_REQUESTS);
    },
    msLeft(clock) {
      const left = budget.msLeft(clock);
      keptMs ??= Math.min(KEPT_MS, Math.max(0, left / 5));
      return left - keptMs;
    },
    spend: (requests) => budget.spend(requests),
  };
}
