import type { FetchedPage } from "./fetch-page.js";
import type { Identity, KnownRecords } from "./known-records.js";
import type { ListingDrift } from "./listing-drift.js";
import { isSameOrder } from "./page-items.js";

export interface UnderWay {
  readonly previous: FetchedPage | undefined;
  readonly page: FetchedPage;
  /** The pages behind it that were under way at the same time. */
  readonly together: readonly FetchedPage[];
  readonly known: KnownRecords;
  readonly drift: ListingDrift;
  readonly identitiesOf: (page: FetchedPage) => readonly Identity[];
}

/**
 * Whether pages that were under way at the same time are of one listing that stood still, as far as they tell: they have
 * the same total, and no record is on two of them. A page that was asked for alone, when the one before had come, agrees.
 */
export function agree({ previous, page, together, known, drift, identitiesOf }: UnderWay): boolean {
  const isFirst = previous === undefined || page.sentAt > previous.receivedAt;
  if (isFirst && together.length === 0) return true;
  const pages = [page, ...together];
  const totals = [previous, ...pages].map((each) => drift.total(each)).filter((total) => total !== undefined);
  if (new Set(totals).size > 1) return false;
  // That a server passes over the page asked for is not for here.
  if (previous?.endsIfRepeated && isSameOrder(identitiesOf(previous), identitiesOf(page))) return true;
  const seen = new Set<Identity>();
  for (const each of pages) {
    const identities = new Set(identitiesOf(each).filter((id) => id !== undefined));
    for (const id of identities) {
      if (seen.has(id)) return false;
      seen.add(id);
    }
  }
  return !known.holds([...seen], true);
}

/**
 * The page to ask for again before the end of pages under way together is believed; `undefined` where a total tells, or
 * the end is not among them. An end that was read before the pages in front of it says nothing of what has moved behind
 * them since. A page with records shows by them that nothing has moved. An empty one shows it behind a full page; behind
 * a short one, it is the short page that shows it.
 */
export function endToConfirm({ previous, page, together, drift }: UnderWay): FetchedPage | undefined {
  const [end, last, before] = [previous, page, ...together].reverse();
  if (together.length === 0 || !end || end.next !== undefined || drift.total(end) !== undefined)
    return undefined;
  const isShort = end.items.length === 0 && last && before && last.items.length < before.items.length;
  return isShort ? last : end;
}
