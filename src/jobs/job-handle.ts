import type { Connection } from "../connection.js";
import { deepFreeze } from "../model/deep-freeze.js";
import { type ExportJob, isJobId, isTerminal, JOB_STATUSES, type JobStatus } from "../model/job.js";
import type { JsonValue } from "../model/json.js";
import { shown } from "../model/printable.js";
import type { Settings } from "../settings.js";
import type { PollPace, ProviderJobState, StartedJob } from "../spec/provider.js";
import { invalidResponse } from "../transport/call-adapter.js";
import type { OperationScope } from "../transport/operation-scope.js";

const CREDENTIAL_IN_REQUEST =
  "request: a credential of this connection stood in it and is not stored; its place says [redacted], and what is read " +
  "by it is another export";

/** The handle of a job just started, of what an adapter gave; throws what an answer is that cannot be used. */
export function takeStarted(
  connection: Connection,
  request: JsonValue,
  scope: OperationScope,
  started: StartedJob,
): ExportJob {
  let problem = "gave something";
  let cause: unknown;
  try {
    // TypeScript's word for it is not everybody's.
    const { id, status } = Object(started) as Partial<StartedJob>;
    if (!isJobId(id)) {
      problem = Object(started) === started ? `gave the id ${shown(id)}` : `gave ${shown(started)}`;
      problem += " instead of a job with the vendor's id as text";
    } else {
      problem = `gave job ${shown(id)} with the status ${shown(status)}`;
      if (JOB_STATUSES.some((known) => known === status)) return createJob(connection, request, started);
      problem += `, which is none of ${JOB_STATUSES.join(", ")}`;
    }
  } catch (error) {
    cause = error;
    problem += ", which cannot be read";
  }
  const message = `the start function of ${connection.provider.name} ${problem}`;
  throw invalidResponse(connection, scope, message, cause);
}

function createJob(connection: Connection, asked: JsonValue, started: StartedJob): ExportJob {
  const now = new Date(connection.settings.clock.now()).toISOString();
  const retryAfterMs = delay(connection, started, 0);
  const createdAt = timestamp(started.createdAt) ?? now;
  const told = state(connection, started);
  // It comes from the caller, and records are read by what it says: nothing but the connection's own credentials may be
  // taken out of it, whatever a server has said.
  const stored = connection.redactor.configured(asked);
  const changed = JSON.stringify(stored) !== JSON.stringify(asked);
  return deepFreeze({
    version: 1,
    connection: connection.name,
    provider: connection.provider.name,
    id: started.id,
    request: stored,
    createdAt,
    updatedAt: now,
    polls: 0,
    ...told,
    ...(changed && { warnings: [...(told.warnings ?? []), CREDENTIAL_IN_REQUEST] }),
    retryAfterMs,
  });
}

/** The handle after one more poll. What the provider tells once, such as when it finished, is kept. */
export function updateJob(connection: Connection, job: ExportJob, update: ProviderJobState): ExportJob {
  const polls = job.polls + 1;
  return deepFreeze({
    ...job,
    request: connection.redactor.configured(job.request as JsonValue),
    ...state(connection, update),
    updatedAt: new Date(connection.settings.clock.now()).toISOString(),
    polls,
    retryAfterMs: delay(connection, update, polls),
  });
}

function delay(connection: Connection, update: ProviderJobState, polls: number): number {
  const { provider, settings } = connection;
  return pollDelayMs(update.status, polls, provider.pace ?? DEFAULT_PACE, update.retryAfterMs, settings);
}

function state(
  connection: Connection,
  update: ProviderJobState,
): Partial<ExportJob> & Pick<ExportJob, "status"> {
  const { redactor } = connection;
  const finishedAt = timestamp(update.finishedAt);
  const expiresAt = timestamp(update.expiresAt);
  return {
    status: update.status,
    ...(update.providerStatus != null && { providerStatus: redactor.text(update.providerStatus) }),
    ...(finishedAt && { finishedAt }),
    ...(expiresAt && { expiresAt }),
    ...(update.progress && { progress: update.progress }),
    ...(update.failure && {
      failure: {
        code: update.failure.code,
        message: redactor.text(update.failure.message),
        ...(update.failure.details && {
          details: redactor.json(update.failure.details) as { [key: string]: JsonValue },
        }),
      },
    }),
    ...(update.warnings && update.warnings.length > 0 && { warnings: update.warnings.map(redactor.text) }),
  };
}

/** ISO 8601 with milliseconds, whatever number of fraction digits the provider writes; `undefined` if it is not a time. */
function timestamp(value: string | undefined): string | undefined {
  // An adapter may pass on the null of its vendor.
  if (typeof value !== "string") return undefined;
  // Not every runtime reads more than three fraction digits.
  const time = Date.parse(value.replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

export const DEFAULT_PACE: PollPace = { floorMs: 1_000, ceilingMs: 30_000 };

/**
 * How long to wait before the next poll, in ms: short at first, longer with every poll up to the provider's ceiling,
 * spread by a fifth to either side so that jobs started together are not polled together. A wait the provider asked for
 * wins where it is longer, up to the client's cap.
 */
function pollDelayMs(
  status: JobStatus,
  polls: number,
  pace: PollPace,
  asked: number | undefined,
  settings: Settings,
): number {
  if (isTerminal({ status })) return 0;
  const grown = Math.min(pace.ceilingMs, pace.floorMs * (pace.factor ?? 1.5) ** polls || 0);
  const jittered = Math.min(pace.ceilingMs, grown * (0.8 + 0.4 * settings.random()));
  return Math.round(Math.max(jittered, Math.min(asked || 0, settings.retry.maxRetryAfterMs)));
}
