import type { FetchedPage } from "./fetch-page.js";
import type { Identity, KnownRecords } from "./known-records.js";
import { isSameOrder } from "./page-items.js";

// A provider whose total goes up and down by itself must not keep the export from getting on.
const MOST_RETURNS = 3;

/** Judges pages by the listing's total. */
export class ListingDrift {
  #returns = 0;
  #stood = 0;
  #furthest = 0;
  #isUnreliable = false;

  /** How many records the listing holds, as a page tells; `undefined` where it tells none, or none to believe. */
  total(page: FetchedPage | undefined): number | undefined {
    return this.#isUnreliable ? undefined : page?.total;
  }

  /** By how many records the listing grew since it held `before`; below 0 where it shrank. */
  growth(before: number | undefined, page: FetchedPage): number | undefined {
    const now = this.total(page);
    return before === undefined || now === undefined ? undefined : now - before;
  }

  /** Reading returns; `false` where it did so often already and nothing came of it. */
  returns(): boolean {
    this.#returns += 1;
    return this.#returns <= MOST_RETURNS;
  }

  /** Reading returned, and what stands there had not moved. */
  stood(): void {
    this.#stood += 1;
  }

  /** Whether nothing had moved as often as reading returned. */
  get stands(): boolean {
    return this.#stood >= MOST_RETURNS;
  }

  /** The total goes up and down while the records stand still. */
  disbelieve(): void {
    this.#isUnreliable = true;
  }

  /** A page was read, with so many new records. */
  pass(page: number, fresh: number): void {
    if (page > this.#furthest || fresh > 0) this.#returns = this.#stood = 0;
    this.#furthest = Math.max(this.#furthest, page);
  }
}

interface UnderWay {
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
