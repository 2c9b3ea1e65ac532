import type { Connection } from "../connection.js";
import type { ExportJob } from "../model/job.js";
import type { PageCursor } from "../spec/delivery.js";
import { type CheckedPage, type LastPage, marked, type PageMark } from "./checked-page.js";
import { isSameCursor, type PageAddress } from "./page-path.js";

// A listing may have empty pages (a filter that is applied after paging); one that has nothing else is no listing.
const MOST_EMPTY_PAGES = 100;

// Nothing but known records may come for as long as added ones can move those that are remembered, and so many more.
const MORE_KNOWN = 1000;

/**
 * Refuses a listing that would never end: a provider that ignores the page asked for, or leads in a circle.
 *
 * It cannot tell a circle from a listing that grows where the total grows by a page with every page, and the records have
 * no identity or are more than are remembered: then they are handed over again.
 */
export class PageGuard {
  readonly #connection: Connection;
  readonly #job: ExportJob;
  #repeats = 0;
  #empties = 0;
  /** How many records came since the last one that was handed over. */
  #stale = 0;
  #wasWhole = false;
  /** The last page that was doubted. */
  #doubted = 0;
  /** The first page of which all records were handed over, in an earlier run and in this one. */
  #resumed: PageMark | undefined;
  #handed: PageMark | undefined;
  /** The first page with records, also where they are passed over to find the place again. */
  #first: PageMark | undefined;
  /** The last page with records. */
  #last: LastPage | undefined;
  /** A page met before. */
  #marked: PageMark | undefined;
  /** Its cursor, and how many more pages both are compared with: Brent's way to find a circle of any length. */
  #mark: PageCursor | undefined;
  #left = 1;
  #span = 1;
  /** The next page with records is to be marked. */
  #isDue = false;

  /** @param resumed - the first page that was handed over, where reading resumes behind it */
  constructor(connection: Connection, job: ExportJob, resumed: PageMark | undefined) {
    this.#connection = connection;
    this.#job = job;
    this.#resumed = resumed;
  }

  /** The first page of the whole reading that was handed over. */
  get first(): PageMark | undefined {
    return this.#resumed ?? this.#handed;
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
    const { at, page, repeats, refuted, strange, unnamed, fresh, known } = checked;
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
    if (fresh > 0) this.#stale = 0;
    else if (known !== undefined && next !== undefined && page.items.length > 0) {
      this.#stale += page.items.length;
      // The total is not asked: it may count what was read.
      if (this.#stale > Math.max(known + MORE_KNOWN, MOST_EMPTY_PAGES * page.items.length))
        throw this.#refusal(at, `ends ${this.#stale} records in a row that all came before`);
    }
    if (next !== undefined && (isSameCursor(next, at.cursor) || isSameCursor(next, this.#mark))) {
      throw this.#refusal(at, "names as the next page one that was read already");
    }
    this.#refuseCircle(checked);
    this.#first ??= marked(this.#last);
    if (fresh > 0 && fresh === page.items.length) this.#handed ??= marked(this.#last);
    if (--this.#left === 0) {
      this.#mark = next;
      this.#isDue = true;
      this.#span *= 2;
      this.#left = this.#span;
    }
    const last = this.#isDue ? marked(this.#last) : undefined;
    if (last) {
      this.#marked = last;
      this.#isDue = false;
    }
    return "ok";
  }

  /**
   * Throws where the records of a page come once more behind others: a circle, also where every cursor in it is a new one.
   * Only records that were added in front of them can move them so far. Records without an identity may be others that
   * look the same, so there it takes two pages in a row.
   */
  #refuseCircle(checked: CheckedPage): void {
    const { at, page, head, unnamed, fresh, growthSince } = checked;
    if (page.items.length === 0) return;
    const last = this.#last;
    const print = unnamed ? checked.print() : undefined;
    const isFormer = (one: PageMark | undefined) =>
      one !== undefined &&
      (unnamed
        ? one.after === print && one.print === last?.print && last.page > one.page + 1
        : at.page > one.page + 1 && (one.head ?? head) === head && one.print === checked.print());
    const isUnknown = fresh === page.items.length;
    const own = this.#repeats > 0 ? undefined : [this.#first, this.#marked].find(isFormer);
    const isMoved = own && (growthSince(own.total) ?? (isUnknown ? 0 : Infinity)) >= page.items.length;
    // Between two runs any number of records may have been added; none of them is handed over again.
    const former = isMoved
      ? undefined
      : (own ?? (isUnknown && isFormer(this.#resumed) ? this.#resumed : undefined));
    if (former)
      throw this.#refusal(
        at,
        unnamed
          ? `and the one before hold the same records as page ${former.page} and the one after, and those between are others`
          : `holds the same records as page ${former.page}, and those between are others`,
      );
    const followed = (one: PageMark | undefined) =>
      one && print !== undefined && one.after === undefined && one.page === last?.page
        ? { ...one, after: print }
        : one;
    this.#resumed = followed(this.#resumed);
    this.#handed = followed(this.#handed);
    this.#first = followed(this.#first);
    this.#marked = followed(this.#marked);
    const isKept = unnamed || !this.#first || !this.first || this.#left === 1 || this.#isDue;
    this.#last = {
      page: at.page,
      print: isKept ? checked.print() : undefined,
      ...(head !== undefined && { head }),
      ...(page.total !== undefined && { total: page.total }),
    };
  }

  /** Reading returns to a page read before. */
  reset(): void {
    this.#repeats = 0;
    this.#empties = 0;
    this.#first = this.#marked = this.#last = undefined;
    this.#mark = undefined;
    this.#left = this.#span = 1;
    this.#isDue = false;
  }

  #refusal({ page }: PageAddress, problem: string, retryable = false): Error {
    return this.#connection.error(
      "RESPONSE_INVALID",
      `page ${page} of the listing ${problem}. The export was stopped instead of looping for ever; ` +
        `ask ${this.#connection.provider.name} about its paging`,
      { operation: "page", job: this.#job, retryable, details: { page } },
    );
  }
}
