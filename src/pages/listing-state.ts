import * as z from "#zod";
import { ExportError } from "../model/errors.js";
import { isObject, isWritable } from "../model/json.js";
import { unpolluted } from "../model/own-properties.js";
import type { PageCursor } from "../spec/delivery.js";
import type { ResumeState } from "../spec/records.js";
import type { PageMark } from "./checked-page.js";
import { FIRST_PAGE, type PageAddress } from "./page-path.js";
import type { Anchors } from "./sorted-page.js";

/** What the places on one page have in common. */
export interface PageOfPlaces {
  readonly at: PageAddress;
  /** The page before, where there is one. */
  readonly previous: PageAddress | undefined;
  /** How many records the listing held then, where the provider told. */
  readonly total: number | undefined;
  /** By which a listing is found to begin again behind its end. */
  readonly first: PageMark | undefined;
}

/** Where to begin reading. */
export interface ListingStart {
  readonly at: PageAddress;
  /** How many items of the first page to pass over, where no records are known to go by. */
  readonly skip: number;
  readonly record: number;
  readonly total: number | undefined;
  readonly before: Anchors;
  readonly first?: PageMark | undefined;
}

/** The beginning of a page, as a checkpoint holds a place. */
export function startOfPage({ at, previous, total, first }: PageOfPlaces): ResumeState {
  return {
    offset: 0,
    record: 0,
    page: at.page,
    cursor: at.cursor ?? null,
    ...(previous && { before: previous.cursor ?? null }),
    ...(total !== undefined && { total }),
    known: [],
    ...(first && { first }),
  };
}

/**
 * A place behind some of a page's items, of which there may be one behind every item.
 *
 * @param offset - how many items of the page lie before it
 * @param record - how many records, sound or broken, lie before it
 * @param before - the records before it, as `KnownRecords` notes them down
 */
export function placeOnPage(
  start: ResumeState,
  offset: number,
  record: number,
  { known, isAll }: Anchors,
): ResumeState {
  return isAll ? { ...start, offset, record, known, knowsAll: true } : { ...start, offset, record, known };
}

const schema = () => {
  // Cursors are told apart by their text.
  const cursor = z.custom((value) => value === null || (isObject(value) && isWritable(() => value)));
  return z.looseObject({
    page: z.int().check(z.gte(1)),
    cursor,
    before: z.optional(cursor),
    known: z.array(z.string()),
    knowsAll: z.optional(z.boolean()),
    total: z.optional(z.int()),
    first: z.optional(
      z.object({
        page: z.int(),
        print: z.int(),
        head: z.optional(z.string()),
        after: z.optional(z.int()),
        total: z.optional(z.int()),
      }),
    ),
  });
};

/**
 * Where to resume behind a checkpoint: one page before its own, because a page's worth of users deleted since then has
 * moved what is unread there. Where no records are known the place is counted, on its own page.
 */
export function readListingState(state: ResumeState | undefined): ListingStart {
  const beginning = {
    at: FIRST_PAGE,
    skip: 0,
    record: 0,
    total: undefined,
    before: { known: [], isAll: true },
  };
  if (state === undefined || (state.page === undefined && state.offset === 0 && state.record === 0))
    return beginning;
  const parsed = unpolluted(() => schema().safeParse(state));
  if (!parsed.success) {
    throw new ExportError(
      "JOB_INVALID",
      "the checkpoint does not say where in the listing to resume; download the job without it",
      { operation: "page", details: { field: "position" } },
    );
  }
  const {
    page,
    cursor,
    before,
    known,
    knowsAll = false,
    total,
    first,
  } = parsed.data as {
    readonly page: number;
    readonly cursor: PageCursor | null;
    readonly before?: PageCursor | null;
    readonly known: readonly string[];
    readonly knowsAll?: boolean;
    readonly total?: number;
    readonly first?: PageMark;
  };
  const returns = known.length > 0 && before !== undefined;
  return {
    at: returns ? { page: page - 1, cursor: before ?? undefined } : { page, cursor: cursor ?? undefined },
    skip: known.length > 0 ? 0 : state.offset,
    record: state.record,
    total,
    before: { known, isAll: knowsAll },
    first,
  };
}
