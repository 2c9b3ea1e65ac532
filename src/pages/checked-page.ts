import type { FetchedPage } from "./fetch-page.js";
import type { PageAddress } from "./page-path.js";

/** What is known of a page when it is checked. */
export interface CheckedPage {
  readonly at: PageAddress;
  readonly page: FetchedPage;
  /** It holds the records of the page before and no others, and the listing did not grow by as many. */
  readonly repeats: boolean;
  /** The totals tell how far the listing grew. */
  readonly refuted: boolean;
  /** It was read again to compare it, and is neither what it was nor the page before it. */
  readonly strange: boolean;
  /** Its records have no identity. */
  readonly unnamed: boolean;
  /** What tells its records, all of them in their order, from those of another page; `undefined` where it has none. */
  print(): number | undefined;
  /** The identity of its first record, which tells most pages apart. */
  readonly head: string | undefined;
  /** How many of its records are handed over. */
  readonly fresh: number;
  /** How many records are remembered; `undefined` while the place to continue is looked for. */
  readonly known: number | undefined;
  /** How many records were added since the listing held so many, where the totals tell. */
  growthSince(total: number | undefined): number | undefined;
}

/** A page met before, as a checkpoint holds it. */
export type PageMark = {
  readonly page: number;
  readonly print: number;
  readonly head?: string | undefined;
  /** The print of the page after it that has records, once that was read. */
  readonly after?: number | undefined;
  readonly total?: number | undefined;
};

/** A page of which the print is made where it is going to be asked for. */
export type LastPage = Omit<PageMark, "print"> & { readonly print: number | undefined };

/** The page as one to compare others with, where it has a print. */
export function marked(page: LastPage | undefined): PageMark | undefined {
  return page?.print === undefined ? undefined : { ...page, print: page.print };
}
