import { linkAbort } from "../model/abort.js";
import type { PageCursor } from "../spec/delivery.js";
import type { FetchedPage, FetchPage } from "./fetch-page.js";
import { isSameCursor } from "./page-path.js";
import { arrivedTogether, bytesOf, type Slot, StrayPages, type Unwanted, underWay } from "./page-requests.js";
import { PrefetchLimit } from "./prefetch-limit.js";

export interface PageQueueOptions {
  readonly fetch: FetchPage;
  /** The cursor that probably follows another one. */
  readonly predict: (cursor: PageCursor | undefined, total: number | undefined) => PageCursor | undefined;
  /** How many pages may be under way at once; see {@link PrefetchLimit}. */
  readonly most: number;
  /** Whether requests are spent from a budget. */
  readonly isBudgeted?: boolean;
  /** How many bytes the pages may have together: under way, waiting, and in the consumer's hands. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Fetches pages ahead and hands them out one by one, in order. The invariant: the slots are the pages that follow the
 * one handed out last, without a gap, as far as the cursors could be told or guessed.
 *
 * Nothing is fetched but when a page is taken or arrives, so a consumer that stops taking stops the fetching. A page's
 * failure shows when its turn comes, and a page that is never taken takes its failure with it.
 */
export class PageQueue {
  readonly #options: PageQueueOptions;
  readonly #limit: PrefetchLimit;
  readonly #slots: Slot[] = [];
  /** The page in the consumer's hands. */
  #held: FetchedPage | undefined;
  #together: readonly FetchedPage[] = [];
  readonly #strays = new StrayPages();
  #largest = 0;
  #total: number | undefined;
  #closed = false;

  constructor(options: PageQueueOptions) {
    this.#options = options;
    this.#limit = new PrefetchLimit(options.most, options.isBudgeted === true);
  }

  /** How many pages may be read together. */
  get most(): number {
    return this.#limit.mostHeld;
  }

  /** How many records there are, as the page that came last told. */
  get total(): number | undefined {
    return this.#total;
  }

  /**
   * Fetches the first page without taking it; throws what it fails with. It goes alone: it tells how many there are, and
   * everything read after it is known to be read later.
   */
  async open(cursor: PageCursor | undefined, resumes = false): Promise<void> {
    // What is fetched ahead of a place that is looked for may be for nothing, and a budget may be small.
    if (resumes) this.#limit.begin();
    const slot = this.#start(cursor);
    await slot.arrival;
    if (slot.failure) throw slot.failure.error;
  }

  /** The pages ahead that were under way together with the one taken last: the listing may have changed among them. */
  get together(): readonly FetchedPage[] {
    return this.#together;
  }

  /** What else came since the page was asked for that was taken before the last one. */
  get unwanted(): readonly Unwanted[] {
    return this.#strays.answers;
  }

  /** From now on one page at a time, and slowly more again. What was fetched ahead is dropped. */
  slowDown(): void {
    this.discard();
    this.#limit.collapse();
  }

  /**
   * The page at `cursor`, when those have arrived, too, that were under way together with it. The page taken before
   * counts as let go.
   */
  async take(cursor: PageCursor | undefined): Promise<FetchedPage> {
    this.#options.signal.throwIfAborted();
    this.#limit.take();
    if (this.#held) this.#strays.forgetBefore(this.#held);
    this.#held = undefined;
    if (this.#slots[0] && !isSameCursor(this.#slots[0].cursor, cursor)) this.discard();
    if (!this.#slots[0]) await this.#strays.settled();
    const slot = this.#slots[0] ?? this.#start(cursor);
    this.#fill();
    await slot.arrival;
    // The caller's reason, and not that of the page that was dropped with the rest.
    this.#options.signal.throwIfAborted();
    if (slot.failure) throw slot.failure.error;
    const page = slot.page as FetchedPage;
    const together = await arrivedTogether(this.#slots);
    if (page.total !== undefined) await this.#strays.settled();
    this.#options.signal.throwIfAborted();
    this.#together = together;
    this.#slots.shift();
    this.#held = page;
    return page;
  }

  /** Asks once more for a page that is here, and takes the new one in its place; `undefined` where that fails. */
  async again(cursor: PageCursor | undefined): Promise<FetchedPage | undefined> {
    const { fetch, signal } = this.#options;
    const slot = this.#slots.find((each) => isSameCursor(each.cursor, cursor));
    // No more pages are held than otherwise.
    this.#together = [];
    if (slot) delete slot.page;
    else this.#held = undefined;
    try {
      const onFailed = (isRateLimited: boolean) => {
        if (isRateLimited) this.#limit.halve();
      };
      const again = await fetch(cursor, onFailed, signal);
      if (slot) slot.page = again;
      else this.#held = again;
      return again;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  /** Drops every page that was fetched ahead. */
  discard(): void {
    while (this.#slots.length > 0) this.#drop();
  }

  close(): void {
    this.#closed = true;
    this.#held = undefined;
    this.discard();
    this.#strays.close();
  }

  #start(cursor: PageCursor | undefined): Slot {
    const slot: Slot = { cursor, link: linkAbort(this.#options.signal), arrival: Promise.resolve() };
    this.#slots.push(slot);
    slot.arrival = this.#load(slot);
    return slot;
  }

  async #load(slot: Slot): Promise<void> {
    try {
      const onFailed = (isRateLimited: boolean) => this.#onFailed(slot, isRateLimited);
      const page = await this.#options.fetch(slot.cursor, onFailed, slot.link.signal);
      const place = this.#slots.indexOf(slot);
      if (place < 0) {
        this.#strays.onAnswer(page);
        return;
      }
      slot.page = page;
      // What was guessed wrong is not waited for.
      const guessed = this.#slots[place + 1];
      if (guessed && !isSameCursor(guessed.cursor, page.next))
        while (this.#slots.length > place + 1) this.#drop(page.total !== undefined);
      slot.until = this.#slots.at(-1);
      this.#limit.relax(page.total === undefined ? undefined : page.total === (this.#total ?? page.total));
      this.#largest = Math.max(this.#largest, page.bytes);
      this.#total = page.total ?? this.#total;
      this.#shrink();
      this.#fill();
    } catch (error) {
      slot.failure = { error };
    } finally {
      slot.link.release();
    }
  }

  /** Starts what may be fetched ahead. */
  #fill(): void {
    for (;;) {
      const held = this.#slots.length + (this.#held ? 1 : 0);
      if (this.#closed || held === 0 || !this.#limit.allows(underWay(this.#slots), held)) return;
      if (bytesOf(this.#slots, this.#held, this.#largest) + this.#largest > this.#options.maxBytes) return;
      const next = this.#following();
      if (next === undefined) return;
      this.#start(next);
    }
  }

  /** The cursor after the last page fetched or being fetched, where there is one. */
  #following(): PageCursor | undefined {
    const last = this.#slots.at(-1);
    if (!last) return this.#held?.next;
    if (last.page) return last.page.next;
    return last.failure ? undefined : this.#options.predict(last.cursor, this.#total);
  }

  /** Pages may turn out larger than those before: lets go of the last until the rest is within bounds. */
  #shrink(): void {
    const least = this.#held ? 0 : 1;
    while (this.#slots.length > least && bytesOf(this.#slots, this.#held, 0) > this.#options.maxBytes)
      this.#drop();
  }

  #onFailed(slot: Slot, isRateLimited: boolean): void {
    this.#strays.onFailed(slot);
    if (!isRateLimited || !this.#slots.includes(slot)) return;
    this.#limit.halve();
    while (underWay(this.#slots) > this.#limit.current && !this.#slots.at(-1)?.page) this.#drop(false);
  }

  /** Drops the last page; with `isHeeded`, not what its answer tells of the listing. */
  #drop(isHeeded = true): void {
    const slot = this.#slots.pop();
    if (slot) this.#strays.add(slot, isHeeded);
  }
}
