import type { RecordBatch, ResumeState } from "../spec/records.js";
import { atPage, type FetchedPage } from "./fetch-page.js";
import { KnownRecords } from "./known-records.js";
import { type Listing, listingChanged, tellOfFewer, tellOfRepeats } from "./listing.js";
import { AGREED, judgeTogether, ListingDrift, type PassedPage } from "./listing-drift.js";
import { readListingState } from "./listing-state.js";
import { PageGuard } from "./page-guard.js";
import { isSameOrder, PageBatch, type PageItems, readItems } from "./page-items.js";
import { isSameCursor, type PageAddress, PagePath } from "./page-path.js";

/**
 * Reads a listing that changes while it is read, from a place on. It takes for granted that records keep their order, and
 * that none are added between two answers between which others are deleted in front of the place. Every record that is
 * there from the beginning to the end comes then, and comes once, where the provider tells totals; where it tells none, as
 * long as nothing is deleted.
 *
 * - Added records move others to later pages, so records come again: the last pages are remembered, and they are
 *   dropped, whatever the totals tell. Read one after the other, nothing can be missed.
 * - Deleted records move others to pages that were read already. A shrinking total makes the reading return, and look
 *   for the last record handed over.
 * - Pages under way at the same time may be read by the provider in any order, and the listing may change in between. So
 *   none of them is handed over before all are here and agree: the same total, no record on two pages. Without totals,
 *   the end among them is asked for once more. Where they do not agree, they are asked for again one by one.
 * - A checkpoint's place is found again by the records before it, however far they have moved, and not by counting.
 *
 * Where the place cannot be found, somebody may be missing, and that is `ARTIFACT_CHANGED`.
 */
export async function* readPages<R>(
  listing: Listing<R>,
  from: ResumeState | undefined,
): AsyncGenerator<RecordBatch<R>, void, undefined> {
  const { connection, job, records, queue } = listing;
  const start = readListingState(from);
  // Pages under way together may have moved by as many pages.
  const known = new KnownRecords(start.before, queue.most + 2);
  const drift = new ListingDrift();
  const guard = new PageGuard(connection, job, start.first);
  const path = new PagePath();
  const readings = new WeakMap<FetchedPage, PageItems<R>>();
  const read = (page: FetchedPage): PageItems<R> => {
    const items = readings.get(page) ?? readItems(records, page);
    readings.set(page, items);
    return items;
  };
  let at: PageAddress = start.at;
  let { record, skip, total } = start;
  /** The page before, unless reading returned. */
  let previous: PassedPage | undefined;
  /** The last total that was told at all: the page behind the last one may tell none. */
  let told: number | undefined;
  /** The total that the last answer told up to there. */
  let lastTotal: number | undefined;
  /** How many records were added by then, since the page before was read, or since the last one with records. */
  let carried = 0;
  /** A page of a listing that had changed. It counts if what stands before it turns out to have stayed where it was. */
  let witness: { readonly page: FetchedPage; readonly growth: number } | undefined;
  /** Such a page, once that is known, and by how much the listing has grown since. */
  let proven: { readonly page: FetchedPage; readonly since: number } | undefined;
  /** Whether the place is looked for in the whole listing. */
  let isThorough = start.at.page === 1;
  let isComparing = false;
  /** The last page that held records. */
  let filled = 0;
  /** When the end was asked for that was asked for again, and stood. */
  let confirmed: number | undefined;
  const goBack = (address: PageAddress): void => {
    at = address;
    previous = undefined;
    carried = 0;
    witness = undefined;
    isThorough = address.page === 1;
    known.seekAgain();
    guard.reset();
  };
  try {
    for (;;) {
      const since = proven?.since;
      const isProven = since !== undefined;
      let page: FetchedPage = proven?.page ?? (await queue.take(at.cursor));
      proven = undefined;
      const { doubt, least, ...verdict } = isProven
        ? AGREED
        : judgeTogether(
            { together: queue.together, unwanted: queue.unwanted, previous, page, known, drift, read },
            confirmed,
          );
      let { agrees } = verdict;
      if (doubt) {
        const isOwn = isSameCursor(doubt.cursor, page.cursor);
        // It comes again, and is not held twice meanwhile.
        if (isOwn) page = { ...page, items: [] };
        const again = await queue.again(doubt.cursor);
        agrees = again !== undefined && isSameOrder(doubt.identities, read(again).identities);
        confirmed = doubt.isEnd ? again?.sentAt : doubt.endSentAt;
        if (again && isOwn) page = again;
      }
      if (!agrees) {
        queue.slowDown();
        if (previous && !known.isBlind) goBack(path.back(Math.max(0, (lastTotal ?? 0) - least)));
        continue;
      }
      const change = (isProven || !previous ? undefined : drift.growth(lastTotal, page)) ?? 0;
      const growth = change < 0 ? change : change + carried;
      let items = read(page);
      const { length } = page.items;
      // By so many that the last record handed over, if it moved, moved past the whole page.
      const isPassed =
        growth > length && length > 0 && page.next !== undefined && !known.holds(items.identities, false);
      if (growth < 0 || (isPassed && !known.isBlind && !known.seeking)) {
        if (known.isBlind) throw listingChanged(listing, "It shrank, and its records have no identity");
        queue.slowDown();
        if (drift.returns()) {
          goBack(path.back(Math.max(0, -growth)));
          witness = { page, growth };
          continue;
        }
        const again = await queue.take(at.cursor);
        // It is the total that goes up and down where the same records come with another one.
        if (
          !drift.stands ||
          again.total === page.total ||
          !isSameOrder(items.identities, read(again).identities)
        ) {
          throw listingChanged(listing, "It changes faster than it can be read");
        }
        page = again;
        items = read(page);
        drift.disbelieve();
      }
      const sorted = known.take(items.identities, {
        page: at.page,
        back: growth > 0 || (records.unique ?? page.total !== undefined) ? Infinity : at.page - filled,
        fingerprint: items.fingerprint(),
        skip,
        named: items.named,
      });
      skip = 0;
      const fresh = sorted.fresh?.length ?? items.identities.length;
      // As many records come again as were added before them; what the total leaves unexplained is suspect.
      const isExplained = sorted.again <= growth;
      const state = guard.check({
        at,
        page,
        repeats: previous !== undefined && sorted.repeats && (items.named === 0 || !isExplained),
        refuted: drift.growth(previous?.total, page) !== undefined,
        strange: isComparing && at.page > 1 && sorted.passedOver > 0,
        unnamed: items.named === 0,
        head: items.identities[0],
        // In a function, so that the variable does not outlive the page while the next one is waited for.
        print: () => items.print(),
        fresh,
        known: known.seeking ? undefined : known.size,
        growthSince: (before) => drift.growth(before, page),
      });
      isComparing = false;
      if (state === "end") break;
      if (state === "doubt" && previous) {
        queue.discard();
        goBack(path.back(0));
        if (at.page === 1) known.stopSeeking();
        isComparing = true;
        continue;
      }
      drift.pass(at.page, fresh, page.total === undefined ? 0 : sorted.surprises - growth);
      if (page.columns) listing.onColumns?.(page.columns);

      if (fresh > 0) {
        const batch = new PageBatch({
          entries: items.entries(sorted.fresh, { record, page: at.page }),
          exact: items.exact,
          at,
          previous: path.last,
          total: isProven ? lastTotal : page.total,
          sorted,
          record,
          first: guard.first,
        });
        yield batch;
        batch.release();
        record += fresh;
      }
      if (witness && sorted.stands && isSameCursor(page.next, witness.page.cursor)) {
        drift.stood();
        // What was added since, the next total still tells; what was deleted, one that has risen again would hide.
        const grown = drift.steadyGrowth(witness.page, page, queue.unwanted);
        if (grown === 0 || (grown > 0 && witness.growth > 0)) proven = { page: witness.page, since: grown };
      }
      witness = undefined;
      if (known.seeking) {
        // Behind the first page looked at, unless more was deleted than a page holds.
        const isBefore = (drift.growth(total, page) ?? 0) < 0;
        if (!isThorough && (isBefore || page.next === undefined)) {
          goBack(path.back(Infinity));
          continue;
        }
        if (page.next === undefined)
          throw listingChanged(listing, "It no longer holds any of the last records handed over");
      } else total = isProven ? lastTotal : page.total;
      told = total ?? told;
      if (page.next === undefined) break;
      path.pass(at, page.items.length);
      if (page.items.length > 0) filled = at.page;
      const { receivedAt, endsIfRepeated } = page;
      previous = { receivedAt, endsIfRepeated, total: page.total, identities: items.identities };
      if (!isProven) lastTotal = page.total;
      // A page without records does not show where the last record is: what was added before it stays to be explained.
      carried = since ?? (page.items.length > 0 ? 0 : Math.max(0, growth));
      at = { page: at.page + 1, cursor: page.next };
    }
    tellOfFewer(listing, record, drift.total({ total: told }), guard.first?.total);
    // That a row is like one of long ago proves nothing where rows may be alike.
    if (drift.unexplained > 0 || (known.hasForgotten && records.unique !== false)) tellOfRepeats(listing);
  } catch (error) {
    throw atPage(error, at.page, listing.signal);
  } finally {
    queue.close();
  }
}
