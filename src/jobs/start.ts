import { type Connection, observedAs } from "../connection.js";
import { ExportError, type ExportErrorCode } from "../model/errors.js";
import { type ExportJob, isTerminal } from "../model/job.js";
import type { JsonValue } from "../model/json.js";
import { loadPart } from "../model/load-part.js";
import { ownProperties } from "../model/own-properties.js";
import { randomId } from "../model/random-id.js";
import { untilDeadline } from "../transport/budget-check.js";
import { callAdapter } from "../transport/call-adapter.js";
import type { OperationScope } from "../transport/operation-scope.js";
import { takeStarted } from "./job-handle.js";
import { takeRequest } from "./request.js";
import type { Queueing, Turn } from "./running-jobs.js";

/**
 * Validates the request and starts the export once. A signal stops it until it is sent; from then on the answer is waited
 * for, or the caller would never learn of a job that runs. Where jobs are immediate a start only asks whether the request would
 * be served: it leaves nothing at the provider and may be repeated like any other question.
 */
export async function startJob(
  given: Connection,
  input: unknown,
  signal: AbortSignal | undefined,
  queueing?: Queueing,
): Promise<ExportJob> {
  signal?.throwIfAborted();
  const { clock } = given.settings;
  const startedAt = clock.monotonic();
  const startId = randomId();
  const scope = startScope(given, signal);
  const limit = jobLimit(given);
  const connection = observedAs(given, { startId });
  const request = await takeRequest(connection, input);
  const stored: JsonValue = JSON.parse(JSON.stringify(request));
  let turn: Turn | undefined;
  let job: ExportJob | undefined;
  let errorCode: ExportErrorCode | undefined;
  try {
    if (limit !== undefined) {
      const { takeTurn } = await loadPart(import("./running-jobs.js"));
      turn = await untilDeadline(connection, signal, (until) => takeTurn(connection, limit, until, queueing));
    }
    const { provider } = connection;
    const started = await callAdapter(connection, scope, "start", provider.start.bind(provider), request);
    job = takeStarted(connection, stored, scope, started);
    return job;
  } catch (failure) {
    const isHarmless = ExportError.isInstance(failure) && failure.code !== "START_OUTCOME_UNKNOWN";
    // Nothing was started, whatever went wrong meanwhile.
    const error = signal?.aborted && isHarmless ? signal.reason : failure;
    // The caller's own value, to be found again as it is, whoever finds the outcome unknown.
    const isOwn = ExportError.isInstance(error) && error.connection === given.name;
    if (signal?.aborted && isOwn && error !== signal.reason)
      Object.defineProperty(error, "cause", { value: signal.reason });
    if (ExportError.isInstance(error)) errorCode = error.code;
    throw error;
  } finally {
    connection.observe({
      type: "start",
      startId,
      ...(job && { jobId: job.id, status: job.status }),
      ...(errorCode && { errorCode }),
      durationMs: Math.round(clock.monotonic() - startedAt),
    });
    turn?.end(job && { id: job.id, isOver: isTerminal(job) });
  }
}

/** How many jobs may run at the same time; `undefined` without a limit. */
export function jobLimit({ settings, provider }: Connection): number | undefined {
  const limit = Math.min(
    ...[settings.limits.jobs, ownProperties(provider).maxRunningJobs].map((most) => most ?? Infinity),
  );
  return limit === Infinity ? undefined : limit;
}

/** Has a job count among those that run, or count no more. */
export async function countJob(connection: Connection, id: string, isOver: boolean): Promise<void> {
  if (jobLimit(connection) !== undefined)
    await import("./running-jobs.js").then(
      ({ noteJob }) => noteJob(connection, { id, isOver }),
      // Without that part nothing has been counted here, and nothing will be.
      () => {},
    );
}

/** A start makes something at the provider, and is sent once; where jobs are immediate it only asks. */
export function startScope({ provider }: Connection, signal?: AbortSignal): OperationScope {
  const safety = provider.capabilities.jobs === "immediate" ? "safe" : "once";
  return { operation: "start", safety, signal };
}
