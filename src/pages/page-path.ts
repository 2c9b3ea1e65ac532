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

export const FIRST_PAGE: PageAddress = { page: 1, cursor: undefined };

// Whoever has to return further begins at the first page.
const MOST_REMEMBERED = 32;

/** The pages read last, so that reading can return to one of them. */
export class PagePath {
  #pages: readonly { readonly at: PageAddress; readonly size: number }[] = [];

  get last(): PageAddress | undefined {
    return this.#pages.at(-1)?.at;
  }

  /** A page with so many records was read. */
  pass(at: PageAddress, size: number): void {
    this.#pages = [...this.#pages, { at, size }].slice(-MOST_REMEMBERED);
  }

  /** Returns to the page on which the last record read may stand, after so many records were deleted. */
  back(deleted: number): PageAddress {
    let held = 0;
    const place = this.#pages.findLastIndex(({ size }) => {
      held += size;
      return held > deleted;
    });
    const at = this.#pages[place]?.at ?? FIRST_PAGE;
    this.#pages = this.#pages.slice(0, Math.max(0, place));
    return at;
  }
}
