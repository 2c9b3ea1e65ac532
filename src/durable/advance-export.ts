import { insideOf } from "../client.js";
import type { Providers } from "../connection-types.js";
import type { ExportClient } from "../export-client.js";
import { deepFreeze } from "../model/deep-freeze.js";
import type { ExportError } from "../model/errors.js";
import { type ExportJob, isTerminal } from "../model/job.js";
import { budgetSpent, isBudgetSpent } from "../transport/budget-check.js";
import { type AdvanceOptions, checkAdvanceOptions, type Step } from "./advance-options.js";
import { clockOf, endedEarly, type StepEnd } from "./ended-early.js";
import { type ExportState, parseState, withJob } from "./export-state.js";
import { NOTHING } from "./sink.js";
import { startRun, storeStarted, withoutJob } from "./start-run.js";
import { loadState } from "./stored-state.js";
import { checkStepClient, untyped } from "./untyped-client.js";

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
  checkStepClient("advanceExport", client);
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
  const loaded = await loadState(step.sink, given);
  const known = loaded ?? given;
  if (known.phase === "done") return { state: known };
  if (!known.job) return startRun(client, known, step);
  if (known.phase === "starting") return storeStarted(client, loaded ?? withoutJob(given), known.job, step);
  if (known.phase === "reading") return deliver(client, known, known.job, step);
  return ask(client, known, known.job, step);
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

/** Delivers records, batch by batch, until the budget ends or all are delivered. */
async function deliver<P extends Providers, R>(
  client: ExportClient<P>,
  state: ExportState,
  job: ExportJob,
  { sink, budget, signal, batch: limits, onInvalid }: Step<R>,
): Promise<StepEnd> {
  const download = await untyped(client).download<R>(job, { checkpoint: state.checkpoint, budget, signal });
  const inside = insideOf(client);
  let known = state;
  let overdue: ExportError | undefined;
  try {
    for await (const batch of readAhead(download.batches({ ...limits, onInvalid }))) {
      const { records, checkpoint, last } = batch;
      if (records.length === 0 && !last && placeOf(checkpoint) === placeOf(known.checkpoint)) continue;
      const after: ExportState = deepFreeze({
        ...known,
        phase: last ? "done" : "reading",
        checkpoint,
        records: known.records + records.length,
        wakeAt: 0,
      });
      await sink.write(batch, { before: known, after });
      known = after;
      // What was read ahead during a write that outlasted the budget comes again in the next step.
      if (!last && budget && budget.msLeft(clockOf(client)) <= 0) {
        overdue = inside && budgetSpent(inside.connectionNamed(state.connection), "deadline");
        break;
      }
    }
  } finally {
    await download[Symbol.asyncDispose]();
  }
  return endedEarly(client, known, download.endedBy ?? overdue);
}

/** Reads the next batch while the one before it is written: its place travels with it, so that nothing is lost by that. */
async function* readAhead<T>(batches: AsyncIterable<T>): AsyncGenerator<T> {
  const reader = batches[Symbol.asyncIterator]();
  let next = reader.next();
  for (;;) {
    const { value, done } = await next;
    if (done) return;
    next = reader.next();
    // Whoever awaits it gets the error, and perhaps nobody does.
    next.catch(() => {});
    yield value;
  }
}

/** How many records lie before a place, the broken ones included. */
function placeOf(checkpoint: ExportState["checkpoint"]): unknown {
  return checkpoint?.position.record ?? 0;
}
