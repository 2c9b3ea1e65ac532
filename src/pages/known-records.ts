import { hasAny, type Identity, MetIdentities } from "./identities.js";
import {
  ANCHORS,
  type Anchors,
  lastBefore,
  type Run,
  type SortedPage,
  type TakenPage,
} from "./sorted-page.js";
import { tellApart } from "./tell-apart.js";

const MOST_LANDMARKS = 10_000;

/**
 * The end of what was handed over, in the listing's order and without a gap. A listing keeps its order, so everything
 * before a known record was handed over (or is new, and need not come), and everything behind the last one was not.
 */
export class KnownRecords {
  #runs: readonly Run[];
  #size: number;
  /** Holds all of them, and those of pages under way. */
  readonly #met = new MetIdentities();
  /** How many of them lie before the place that reading has reached; the others are expected to show again. */
  #reached = 0;
  #isAll: boolean;
  #seeking: boolean;
  #last: readonly Identity[] = [];
  #fingerprint: string | undefined;
  readonly #pages: number;
  #largest = 0;
  /** One of every page that is not remembered any more. */
  #landmarks = new Set<string>();
  #hasForgotten = false;

  /**
   * @param place - what `anchorsAfter` gave where reading continues
   * @param pages - of how many pages the records are remembered
   */
  constructor({ known, isAll }: Anchors, pages: number) {
    this.#runs = known.length > 0 ? [{ ids: known, seenOn: Number.POSITIVE_INFINITY }] : [];
    this.#size = known.length;
    this.#met.isApart(known);
    this.#isAll = isAll;
    this.#seeking = known.length > 0;
    this.#pages = pages;
  }

  /** Whether the place to continue is still being looked for. */
  get seeking(): boolean {
    return this.#seeking;
  }

  /** Whether nothing is known by which a place could be found. */
  get isBlind(): boolean {
    return this.#size === 0 && !this.#isAll;
  }

  /** Whether a record was handed over once more that had been forgotten. */
  get hasForgotten(): boolean {
    return this.#hasForgotten;
  }

  /** How many records are remembered. */
  get size(): number {
    return this.#size;
  }

  /** Whether every record that was handed over is known. */
  get isAll(): boolean {
    return this.#isAll;
  }

  /** Reading returns to a page read before: everything is passed over until a known record shows. */
  seekAgain(): void {
    this.#runs = this.#runs.map(({ ids }) => ({ ids, seenOn: Number.POSITIVE_INFINITY }));
    this.#reached = 0;
    this.#seeking = true;
  }

  /** Everything that is unknown was never handed over, wherever it stands. */
  stopSeeking(): void {
    this.#seeking = false;
  }

  /** Whether a page shares no record with these, nor with the others asked about. `false` does not prove that it does. */
  isApart(identities: readonly Identity[]): boolean {
    return this.#met.isApart(identities);
  }

  /** Whether one of these was seen before; with `isSurprise`, one that is not expected on one of the next pages. */
  holds(identities: readonly Identity[], isSurprise: boolean): boolean {
    if (this.#met.isApart(identities)) return false;
    const held = new Set(identities);
    return this.#runs.some(({ ids, seenOn }) => (!isSurprise || seenOn < Infinity) && hasAny(ids, held));
  }

  /** Whether all records of a page are new, and nothing else is expected: nearly every page is such a one. */
  #isNew(identities: readonly Identity[], { named, skip }: TakenPage): identities is readonly string[] {
    const isPlain = !this.#seeking && skip === 0 && this.#reached === this.#size;
    return isPlain && named > 0 && named === identities.length && this.#met.isApart(identities);
  }

  /**
   * Tells the records of the next page apart and remembers the page. On one page the same identity may stand as often as
   * it likes; what comes again is what stood on one of the pages before.
   */
  take(identities: readonly Identity[], at: TakenPage): SortedPage {
    const taken = this.#isNew(identities, at) ? this.#takeNew(identities, at) : this.#takeAny(identities, at);
    // Forgotten are those of pages that were dropped, too.
    if (this.#met.size > 2 * this.#most + this.#size) this.#met.keep(this.#runs.map(({ ids }) => ids));
    return taken;
  }

  get #most(): number {
    return Math.max(1000, this.#pages * this.#largest);
  }

  #takeNew(identities: readonly string[], { page }: TakenPage): SortedPage {
    const [earlier, count, wasAll] = [this.#runs, this.#size, this.#isAll];
    const runs = [...earlier, { ids: identities, seenOn: page }];
    this.#hasForgotten ||= hasAny(identities, this.#landmarks);
    this.#remember(identities, runs, count + identities.length, 0);
    this.#fingerprint = undefined;
    return {
      fresh: undefined,
      again: 0,
      surprises: 0,
      repeats: false,
      passedOver: 0,
      stands: false,
      anchorsAfter: (index) => ({
        known: lastBefore(identities.slice(Math.max(0, index + 1 - ANCHORS), index + 1), earlier),
        isAll: wasAll && count + index + 1 <= ANCHORS,
      }),
    };
  }

  #takeAny(identities: readonly Identity[], at: TakenPage): SortedPage {
    const { sorted, runs, size, ahead, isFound } = tellApart(identities, at, {
      runs: this.#runs,
      reached: this.#reached,
      isAll: this.#isAll,
      seeking: this.#seeking,
      last: this.#last,
      fingerprint: this.#fingerprint,
      isApart: this.#met.isApart(identities),
    });
    if (!isFound) return sorted;
    this.#seeking = false;
    const fresh = sorted.fresh?.map((index) => identities[index]) ?? identities;
    this.#hasForgotten ||= hasAny(fresh, this.#landmarks);
    this.#remember(identities, runs, size, ahead);
    // A record without an identity is handed over and not known.
    this.#isAll &&= at.named === identities.length;
    if (identities.length > 0) this.#fingerprint = at.named === 0 ? at.fingerprint : undefined;
    return sorted;
  }

  /** Remembers a page, and lets the first go that need not be remembered any more. */
  #remember(page: readonly Identity[], runs: readonly Run[], count: number, ahead: number): void {
    if (page.length > 0) this.#last = page;
    this.#largest = Math.max(this.#largest, page.length);
    const most = this.#most + ahead;
    let first = 0;
    let size = count;
    for (let run = runs[0]; run && size - run.ids.length >= most; run = runs[++first]) size -= run.ids.length;
    if (first > 0) this.#forget(runs.slice(0, first));
    this.#runs = first > 0 ? runs.slice(first) : runs;
    this.#size = size;
    this.#reached = size - ahead;
    this.#isAll &&= first === 0;
  }

  /** What is not remembered any more leaves a trace: where it comes again, that can at least be told. */
  #forget(runs: readonly Run[]): void {
    for (const { ids } of runs) for (const id of ids.slice(0, 1)) this.#landmarks.add(id);
    if (this.#landmarks.size > MOST_LANDMARKS)
      this.#landmarks = new Set([...this.#landmarks].filter((_, at) => at % 2 === 0));
  }
}
