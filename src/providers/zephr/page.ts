import type { Page, ProviderContext } from "../../provider/contract.js";
import type { AskedPage, PageBody } from "./page-body.js";
import { isCount, isLinked, linkedNumber, totalOf } from "./page-links.js";

/** How a page is read; made where the request is sent, so that nothing here is loaded ahead of the first page. */
export interface PageReading {
  readonly asked: AskedPage;
  /** Sends the request. */
  readonly ask: () => Promise<PageBody>;
  /** The error for an answer that leads back. */
  readonly circle: (next: number, retryable: boolean) => Error;
}

/** Reads a page. */
export async function readPage(context: ProviderContext, reading: PageReading): Promise<Page> {
  const { asked } = reading;
  const ask = async (): Promise<PageBody> => {
    const body = await reading.ask();
    const mismatch = mismatchOf(body, asked);
    if (mismatch !== undefined) throw context.invalidResponse(mismatch);
    return body;
  };
  const body = await ask();
  // Asked once more and then believed: what the total counts is not documented.
  return pageOf(endsTooSoon(body, asked) ? await ask() : body, reading);
}

/** The page that an answer is. */
function pageOf(body: PageBody, { asked, circle }: PageReading): Page {
  const { items, links } = body;
  const size = asked.size ?? cappedSize(body, asked);
  const isLed = isLinked(links?.next);
  const next = isLed ? linkedPage(body, asked, size) : followingPage(body, asked, size);
  if (next !== undefined && next <= asked.page) {
    // It may be the answer to a request for a page before, unless there is none, or its links tell that it is not.
    throw circle(next, asked.page > 1 && linkedNumber(links?.previous) !== asked.page - 1);
  }
  const isShort =
    !isLed && items.length < (asked.size ?? asked.pageSize) && leftBehind(body, asked, size) === undefined;
  return {
    items,
    columns: body.columns,
    next:
      next === undefined
        ? undefined
        : { page: next, ...(size !== undefined && { size }), ...(isShort && { guessed: true }) },
    total: totalOf(body),
    // More than was asked for comes from a server that passes over `rpp`, and perhaps over `page` as well; fewer may be
    // all there is.
    endsIfRepeated: !isLed && asked.page === 1 && items.length !== asked.pageSize,
  };
}

/** The number in `links.next`; where it has none there is a page all the same, and it can only be the following. */
function linkedPage(body: PageBody, asked: AskedPage, size?: number): number | undefined {
  const { items, links } = body;
  const next = linkedNumber(links?.next) ?? asked.page + 1;
  // A link that is always there does not lead beyond the total, nor from the last page to itself.
  const leads = items.length > 0 && !(next === asked.page && linkedNumber(links?.last) === next);
  return leads || (leftBehind(body, asked, size) ?? 1) > 0 ? next : undefined;
}

/** The server's own page size, where the first page is smaller than asked for and may not be all there is. */
function cappedSize(body: PageBody, { page, pageSize }: AskedPage): number | undefined {
  const held = body.items.length;
  const capped =
    page === 1 && held > 0 && held < pageSize && held < (totalOf(body) ?? (body.links ? 0 : Infinity));
  return capped ? held : undefined;
}

/** Where no link leads on: without links only an empty page or a total reached is an end, with them a total not reached is none. */
function followingPage(body: PageBody, asked: AskedPage, size?: number): number | undefined {
  const { items, links } = body;
  if (items.length === 0) return undefined;
  const left = leftBehind(body, asked, size);
  const goesOn = links
    ? (left ?? 0) > 0
    : left === undefined || left > 0 || items.length >= (size ?? asked.pageSize);
  return goesOn ? asked.page + 1 : undefined;
}

/** How many users stand behind a page as the total says, where there is one. */
function leftBehind(body: PageBody, { page, pageSize }: AskedPage, capped?: number): number | undefined {
  const total = totalOf(body);
  const size = capped ?? heldOn(body, pageSize);
  return total === undefined ? undefined : total - (page - 1) * size - body.items.length;
}

/**
 * Why an answer must be the one to another request: what it names as the pages around it. A user on the page asked for,
 * or between two pages, would be lost.
 *
 * An answer that names the very next page is the page asked for. Other links may pass over pages, as long as Zephr's
 * total does not say that there are users on them. A page that begins behind the one asked for, or ends before the last
 * one, is never right, unless the total says that nothing is missing.
 */
function mismatchOf(body: PageBody, asked: AskedPage): string | undefined {
  const { items, links, columns } = body;
  const { page, pageSize } = asked;
  // Behind a page that is not full there is nothing to come; anywhere else users could be missing.
  if (columns?.length === 0 && !asked.guessed) {
    const instead =
      page === 1
        ? "Ask with apiVersion v3, whose answers show it"
        : `Where they end there, take another pageSize, such as ${pageSize - 1 || 2}: behind a page that is not full it does`;
    return `Zephr answered page ${page} with CSV that does not even have a header, which does not prove that there are no users. ${instead}`;
  }
  const next = linkedNumber(links?.next);
  if (links === undefined || next === page + 1) return undefined;
  const previous = linkedNumber(links.previous);
  const last = linkedNumber(links.last);
  const total = totalOf(body);

  if (next !== undefined && next > page + 1 && hasUsersOn(page + 1, body, asked)) {
    return `Zephr names page ${next} as the one after page ${page}, so that what lies between them would be missing`;
  }
  const isBehind = previous !== undefined && previous >= page && items.length < (total ?? Infinity);
  const isBefore = previous !== undefined && previous < page - 1 && hasUsersOn(page, body, asked);
  if (isBehind || isBefore) {
    return `Zephr names page ${previous} as the one before page ${page}: this is the answer to another request`;
  }
  const endsEarly = previous === undefined && last !== undefined && last > page && !isLinked(links.next);
  if (endsEarly && (total === undefined || hasUsersOn(page + 1, body, asked))) {
    return `Zephr names page ${last} as the last one, and no page after page ${page}, so that what lies between them would be missing`;
  }
  return undefined;
}

/**
 * Whether an answer without users ends the listing before its total does, and no link says that it is the page asked
 * for. It may be a page beyond the end in place of the last one, or a total that counts users who are left out.
 */
function endsTooSoon(body: PageBody, asked: AskedPage): boolean {
  const { items, links } = body;
  if (items.length > 0 || isLinked(links?.next)) return false;
  return linkedNumber(links?.previous) !== asked.page - 1 && hasUsersOn(asked.page, body, asked);
}

/** Whether the total says that there are users on a page. */
function hasUsersOn(page: number, body: PageBody, { pageSize, size = pageSize }: AskedPage): boolean {
  return (totalOf(body) ?? 0) > (page - 1) * heldOn(body, size);
}

/** How many users are on a full page: a server may give fewer than were asked for. */
function heldOn({ meta: { rpp } }: PageBody, asked: number): number {
  return isCount(rpp) && rpp > 0 ? Math.min(asked, rpp) : asked;
}
