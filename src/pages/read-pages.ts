import type { DecoderState, PagedRecords, RecordBatch } from "../contract/records.js";
import type { ExportJob } from "../job.js";
import type { Connection } from "../transport/connection.js";
import { KnownRecords } from "./known-records.js";
import { ListingDrift, type PassedPage } from "./listing-drift.js";
import type { PageAddress } from "./page-address.js";
import { PageBatch } from "./page-batch.js";
import { PageGuard } from "./page-guard.js";
import { readItems } from "./page-items.js";
import { startOfState } from "./page-place.js";
import type { PageQueue } from "./page-queue.js";

/** A listing to read. */
export interface Listing<R> {
  readonly connection: Connection;
  readonly job: ExportJob;
  readonly records: PagedRecords<R>;
  readonly queue: PageQueue;
}

/**
 * Reads a listing that may grow while it is read, from a place on. Every record that was there when the export began
 * comes, and comes once, as long as records are only added (wherever) and keep their order:
 *
 * - Added records move others to later pages, so records come again at the top of the next page: the page before is
 *   remembered, and they are dropped. Read in order, nothing can be missed.
 * - Pages fetched ahead may be read by the provider out of order; then a record can slip through between two of them.
 *   The listing's total gives it away, or, where the provider tells none, records that come again: such pages are asked
 *   again.
 * - A place is found again by the records before it, however far they have moved, and not by counting.
 *
 * Deleted records move others to earlier pages. A shrinking total, and every checkpoint, makes the reading go back by a
 * page to look for them. What shows in no total (as many deleted as added; a provider that tells none), and more than a
 * page's worth at once, can make it miss records. Records added while it reads may come or not.
 */
export async function* readPages<R>(
  { connection, job, records, queue }: Listing<R>,
  from: DecoderState | undefined,
): AsyncGenerator<RecordBatch<R>, void, undefined> {
  const start = startOfState(from);
  const known = new KnownRecords(start.anchors);
  const drift = new ListingDrift();
  const guard = new PageGuard(connection, job);
  let at: PageAddress = start.at;
  let { record, skip } = start;
  let previous: PassedPage | undefined;
  /** The page before `at`; unlike `previous` it stays when reading returns. */
  let before: PageAddress | undefined;
  try {
    for (;;) {
      const page = await queue.take(at.cursor);
      const verdict = drift.judge(previous, page, known.seeking);
      if (verdict !== "follows") {
        // What was fetched behind it is no better.
        queue.discard();
        if (verdict === "stale" || !previous) continue;
        ({ at, before } = drift.returnFrom(previous, page));
        previous = undefined;
        known.seekAgain();
        guard.reset();
        continue;
      }
      const items = readItems(records, page);
      const sorted = known.take(items.identities, items.fingerprint, skip);
      skip = 0;
      // As many records come again as were added before them; what the total leaves unexplained is suspect.
      const growth = drift.growth(previous, page);
      const isExplained = sorted.again <= (growth ?? 0);
      const repeats = sorted.repeats && (items.named === 0 || !isExplained);
      const refuted = growth !== undefined;
      const { strange } = sorted;
      const state = guard.check({ at, page, repeats, refuted, strange, unnamed: items.named === 0 });
      if (state === "end") break;
      if (state === "doubt" && previous) {
        queue.discard();
        ({ at, before } = previous);
        previous = undefined;
        known.compareAgain(at.page === 1);
        continue;
      }
      drift.pass(at.page);
      if (sorted.again > 0 && !isExplained) queue.discard();

      if (sorted.fresh.length > 0) {
        const entries = sorted.fresh.map((index, place) =>
          items.entryAt({ record: record + place + 1, page: at.page, index }),
        );
        const batch = new PageBatch({ entries, at, before, sorted, record });
        yield batch;
        batch.release();
        record += sorted.fresh.length;
      }
      if (page.next === undefined) break;
      const { total, receivedAt } = page;
      // Reading returns to a page whose records are remembered: on an empty one none can be found.
      previous =
        page.items.length === 0 && previous
          ? { ...previous, total, receivedAt }
          : { at, before, total, receivedAt, remembered: items.named };
      before = at;
      at = { page: at.page + 1, cursor: page.next };
    }
    if (known.seeking) throw placeLost(connection, job);
  } finally {
    queue.close();
  }
}

function placeLost(connection: Connection, job: ExportJob): Error {
  return connection.error(
    "ARTIFACT_CHANGED",
    `the listing of job ${job.id} no longer holds any of the last records handed over, so there is no telling where ` +
      "to go on; download the job from its beginning",
    { operation: "page", job },
  );
}
