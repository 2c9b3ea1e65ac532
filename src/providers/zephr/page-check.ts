import type { AskedPage, PageBody } from "./page-body.js";
import { isCount, isLinked, linkedNumber, totalOf } from "./page-links.js";

/**
 * Why an answer must be the one to another request: what it names as the pages around it. A user on the page asked for,
 * or between two pages, would be lost.
 *
 * An answer that names the very next page is the page asked for. Other links may pass over pages, as long as Zephr's
 * total does not say that there are users on them. A page that begins behind the one asked for, or ends before the last
 * one, is never right, unless the total says that nothing is missing.
 */
export function mismatchOf(body: PageBody, asked: AskedPage): string | undefined {
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
export function endsTooSoon(body: PageBody, asked: AskedPage): boolean {
  const { items, links } = body;
  if (items.length > 0 || isLinked(links?.next)) return false;
  return linkedNumber(links?.previous) !== asked.page - 1 && hasUsersOn(asked.page, body, asked);
}

/** Whether the total says that there are users on a page. */
function hasUsersOn(page: number, body: PageBody, { pageSize, size = pageSize }: AskedPage): boolean {
  const { rpp } = body.meta;
  // A server may give fewer than were asked for.
  const held = isCount(rpp) && rpp > 0 ? Math.min(size, rpp) : size;
  return (totalOf(body) ?? 0) > (page - 1) * held;
}
