import type { LinkedAbort } from "../model/abort.js";
import type { PageCursor } from "../spec/delivery.js";
import type { FetchedPage } from "./fetch-page.js";

/** A page under way, or waiting for its turn. */
export interface Slot {
  readonly cursor: PageCursor | undefined;
  readonly link: LinkedAbort;
  /** Settles when the page or its failure is here; never rejects. */
  arrival: Promise<void>;
  /** Whether an attempt has failed, and another one may follow. */
  hasFailed?: boolean;
  /** The last one that was on its way when this one arrived. */
  until?: Slot | undefined;
  page?: FetchedPage;
  failure?: { readonly error: unknown };
}

/**
 * The pages that were under way when the first of these arrived, once they have arrived themselves.
 *
 * @param slots - the queue, which may change meanwhile
 */
export async function arrivedTogether(slots: readonly Slot[]): Promise<readonly FetchedPage[]> {
  const [first] = slots;
  const together: FetchedPage[] = [];
  for (let place = 1; first?.until && first.until !== first; place++) {
    const other = slots[place];
    if (!other) break;
    await other.arrival;
    if (other.page) together.push(other.page);
    if (other === first.until) break;
  }
  return together;
}

/** How many pages have not come yet. One that failed keeps its place: what stands behind it will hardly be wanted. */
export function underWay(slots: readonly Slot[]): number {
  return slots.reduce((count, { page }) => (page ? count : count + 1), 0);
}

/**
 * How many bytes pages have together.
 *
 * @param held - the page in the consumer's hands
 * @param unknown - what a page counts that has not arrived
 */
export function bytesOf(slots: readonly Slot[], held: FetchedPage | undefined, unknown: number): number {
  return slots.reduce((sum, { page }) => sum + (page?.bytes ?? unknown), held?.bytes ?? 0);
}

/** What is left of a page that came and was not wanted any more. */
export type Unwanted = Pick<FetchedPage, "sentAt" | "receivedAt" | "total">;

/**
 * Pages that nobody wants any more. A listing that changes may have changed between their answers and the others', there
 * and back: so those under way are waited for before another page is believed, though not the retries of one that failed.
 */
export class StrayPages {
  readonly #slots = new Set<Slot>();
  #answers: readonly Unwanted[] = [];

  /** What came, as far back as it matters. */
  get answers(): readonly Unwanted[] {
    return this.#answers;
  }

  /** @param isHeeded - whether what its answer will tell of the listing matters */
  add(slot: Slot, isHeeded = true): void {
    if (slot.page) this.onAnswer(slot.page);
    else if (isHeeded && !slot.hasFailed) this.#slots.add(slot);
    else abandon(slot);
  }

  onFailed(slot: Slot): void {
    slot.hasFailed = true;
    if (this.#slots.has(slot)) abandon(slot);
  }

  onAnswer({ sentAt, receivedAt, total }: FetchedPage): void {
    this.#answers = [...this.#answers, { sentAt, receivedAt, total }];
  }

  /** What came before this page was asked for does not matter any more. */
  forgetBefore({ sentAt }: FetchedPage): void {
    this.#answers = this.#answers.filter(({ receivedAt }) => receivedAt > sentAt);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    for (const slot of this.#slots) {
      await slot.arrival;
      this.#slots.delete(slot);
    }
  }

  close(): void {
    for (const slot of this.#slots) abandon(slot);
    this.#slots.clear();
  }
}

function abandon({ link }: Slot): void {
  link.abort(new DOMException("the page is not needed any more", "AbortError"));
}
