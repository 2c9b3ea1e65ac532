import type { FetchedPage } from "./fetch-page.js";
import type { PageAddress } from "./page-address.js";

/** The page read last, as far as the next one is judged by it. */
export interface PassedPage {
  readonly at: PageAddress;
  /** The page before it. */
  readonly before: PageAddress | undefined;
  readonly total: number | undefined;
  readonly receivedAt: number;
  /** How many records of it are remembered. */
  readonly remembered: number;
}

/**
 * What a page's total says about its place behind the page before:
 * - `follows`: as far as can be told, nothing lies between them but what is remembered
 * - `stale`: it was read earlier than the page before, from a shorter listing: a record may lie between them. Ask again
 * - `lost`: the listing shrank, so that records may have moved to pages that were read already, or it grew by more
 *   than is remembered. Go back and look for the last known record
 */
export type Verdict = "follows" | "stale" | "lost";

// A provider whose total goes up and down by itself must not keep the export from getting on.
const MOST_RETURNS = 3;

/** Judges pages by the listing's total. */
export class ListingDrift {
  #returns = 0;
  #furthest = 0;

  /** @param seeking - nothing was handed over since reading returned, so growth brings nothing twice */
  judge(previous: PassedPage | undefined, page: FetchedPage, seeking: boolean): Verdict {
    if (previous?.total === undefined || page.total === undefined || this.#isUnreliable) return "follows";
    const grown = page.total - previous.total;
    if (grown < 0 && page.sentAt < previous.receivedAt) return "stale";
    if (previous.remembered === 0) return "follows";
    return grown < 0 || (grown > previous.remembered && !seeking) ? "lost" : "follows";
  }

  /** By how many records the listing grew between the two pages; `undefined` where no totals tell, or none to believe. */
  growth(previous: PassedPage | undefined, page: FetchedPage): number | undefined {
    if (previous?.total === undefined || page.total === undefined || this.#isUnreliable) return undefined;
    return Math.max(0, page.total - previous.total);
  }

  /** Where to look for the last known record again: the page before, or one more where more than a page is missing. */
  returnFrom(
    { at, before, total = 0, remembered }: PassedPage,
    page: FetchedPage,
  ): { readonly at: PageAddress; readonly before: PageAddress | undefined } {
    this.#returns += 1;
    const missing = total - (page.total ?? 0);
    return missing > remembered && before ? { at: before, before: undefined } : { at, before };
  }

  /** A page was read. */
  pass(page: number): void {
    if (page <= this.#furthest) return;
    this.#furthest = page;
    this.#returns = 0;
  }

  get #isUnreliable(): boolean {
    return this.#returns > MOST_RETURNS;
  }
}
