import type { Page, ProviderContext } from "../../provider/contract.js";
import type { AskedPage, PageBody } from "./page-body.js";
import { endsTooSoon, mismatchOf } from "./page-check.js";
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
  const { items, meta } = body;
  const total = totalOf(body);
  // A server may give fewer than were asked for.
  const size = capped ?? Math.min(pageSize, isCount(meta.rpp) && meta.rpp > 0 ? meta.rpp : pageSize);
  return total === undefined ? undefined : total - (page - 1) * size - items.length;
}
