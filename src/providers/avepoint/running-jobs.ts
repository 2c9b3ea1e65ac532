import { ExportError } from "../../model/errors.js";
import { isTerminal } from "../../model/job.js";
import type { ProviderJobState } from "../../spec/provider.js";

/** How many exports this client knows to run, held against a limit. Values only: nobody waits here for anybody. */
export interface RunningJobs {
  /** Runs a start if the limit leaves room for it; throws `CONCURRENCY_LIMIT` otherwise. */
  start<Job extends ProviderJobState & { readonly id: string }>(
    now: number,
    start: () => Promise<Job>,
  ): Promise<Job>;
  /** Takes notice of what a poll told about a job. */
  note(id: string, state: ProviderJobState, now: number): void;
}

// Whoever waits for a job asks every two minutes at least. Without news for this long nobody here does, and counting it
// on would block starts for ever.
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;

export function createRunningJobs(limit: number): RunningJobs {
  const heardOf = new Map<string, number>();
  let starting = 0;

  const count = (now: number): number => {
    for (const [id, at] of heardOf) {
      // A clock that was set back would keep it for as long again.
      if (now < at) heardOf.set(id, now);
      else if (now - at >= FORGOTTEN_AFTER_MS) heardOf.delete(id);
    }
    return heardOf.size + starting;
  };
  const note = (id: string, state: ProviderJobState, now: number): void => {
    if (isTerminal(state)) heardOf.delete(id);
    else heardOf.set(id, now);
  };

  return {
    async start(now, start) {
      const running = count(now);
      if (running >= limit) {
        throw new ExportError(
          "CONCURRENCY_LIMIT",
          `avepoint: ${running} ${running === 1 ? "export runs" : "exports run"} already, and maxRunningJobs is ` +
            `${limit}; nothing was sent. Poll the running ones to their end first`,
          {
            provider: "avepoint",
            operation: "start",
            retryable: true,
            details: { running, maxRunningJobs: limit },
          },
        );
      }
      starting += 1;
      try {
        const job = await start();
        note(job.id, job, now);
        return job;
      } finally {
        starting -= 1;
      }
    },
    note,
  };
}
