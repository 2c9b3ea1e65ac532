import type { PageCursor } from "../spec/delivery.js";
import type { FetchedPage } from "./fetch-page.js";
import { hasAny, type Identity } from "./identities.js";
import type { KnownRecords } from "./known-records.js";
import { isSameOrder, type PageItems } from "./page-items.js";
import type { Unwanted } from "./page-requests.js";

// A provider whose total goes up and down by itself must not keep the export from getting on.
const MOST_RETURNS = 3;

/** Judges pages by the listing's total. */
export class ListingDrift {
  #returns = 0;
  #stood = 0;
  #furthest = 0;
  #isUnreliable = false;
  #unexplained = 0;

  /** How many records the listing holds, as a page tells; `undefined` where it tells none, or none to believe. */
  total(page: Pick<FetchedPage, "total"> | undefined): number | undefined {
    return this.#isUnreliable ? undefined : page?.total;
  }

  /** By how many records the listing grew since it held `before`; below 0 where it shrank. */
  growth(before: number | undefined, page: Pick<FetchedPage, "total">): number | undefined {
    const now = this.total(page);
    return before === undefined || now === undefined ? undefined : now - before;
  }

  /** The growth from one page to another; below 0 too where what came in between tells that it went there and back. */
  steadyGrowth(from: FetchedPage, to: FetchedPage, between: readonly Unwanted[]): number {
    const growth = this.growth(from.total, to) ?? 0;
    const isSteady = between.every((each) => {
      const soFar = this.growth(from.total, each) ?? 0;
      return soFar >= 0 && soFar <= growth;
    });
    return isSteady ? growth : -1;
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

  /** How many records came again though the totals told of no additions before them: as many were deleted as added. */
  get unexplained(): number {
    return this.#unexplained;
  }

  /**
   * A page was read, with so many new records.
   *
   * @param unexplained - how many known ones it had beyond what was added
   */
  pass(page: number, fresh: number, unexplained: number): void {
    if (!this.#isUnreliable && unexplained > 0) this.#unexplained += unexplained;
    if (page > this.#furthest || fresh > 0) this.#returns = this.#stood = 0;
    this.#furthest = Math.max(this.#furthest, page);
  }
}

/** What is kept of a page that was read. */
export interface PassedPage extends Pick<FetchedPage, "receivedAt" | "total" | "endsIfRepeated"> {
  readonly identities: readonly Identity[];
}

interface UnderWay {
  readonly previous: PassedPage | undefined;
  readonly page: FetchedPage;
  /** The pages behind it that were under way at the same time. */
  readonly together: readonly FetchedPage[];
  /** What came since the page before was asked for, and was not wanted any more. */
  readonly unwanted: readonly Unwanted[];
  readonly known: KnownRecords;
  readonly drift: ListingDrift;
  readonly read: (page: FetchedPage) => PageItems<unknown>;
}

/** What is to be made of pages under way together. It holds none of them. */
interface Verdict {
  readonly agrees: boolean;
  /** What to ask for again before their end is believed. */
  readonly doubt?: Doubt | undefined;
  /** The least total among them; `Infinity` where none is told. */
  readonly least: number;
}

interface Doubt {
  readonly cursor: PageCursor | undefined;
  readonly identities: readonly Identity[];
  readonly isEnd: boolean;
  readonly endSentAt: number | undefined;
}

export const AGREED: Verdict = { agrees: true, doubt: undefined, least: Number.POSITIVE_INFINITY };

/** @param confirmed - when the end was asked for that was asked for again already */
export function judgeTogether(underWay: UnderWay, confirmed: number | undefined): Verdict {
  const { page, together, drift, read } = underWay;
  const least = Math.min(...[page, ...together].map((each) => drift.total(each) ?? Infinity));
  if (!agree(underWay)) return { agrees: false, doubt: undefined, least };
  const end = together.at(-1);
  const doubted = end?.sentAt === confirmed ? undefined : endToConfirm(underWay);
  if (!doubted) return AGREED;
  const { cursor } = doubted;
  const { identities } = read(doubted);
  return {
    agrees: true,
    doubt: { cursor, identities, isEnd: doubted === end, endSentAt: end?.sentAt },
    least,
  };
}

/**
 * Whether pages that were under way at the same time are of one listing that stood still, as far as they tell: they have
 * the same total, and no record is on two of them. A page that was asked for alone, when the one before had come, agrees.
 */
function agree(underWay: UnderWay): boolean {
  const { previous, page, together, unwanted, known, drift, read } = underWay;
  const isFirst = previous === undefined || page.sentAt > previous.receivedAt;
  const others = previous ? unwanted : [];
  if (isFirst && together.length === 0 && others.length === 0) return true;
  const pages = [page, ...together];
  const answers = [previous, ...pages, ...others];
  const totals = answers.map((each) => drift.total(each)).filter((total) => total !== undefined);
  if (new Set(totals).size > 1) return false;
  if (isFirst && together.length === 0) return true;
  // That a server passes over the page asked for is not for here.
  if (previous?.endsIfRepeated && isSameOrder(previous.identities, read(page).identities)) return true;
  for (const each of pages) {
    const { identities } = read(each);
    if (known.isApart(identities)) continue;
    if (known.holds(identities, true)) return false;
    const held = new Set(identities);
    if (pages.some((other) => other !== each && hasAny(read(other).identities, held))) return false;
  }
  return true;
}

/**
 * The page to ask for again before the end of pages under way together is believed; `undefined` where a total tells, or
 * the end is not among them. An end that was read before the pages in front of it says nothing of what has moved behind
 * them since. A page with records shows by them that nothing has moved. An empty one shows it behind a full page; behind
 * a short one, it is the short page that shows it.
 */
function endToConfirm({ previous, page, together, drift }: UnderWay): FetchedPage | undefined {
  const [end, last, before] = [page, ...together].reverse();
  if (together.length === 0 || !end || end.next !== undefined || drift.total(end) !== undefined)
    return undefined;
  const count = (before?.items ?? previous?.identities)?.length ?? 0;
  const isShort = end.items.length === 0 && last && last.items.length < count;
  return isShort ? last : end;
}
