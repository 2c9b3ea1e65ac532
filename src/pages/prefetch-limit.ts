// So many pages without a refusal, and one more may be on its way at the same time.
const PAGES_PER_STEP = 8;

/** How many pages may be held at once: fewer after every 429, slowly more again while there is none. */
export class PrefetchLimit {
  readonly #most: number;
  #current: number;
  #calm = 0;

  constructor(most: number) {
    this.#most = most;
    this.#current = most;
  }

  get current(): number {
    return this.#current;
  }

  /** The provider refused a request as one too many. */
  halve(): void {
    this.#current = Math.max(1, Math.floor(this.#current / 2));
    this.#calm = 0;
  }

  /** A page came. */
  relax(): void {
    if (this.#current === this.#most || ++this.#calm < PAGES_PER_STEP) return;
    this.#current += 1;
    this.#calm = 0;
  }
}
