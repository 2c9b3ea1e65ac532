import { insideOf } from "../client.js";
import type { Providers } from "../connection-types.js";
import type { ExportClient } from "../export-client.js";
import { deepFreeze } from "../model/deep-freeze.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { budgetSpent } from "../transport/budget-check.js";
import type { Step } from "./advance-options.js";
import { clockOf, endedEarly, type StepEnd } from "./ended-early.js";
import type { ExportState } from "./export-state.js";
import { untyped } from "./untyped-client.js";

/** Delivers records, batch by batch, until the budget ends or all are delivered. */
export async function deliver<P extends Providers, R>(
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
