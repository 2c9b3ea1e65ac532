import { insideOf } from "../client.js";
import type { Providers } from "../connection-types.js";
import type { ExportClient } from "../export-client.js";
import { checkRoom } from "../jobs/running-jobs.js";
import { jobLimit } from "../jobs/start.js";
import { deepFreeze } from "../model/deep-freeze.js";
import { documentedError } from "../model/documented-error.js";
import { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { NOT_LOADED } from "../model/load-part.js";
import { randomId } from "../model/random-id.js";
import { budgetSpent, isBudgetSpent } from "../transport/budget-check.js";
import { loadKy } from "../transport/send.js";
import type { Step } from "./advance-options.js";
import { clockOf, endedEarly, type StepEnd } from "./ended-early.js";
import { type ExportState, withJob } from "./export-state.js";
import { NOTHING } from "./sink.js";
import { loadState } from "./stored-state.js";
import { type UntypedClient, untyped } from "./untyped-client.js";
import { noteUnstoredStart } from "./verdict.js";

/** Starts the export of a run, once its claim is given, and stores its job. */
export async function startRun<P extends Providers, R>(
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
      throw documentedError("CONFIG_INVALID", `the start was not sent: ${NOT_LOADED}`, {
        cause,
        connection,
        operation: "start",
      });
    });
  const claim = claimStart && randomId();
  if (claim && !(await claimStart(claim))) {
    // Another worker may have stored the job between the first look and the claim.
    const stored = await loadState(sink, state);
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
export async function storeStarted<P extends Providers, R>(
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
export function withoutJob({ job: _, ...state }: ExportState): ExportState {
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

function alreadyClaimed(connection: string): ExportError {
  const code = "START_OUTCOME_UNKNOWN";
  const message =
    "the start of this run was claimed before, and no job of it is known: an export may be running. Nothing was sent. " +
    "Look in the provider's console, then begin another run, with another claim";
  return documentedError(code, message, { connection, operation: "start" });
}

// Nobody asks by it: it only shows whether the vendor takes a moment there.
const SOME_MOMENT = "2026-01-01T00:00:00.000Z";

/** Refuses a wrong request without sending anything, and an incremental one where the vendor has nothing of the kind. */
async function checkRequest(
  client: UntypedClient,
  { connection, request, incremental }: ExportState,
): Promise<void> {
  try {
    await explained(client, connection, request);
    // The first run asks for everything, and is refused as the second would be.
    if (incremental !== undefined)
      await explained(client, connection, { [incremental]: SOME_MOMENT, ...request });
  } catch (error) {
    if (incremental === undefined || !isAbout(error, incremental)) throw error;
    throw documentedError(
      "NOT_SUPPORTED",
      `connection "${connection}" cannot export changes only: its requests have no field ${incremental} that takes a time. ` +
        "Export everything, and let the sink replace records by their key",
      { connection, operation: "start", details: { field: incremental } },
    );
  }
}

async function explained(client: UntypedClient, connection: string, request: object): Promise<void> {
  try {
    await client.explainExport(connection, request);
  } catch (error) {
    // An adapter that starts without a request has nothing to explain, and nothing against this one.
    if (!(ExportError.isInstance(error) && error.code === "NOT_SUPPORTED")) throw error;
  }
}

function isAbout(error: unknown, field: string): boolean {
  return ExportError.isInstance(error) && error.code === "REQUEST_INVALID" && error.details?.field === field;
}
