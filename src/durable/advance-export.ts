import { insideOf } from "../client.js";
import type { Providers } from "../connection-types.js";
import type { ExportClient } from "../export-client.js";
import { checkRoom } from "../jobs/running-jobs.js";
import { jobLimit } from "../jobs/start.js";
import { deepFreeze } from "../model/deep-freeze.js";
import { errorWithPage } from "../model/error-with-page.js";
import { ExportError } from "../model/errors.js";
import { type ExportJob, isTerminal } from "../model/job.js";
import { NOT_LOADED } from "../model/load-part.js";
import { randomId } from "../model/random-id.js";
import { budgetSpent, isBudgetSpent } from "../transport/budget-check.js";
import { loadKy } from "../transport/send.js";
import { type AdvanceOptions, checkAdvanceOptions, type Step } from "./advance-options.js";
import { checkRequest } from "./check-request.js";
import { deliver } from "./deliver.js";
import { clockOf, endedEarly, type StepEnd } from "./ended-early.js";
import { type ExportState, parseState } from "./export-state.js";
import { checkSameRun } from "./same-run.js";
import type { Sink } from "./sink.js";
import { noteUnstoredStart } from "./unstored-start.js";
import { untyped } from "./untyped-client.js";

/**
 * Takes one step of an export: starts it, or asks for its status once, or delivers records until the budget ends or all
 * are delivered. Never sleeps: come back at `state.wakeAt`. Whatever it did is in the sink before it resolves, so a step may be
 * killed at any moment and repeated, with this state or an older one, as long as the sink has its own copy (`load`).
 *
 * @example
 * ```ts
 * // one invocation of a cron job, a queue consumer or an edge function
 * const budget = createBudget({ deadline: Date.now() + 25_000, requests: 40 });
 * let state = beginExport("users", { format: "ndjson" }); // the sink's own copy wins
 * do state = await advanceExport(client, state, { sink, budget, claimStart });
 * while (state.phase !== "done" && state.wakeAt <= Date.now() && budget.requestsLeft > 0 && Date.now() < budget.deadline);
 * ```
 *
 * @throws
 * - `EXPORT_FAILED`, `EXPORT_EXPIRED` for a job that ended badly
 * - `START_OUTCOME_UNKNOWN` where an export may be running that nobody knows: the start was claimed and no job is known, or its
 *   answer was lost. Nothing is sent then; look in the vendor's console
 * - `REQUEST_INVALID`, before the claim is spent
 * - `JOB_INVALID` for a state that cannot be used, or a sink that holds another run
 * - what `startExport`, `pollExport`, `download` and reading it throw, and what the sink throws; see `verdictOf`, which also
 *   tells of a job that was started and that the sink did not store
 */
export async function advanceExport<P extends Providers, R>(
  client: ExportClient<P>,
  state: ExportState,
  options: AdvanceOptions<R>,
): Promise<ExportState> {
  return (await takeStep(client, state, options)).state;
}

/** The same, telling what ended the step. */
export async function takeStep<P extends Providers, R>(
  client: ExportClient<P>,
  state: ExportState,
  options: AdvanceOptions<R>,
): Promise<StepEnd> {
  const given = parseState(state);
  const step = checkAdvanceOptions<R>(options);
  step.signal?.throwIfAborted();
  const loaded = await loadCopy(step.sink, given);
  const known = loaded ?? given;
  if (known.phase === "done") return { state: known };
  if (!known.job) return start(client, known, step);
  if (known.phase === "starting") return store(client, loaded ?? withoutJob(given), known.job, step);
  if (known.phase === "reading") return deliver(client, known, known.job, step);
  return ask(client, known, known.job, step);
}

/** A batch without records, where only the state has changed. */
const NOTHING = { records: [], last: false } as const;

/** The sink's own copy, where it has one. */
async function loadCopy<R>(sink: Sink<R>, given: ExportState): Promise<ExportState | undefined> {
  const loaded = await sink.load?.();
  if (loaded !== undefined && loaded !== null) {
    const stored = parseState(loaded);
    checkSameRun(stored, given);
    return stored;
  }
  // The records and the state are stored together, so the sink has neither.
  if (sink.load && given.records > 0)
    throw errorWithPage(
      "JOB_INVALID",
      `the sink has no state of this run, but ${given.records} records were delivered: it is another sink, or was emptied. ` +
        "Begin a new run",
      { connection: given.connection, details: { field: "sink" } },
    );
  return undefined;
}

async function start<P extends Providers, R>(
  client: ExportClient<P>,
  state: ExportState,
  step: Step<R>,
): Promise<StepEnd> {
  const { connection, request } = state;
  const { sink, budget, signal, claimStart } = step;
  const { startExport } = untyped(client);
  // A wrong request is refused before the claim is spent.
  await checkRequest(untyped(client), state);
  const inside = insideOf(client);
  const at = inside?.connectionNamed(connection);
  const limit = at && jobLimit(at);
  if (at && limit !== undefined) checkRoom(at, limit);
  if (budget && (budget.requestsLeft < 1 || budget.msLeft(clockOf(client)) <= 0))
    return { state, endedBy: at && budgetSpent(at, budget.requestsLeft < 1 ? "requests" : "deadline") };
  // Killed between the claim and its job, a run ends. By far most of that time would go into this, in a new process.
  if (claimStart)
    await loadKy().catch((cause: unknown) => {
      throw errorWithPage("CONFIG_INVALID", `the start was not sent: ${NOT_LOADED}`, {
        cause,
        connection,
        operation: "start",
      });
    });
  const claim = claimStart && randomId();
  if (claim && !(await claimStart(claim))) {
    // Another worker may have stored the job between the first look and the claim.
    const stored = await loadCopy(sink, state);
    if (stored?.job) return { state: stored };
    throw alreadyClaimed(connection);
  }
  let job: ExportJob;
  try {
    job = await startExport(connection, request, { budget, signal });
  } catch (error) {
    if (claim && isRefused(error, signal)) await claimStart.release?.(claim);
    if (isBudgetSpent(error)) return endedEarly(client, state, error);
    throw error;
  }
  const after = started(state, job);
  try {
    await sink.write(NOTHING, { before: state, after, ...(claim && { claim }) });
  } catch (error) {
    at?.observe({
      type: "warning",
      jobId: job.id,
      message: `job ${job.id} was started, and the sink did not store it: the run may end without it, and it runs at ${job.provider}`,
    });
    noteUnstoredStart(error, deepFreeze({ ...state, job: { ...job, ...(claim && { claim }) } }));
    throw error;
  }
  return { state: after };
}

/** Stores a job that was started before, and that a sink failed to store then: the very write that failed. */
async function store<P extends Providers, R>(
  client: ExportClient<P>,
  before: ExportState,
  given: ExportJob,
  { sink }: Step<R>,
): Promise<StepEnd> {
  const { claim, ...job } = given as ExportJob & { readonly claim?: unknown };
  const after = started(before, client.parseJob(job));
  await sink.write(NOTHING, { before, after, ...(typeof claim === "string" && { claim }) });
  return { state: after };
}

/** The state that the job was started from. */
function withoutJob({ job: _, ...state }: ExportState): ExportState {
  return deepFreeze(state);
}

function started(state: ExportState, job: ExportJob): ExportState {
  return withJob({ ...state, ...storable(job), watermark: job.createdAt }, job);
}

/** Whether nothing was started for certain. */
function isRefused(error: unknown, signal: AbortSignal | undefined): boolean {
  if (ExportError.isInstance(error)) return error.code !== "START_OUTCOME_UNKNOWN";
  return signal?.aborted === true && error === signal.reason;
}

/** The request as the job has it, where a credential stood in the caller's. */
function storable({ request }: ExportJob): Partial<ExportState> {
  return JSON.stringify(request).includes("[redacted]") ? { request: request as ExportState["request"] } : {};
}

async function ask<P extends Providers, R>(
  client: ExportClient<P>,
  state: ExportState,
  known: ExportJob,
  { sink, budget, signal }: Step<R>,
): Promise<StepEnd> {
  const { pollExport, download } = untyped(client);
  let after = state;
  if (!isTerminal(known)) {
    try {
      after = withJob(state, await pollExport(known, { budget, signal }));
    } catch (error) {
      if (!isBudgetSpent(error)) throw error;
      return endedEarly(client, state, error);
    }
    await sink.write(NOTHING, { before: state, after });
  }
  // Throws what it means that the job failed or expired, without a request.
  if (after.phase === "waiting") {
    const { job } = after;
    if (job && isTerminal(job)) await download(job, {});
  }
  return { state: after };
}

/** The state with the job as it stands. A job that ended badly stays `waiting`, so that every later step says so again. */
function withJob(state: ExportState, job: ExportJob): ExportState {
  return deepFreeze({
    ...state,
    phase: job.status === "succeeded" ? "reading" : "waiting",
    job,
    wakeAt: isTerminal(job) ? 0 : Date.parse(job.updatedAt) + job.retryAfterMs,
  });
}

function alreadyClaimed(connection: string): ExportError {
  const code = "START_OUTCOME_UNKNOWN";
  const message =
    "the start of this run was claimed before, and no job of it is known: an export may be running. Nothing was sent. " +
    "Look in the provider's console, then begin another run, with another claim";
  return errorWithPage(code, message, { connection, operation: "start" });
}
