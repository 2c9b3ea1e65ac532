import type { PageCursor } from "../spec/delivery.js";

/** Where a page is: its ordinal from 1, and the provider's own cursor (`undefined` for the first page). */
export interface PageAddress {
  readonly page: number;
  readonly cursor: PageCursor | undefined;
}

/** Cursors are plain data that one adapter makes in one way, so their text tells whether they are the same. */
export function isSameCursor(one: PageCursor | undefined, other: PageCursor | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
