import type { PageCursor } from "../contract/provider.js";
import type { ExportJob } from "../job.js";
import type { Connection } from "../transport/connection.js";
import type { FetchedPage } from "./fetch-page.js";
import { isSameCursor, type PageAddress } from "./page-address.js";

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
  /** Its records have no identity. */
  readonly unnamed: boolean;
}

/** Refuses a listing that would never end: a provider that ignores the page asked for, or leads in a circle. */
export class PageGuard {
  readonly #connection: Connection;
  readonly #job: ExportJob;
  #repeats = 0;
  #empties = 0;
  #wasWhole = false;
  /** A cursor met before, and how many more pages it is compared with: Brent's way to find a circle of any length. */
  #mark: PageCursor | undefined;
  #left = 1;
  #span = 1;

  constructor(connection: Connection, job: ExportJob) {
    this.#connection = connection;
    this.#job = job;
  }

  /**
   * Throws `RESPONSE_INVALID` for a page that cannot be right; `"end"` says that the page before it was the last.
   *
   * One page may repeat the one before because as many records were added as a page has; then the next one does not.
   * Where the totals tell that they were not, it came in the place of another, whose records would be missing.
   */
  check({ at, page, repeats, refuted, unnamed }: CheckedPage): "end" | "ok" {
    const { next } = page;
    this.#repeats = repeats ? this.#repeats + 1 : page.items.length > 0 ? 0 : this.#repeats;
    if (this.#repeats > 0 && this.#wasWhole) return "end";
    if (this.#repeats > 1 || (this.#repeats > 0 && (refuted || unnamed || next === undefined))) {
      throw this.#refusal(
        at,
        "holds the same records as the page before; it seems to ignore the page asked for",
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
    if (--this.#left === 0) {
      this.#mark = next;
      this.#span *= 2;
      this.#left = this.#span;
    }
    return "ok";
  }

  /** Reading returns to a page read before. */
  reset(): void {
    this.#repeats = 0;
    this.#empties = 0;
    this.#mark = undefined;
    this.#left = this.#span = 1;
  }

  #refusal({ page }: PageAddress, problem: string): Error {
    return this.#connection.error(
      "RESPONSE_INVALID",
      `page ${page} of the listing ${problem}. The export was stopped instead of going round for ever; ` +
        `ask ${this.#connection.provider.name} about its paging`,
      { operation: "page", job: this.#job, details: { page } },
    );
  }
}
