// So many pages without a refusal, and one more may be on its way at the same time.
const PAGES_PER_STEP = 8;

// A place that is looked for is on the first page or the second; the next one is new.
const PAGES_ALONE = 2;

/** How many pages may be held at once: fewer after every 429, slowly more again while there is none. */
export class PrefetchLimit {
  readonly #most: number;
  #current: number;
  #calm = 0;
  #perStep = 1;

  constructor(most: number) {
    this.#most = most;
    this.#current = most;
  }

  get current(): number {
    return this.#current;
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
   */
  relax(isCalm: boolean): void {
    if (!isCalm && this.#current === 1) this.#fall(1);
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
