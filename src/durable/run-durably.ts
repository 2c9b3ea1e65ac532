import type { Providers } from "../connection-types.js";
import type { ExportClient } from "../export-client.js";
import { createBudget } from "../model/budget.js";
import { documentedError } from "../model/documented-error.js";
import { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { isObject } from "../model/json.js";
import { ownProperties } from "../model/own-properties.js";
import { checkFunctions, wrongOption } from "../model/wrong-option.js";
import { takeStep } from "./advance-export.js";
import type { AdvanceOptions } from "./advance-options.js";
import { clockOf, dueAt } from "./ended-early.js";
import { type ExportState, parseState } from "./export-state.js";
import { checkStepClient } from "./untyped-client.js";
import { unstoredStart, verdictOf } from "./verdict.js";

/** What a durable engine does for an export: two of its own operations, under the names that make a replay find them. */
export interface Engine {
  /** Runs once and keeps the result, as JSON, so that a replay gets it without running again. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Sleeps until a moment, in ms since the epoch, across restarts. */
  sleepUntil(name: string, at: number): Promise<void>;
}

/** Options of {@link runDurably}: those of `advanceExport`, but for the budget. */
export interface RunDurablyOptions<R> extends Omit<AdvanceOptions<R>, "budget"> {
  /** How long a step may deliver records, in ms. What a step has delivered is not delivered again after a kill. */
  readonly sliceMs: number;
}

/** A step's failure on its way through the engine's store. */
interface Failed {
  readonly failure: { readonly [key: string]: unknown };
  /** When to try again, in ms since the epoch; absent where that is of no use. */
  readonly retryAt?: number;
  /** The job that the step has started and that the sink did not store. */
  readonly started?: ExportJob;
}

// With the waits below: an outage of an hour and a half, behind the patience that a step has itself.
const MOST_FAILURES = 20;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

/** What is used of an engine. */
const OPERATIONS = ["step", "sleepUntil"];

/**
 * Takes an export from its state to its end as a workflow: steps and durable sleeps, no more. Whatever the engine does,
 * replaying included, the same names come in the same order.
 *
 * A transient failure is waited out by sleeps of the engine, up to 20 in a row; one that cannot be repeated is thrown. A step
 * that ends with its slice and got nowhere counts as one. What is not of exportkit, such as the sink's errors, is left to the
 * engine's own policy for steps.
 *
 * @example
 * ```ts
 * const engine: Engine = {
 *   step: (name, run) => DBOS.runStep(run, { name, retriesAllowed: true, maxAttempts: 10 }),
 *   sleepUntil: (_, at) => DBOS.sleep(Math.max(0, at - Date.now())),
 * };
 * await runDurably(engine, client, beginExport("users", { format: "ndjson" }), { sink, claimStart, sliceMs: 20_000 });
 * ```
 *
 * @throws what `advanceExport` throws and is not worth repeating
 */
export async function runDurably<P extends Providers, R>(
  engine: Engine,
  client: ExportClient<P>,
  state: ExportState,
  options: RunDurablyOptions<R>,
): Promise<ExportState> {
  checkFunctions("runDurably", "engine", engine, OPERATIONS, "an engine, with step and sleepUntil");
  checkStepClient("runDurably", client);
  const { sliceMs, ...others } = ownProperties(options ?? {});
  if (!(typeof sliceMs === "number" && sliceMs > 0))
    throw wrongOption("runDurably", "sliceMs", "must be a number of ms above 0");
  const clock = clockOf(client);
  let known = parseState(state);
  let failures = 0;
  for (let count = 1; known.phase !== "done"; count++) {
    // An engine that repeats the step in this process goes by the job that its sink did not store.
    let before = known;
    const outcome = await engine.step(`export ${count}`, async (): Promise<ExportState | Failed> => {
      const budget = createBudget({ deadline: clock.now() + sliceMs });
      const laterMs = clock.now() + waitMs(failures);
      try {
        const { state: after, endedBy } = await takeStep(client, before, { ...others, budget });
        if (!endedBy || !isSame(before, after)) return after;
        // It got nowhere, and would not end: no step of its own sees how long that has been so.
        const failure = asFailure(endedBy, sliceMs).toJSON();
        return { failure, retryAt: Math.max(after.wakeAt, laterMs) };
      } catch (error) {
        before = unstoredStart(error) ?? before;
        if (!ExportError.isInstance(error)) throw error;
        const verdict = verdictOf(error);
        const failure = error.toJSON();
        if (!verdict.retry) return { failure };
        const retryAt = dueAt(client, before.connection, verdict.at) ?? laterMs;
        // The job alone: where the caller's request holds a credential, the engine's store is no place for it.
        return { failure, retryAt, ...(before !== known && { started: before.job }) };
      }
    });
    if (!isObject(outcome as unknown))
      throw wrongOption("runDurably", "engine", "its step must resolve with the result of what it runs");
    if ("failure" in outcome) {
      failures += 1;
      if (outcome.retryAt === undefined || failures > MOST_FAILURES)
        throw ExportError.fromJSON(outcome.failure);
      if (outcome.started) known = parseState({ ...known, job: outcome.started });
      await engine.sleepUntil(`retry ${count}`, outcome.retryAt);
      continue;
    }
    failures = 0;
    known = parseState(outcome);
    if (known.wakeAt > 0) await engine.sleepUntil(`wait ${count}`, known.wakeAt);
  }
  return known;
}

function isSame(before: ExportState, after: ExportState): boolean {
  return JSON.stringify({ ...before, wakeAt: 0 }) === JSON.stringify({ ...after, wakeAt: 0 });
}

/** What kept a step from getting anywhere: the failure that it would have retried, or that it had too little time. */
function asFailure({ cause, connection, operation }: ExportError, sliceMs: number): ExportError {
  if (ExportError.isInstance(cause)) return cause;
  return documentedError(
    "TIMEOUT",
    `step after step of ${sliceMs} ms ended before it got anywhere: raise sliceMs`,
    { retryable: true, connection, operation, details: { field: "sliceMs" } },
  );
}

function waitMs(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
}
