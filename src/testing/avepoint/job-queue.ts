import type { AvepointJob } from "./job.js";
import type { AvepointOutcome, AvepointSettings } from "./options.js";
import type { StartRequest } from "./start-request.js";
/** The jobs of an emulator. */
export interface JobQueue {
  readonly all: readonly AvepointJob[];
  start(request: StartRequest): AvepointJob;
  /** How many jobs are running. */
  running(): number;
  find(id: string): AvepointJob | undefined;
  /** The `jobStatus` that one more poll finds. */
  poll(job: AvepointJob): number;
  outcomeOf(job: AvepointJob): AvepointOutcome;
  hasEnded(job: AvepointJob): boolean;
  reset(): void;
}

export function createJobQueue(settings: AvepointSettings): JobQueue {
  const { clock, outcome, jobStatuses } = settings;
  const jobs: OpenJob[] = [];

  const outcomeOf = (job: AvepointJob) => (typeof outcome === "function" ? outcome(job) : outcome);
  const hasEnded = (job: AvepointJob) =>
    outcomeOf(job) !== "stuck" && clock.trueNow() >= job.createdAt + settings.jobDurationMs;
  const isKept = (job: AvepointJob) => clock.trueNow() < job.createdAt + settings.keptMs;

  return {
    all: jobs,
    start(request) {
      const id = String(67_890 + jobs.length);
      const job = { id, ...request, createdAt: clock.trueNow(), polls: 0 };
      jobs.push(job);
      return job;
    },
    running: () => jobs.filter((job) => !hasEnded(job) && isKept(job)).length,
    find: (id) => jobs.find((job) => job.id === id && isKept(job)),
    poll(job) {
      const told = typeof jobStatuses === "function" ? jobStatuses(job) : jobStatuses;
      const scripted = told[job.polls];
      for (const open of jobs) if (open === job) open.polls += 1;
      return scripted ?? (hasEnded(job) ? finalStatuses[outcomeOf(job)] : 1);
    },
    outcomeOf,
    hasEnded,
    reset() {
      jobs.length = 0;
    },
  };
}

interface OpenJob extends AvepointJob {
  polls: number;
}

const finalStatuses = {
  finished: 2,
  "missing-file": 2,
  failed: 3,
  exceptions: 4,
  stopped: 6,
  stuck: 1,
} as const satisfies { readonly [outcome in AvepointOutcome]: number };
