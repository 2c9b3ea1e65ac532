import type { ExportJob } from "../model/job.js";
import type { PageCursor } from "../spec/delivery.js";
import type { Connection } from "../transport/connection.js";
import type { FetchedPage } from "./fetch-page.js";
import { isSameCursor, type PageAddress } from "./page-path.js";

// A listing may have empty pages (a filter that is applied after paging); one that has nothing else is no listing.
const MOST_EMPTY_PAGES = 100;

/** What is known of a page when it is checked. */
export interface CheckedPage {
  readonly at: PageAddress;
  readonly page: FetchedPage;
  /** It holds the records of the page before and no others, and the listing did not grow by as many. */
  readonly repeats: boolean;
  /** The totals tell how far the listing grew. */
  readonly refuted: boolean;
  /** It was read again to compare it, and is neither what it was nor the page before it. */
  readonly strange: boolean;
  /** Its records have no identity. */
  readonly unnamed: boolean;
  /** What tells its records, all of them in their order, from those of another page; `undefined` where it has none. */
  readonly print: number | undefined;
  /** None of its records is known, so that all are handed over. */
  readonly unknown: boolean;
  /** How many records were added since the listing held so many, where the totals tell. */
  growthSince(total: number | undefined): number | undefined;
}

/** A page met before. */
export type PageMark = {
  readonly page: number;
  readonly print: number;
  readonly total?: number | undefined;
};

/** Refuses a listing that would never end: a provider that ignores the page asked for, or leads in a circle. */
export class PageGuard {
  readonly #connection: Connection;
  readonly #job: ExportJob;
  #repeats = 0;
  #empties = 0;
  #wasWhole = false;
  /** The last page that was doubted. */
  #doubted = 0;
  /** The first page with records, of an earlier run and of this one. */
  readonly #resumed: PageMark | undefined;
  #first: PageMark | undefined;
  /** A page met before. */
  #marked: PageMark | undefined;
  /** Its cursor, and how many more pages both are compared with: Brent's way to find a circle of any length. */
  #mark: PageCursor | undefined;
  #left = 1;
  #span = 1;

  /** @param resumed - the first page with records, where reading resumes behind it */
  constructor(connection: Connection, job: ExportJob, resumed: PageMark | undefined) {
    this.#connection = connection;
    this.#job = job;
    this.#resumed = resumed;
  }

  /** The first page with records of the whole reading. */
  get first(): PageMark | undefined {
    return this.#resumed ?? this.#first;
  }

  /**
   * Throws `RESPONSE_INVALID` for a page that cannot be right; `"end"` says that the page before it was the last, and
   * `"doubt"` that the page before it has to be read again, and then this one.
   *
   * One page may repeat the one before because as many records were added as a page has; then the next one does not.
   * Where the totals tell that they were not, or the listing would end with it, there are two reasons left. It came in
   * the place of another page, whose records would be missing, or as many records were deleted behind it as were added.
   * The page before tells them apart: it still holds the same records, and then this one is asked for again, or all of
   * it has moved on, and then nothing is missing. Where it holds records of which neither is true, or the page repeats
   * it once more, the listing is refused, and may be read another time.
   */
  check(checked: CheckedPage): "end" | "ok" | "doubt" {
    const { at, page, repeats, refuted, strange, unnamed } = checked;
    const { next } = page;
    if (strange) throw this.#refusal(at, "came twice, and holds other records now", true);
    this.#repeats = repeats ? this.#repeats + 1 : page.items.length > 0 ? 0 : this.#repeats;
    if (this.#repeats > 0 && this.#wasWhole) {
      // Unless as many were added as a page has.
      if (unnamed || at.page === this.#doubted) return "end";
      this.#doubted = at.page;
      this.reset();
      return "doubt";
    }
    const isSuspect = refuted || next === undefined;
    if (this.#repeats === 1 && isSuspect && !unnamed && at.page > this.#doubted) {
      this.#doubted = at.page;
      this.reset();
      return "doubt";
    }
    if (this.#repeats > 1 || (this.#repeats > 0 && (isSuspect || unnamed))) {
      throw this.#refusal(
        at,
        "holds the same records as the page before; it seems to ignore the page asked for",
        at.page === this.#doubted,
      );
    }
    if (page.items.length > 0) this.#wasWhole = page.endsIfRepeated;

    this.#empties = page.items.length > 0 ? 0 : this.#empties + 1;
    if (this.#empties > MOST_EMPTY_PAGES && next !== undefined) {
      throw this.#refusal(
        at,
        `is empty like the ${MOST_EMPTY_PAGES} before it, and names another one all the same`,
      );
    }
    if (next !== undefined && (isSameCursor(next, at.cursor) || isSameCursor(next, this.#mark))) {
      throw this.#refusal(at, "names as the next page one that was read already");
    }
    const here = this.#refuseCircle(checked);
    this.#first ??= here;
    if (--this.#left === 0) {
      this.#mark = next;
      this.#marked = here;
      this.#span *= 2;
      this.#left = this.#span;
    }
    return "ok";
  }

  /**
   * Throws where the records of a page come once more behind others: a circle, also where every cursor in it is a new one.
   * Only records that were added in front of them can move them so far.
   */
  #refuseCircle({ at, page, print, unknown, growthSince }: CheckedPage): PageMark | undefined {
    if (print === undefined) return undefined;
    const isFormer = (one: PageMark | undefined) => one?.print === print && at.page > one.page + 1;
    const own = this.#repeats > 0 ? undefined : [this.#first, this.#marked].find(isFormer);
    const isMoved = own && (growthSince(own.total) ?? (unknown ? 0 : Infinity)) >= page.items.length;
    // Between two runs any number of records may have been added; none of them is handed over again.
    const former = isMoved ? undefined : (own ?? (unknown ? [this.#resumed].find(isFormer) : undefined));
    if (former)
      throw this.#refusal(at, `holds the same records as page ${former.page}, and those between are others`);
    return { page: at.page, print, total: page.total };
  }

  /** Reading returns to a page read before. */
  reset(): void {
    this.#repeats = 0;
    this.#empties = 0;
    this.#first = this.#marked = undefined;
    this.#mark = undefined;
    this.#left = this.#span = 1;
  }

  #refusal({ page }: PageAddress, problem: string, retryable = false): Error {
    return this.#connection.error(
      "RESPONSE_INVALID",
      `page ${page} of the listing ${problem}. The export was stopped instead of going round for ever; ` +
        `ask ${this.#connection.provider.name} about its paging`,
      { operation: "page", job: this.#job, retryable, details: { page } },
    );
  }
}
