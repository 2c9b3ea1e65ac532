// So many pages without a refusal, and one more may be on its way at the same time.
const PAGES_PER_STEP = 8;

// A total is relied upon when so many pages were taken: a listing that is shorter, or goes in a circle, has shown it.
const PAGES_BEFORE_WAITING = 4;

// A place that is looked for is on the first page or the second; the next one is new.
const PAGES_ALONE = 2;

/**
 * How many pages may be asked for ahead: fewer after every 429, slowly more again while there is none.
 *
 * A page that came waits for those that were under way with it. Where such pages are not counted as if they were still
 * under way, the next ones are asked for meanwhile. That is done only where it hardly costs a request: totals tell where
 * the listing ends, nothing has slowed it down, and no budget is spent on pages that are dropped.
 */
export class PrefetchLimit {
  readonly #most: number;
  #current: number;
  #calm = 0;
  #perStep = 1;
  #taken = 0;
  /** Whether pages may wait beside those under way. */
  #mayWait: boolean;

  constructor(most: number, isBudgeted: boolean) {
    this.#most = most;
    this.#current = most;
    this.#mayWait = most > 1 && !isBudgeted;
  }

  /** How many pages are held at most, whatever comes: under way, waiting, and in the consumer's hands. */
  get mostHeld(): number {
    return this.#mayWait ? 2 * this.#most : this.#most;
  }

  /**
   * Whether one more page may be asked for.
   *
   * @param held - those under way among them
   */
  allows(underWay: number, held: number): boolean {
    const mayWait = this.#mayWait && this.#current === this.#most && this.#taken > PAGES_BEFORE_WAITING;
    if (mayWait) return underWay < this.#most && held < this.mostHeld;
    return this.#taken > 0 && held < this.#current;
  }

  get current(): number {
    return this.#current;
  }

  /** The consumer asks for a page. */
  take(): void {
    this.#taken += 1;
  }

  /** Begins with one page at a time, and after a few with one more for every page that comes. */
  begin(): void {
    this.#current = 1;
    this.#calm = -PAGES_ALONE;
  }

  /** The provider refused a request as one too many. */
  halve(): void {
    this.#fall(Math.max(1, Math.floor(this.#current / 2)));
  }

  /** The listing changed while pages were fetched at the same time. */
  collapse(): void {
    this.#fall(1);
  }

  /**
   * A page came. Where the listing changes from one page to the next, those read together would not agree, and what they
   * cost might be all of a budget.
   *
   * @param isSame - whether it tells the same total as those before; `undefined` where it tells none
   */
  relax(isSame: boolean | undefined): void {
    if (isSame === undefined) this.#mayWait = false;
    if (isSame === false && this.#current === 1) this.#fall(1);
    else if (this.#current < this.#most && ++this.#calm >= this.#perStep) {
      this.#current += 1;
      this.#calm = 0;
    }
  }

  #fall(to: number): void {
    this.#current = to;
    this.#calm = 0;
    this.#perStep = PAGES_PER_STEP;
  }
}
