import type { FetchedPage } from "./fetch-page.js";

// A provider whose total goes up and down by itself must not keep the export from getting on.
const MOST_RETURNS = 3;

/** Judges pages by the listing's total. */
export class ListingDrift {
  #returns = 0;
  #stood = 0;
  #furthest = 0;
  #isUnreliable = false;

  /** How many records the listing holds, as a page tells; `undefined` where it tells none, or none to believe. */
  total(page: FetchedPage | undefined): number | undefined {
    return this.#isUnreliable ? undefined : page?.total;
  }

  /** By how many records the listing grew since it held `before`; below 0 where it shrank. */
  growth(before: number | undefined, page: FetchedPage): number | undefined {
    const now = this.total(page);
    return before === undefined || now === undefined ? undefined : now - before;
  }

  /** Reading returns; `false` where it did so often already and nothing came of it. */
  returns(): boolean {
    this.#returns += 1;
    return this.#returns <= MOST_RETURNS;
  }

  /** Reading returned, and what stands there had not moved. */
  stood(): void {
    this.#stood += 1;
  }

  /** Whether nothing had moved as often as reading returned. */
  get stands(): boolean {
    return this.#stood >= MOST_RETURNS;
  }

  /** The total goes up and down while the records stand still. */
  disbelieve(): void {
    this.#isUnreliable = true;
  }

  /** A page was read, with so many new records. */
  pass(page: number, fresh: number): void {
    if (page > this.#furthest || fresh > 0) this.#returns = this.#stood = 0;
    this.#furthest = Math.max(this.#furthest, page);
  }
}
