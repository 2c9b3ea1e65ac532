import type { PageCursor } from "../spec/delivery.js";
import type { FetchedPage } from "./fetch-page.js";
import type { PageRequest } from "./stray-pages.js";

/** A page under way, or waiting for its turn. */
export interface Slot extends PageRequest {
  readonly cursor: PageCursor | undefined;
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
