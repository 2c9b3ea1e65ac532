import { type Identity, IdentityCounts, isSameSet } from "./identities.js";

/** A page's records, told apart. */
export interface SortedPage {
  /** The indexes of the records to hand over. */
  readonly fresh: readonly number[];
  /** How many of its records came before. */
  readonly again: number;
  /** Whether the page is the one before once more: all of its records and no others. */
  readonly repeats: boolean;
  /** How many unknown records stand before the first known one, and are passed over. */
  readonly passedOver: number;
  /** The last record handed over before this page is its last one, so that nothing before it has moved. */
  readonly stands: boolean;
  /** Where reading continues after the record at `index`. */
  anchorsAfter(index: number): Anchors;
}

/** The records before a place, by which it is found again. */
export interface Anchors {
  /** Their identities in the listing's order; a gap is never among them. */
  readonly known: readonly string[];
  /** They are all that was handed over, so that every other record is a new one. */
  readonly isAll: boolean;
}

interface Entry {
  readonly id: string;
  /** The page on which it was seen last; `Infinity` where it is expected on one of the next. */
  readonly seenOn: number;
}

// So many records before a place are noted down in a checkpoint: one of them must still be there when it is looked for.
const ANCHORS = 100;

/**
 * The end of what was handed over, in the listing's order and without a gap. A listing keeps its order, so everything
 * before a known record was handed over (or is new, and need not come), and everything behind the last one was not.
 */
export class KnownRecords {
  #entries: readonly Entry[];
  readonly #counts = new IdentityCounts();
  /** How many of them lie before the place that reading has reached; the others are expected to show again. */
  #reached = 0;
  #isAll: boolean;
  #seeking: boolean;
  #last: readonly Identity[] = [];
  #fingerprint: string | undefined;
  readonly #pages: number;
  #largest = 0;

  /**
   * @param place - what `anchorsAfter` gave where reading continues
   * @param pages - of how many pages the records are remembered
   */
  constructor({ known, isAll }: Anchors, pages: number) {
    this.#entries = known.map((id) => ({ id, seenOn: Number.POSITIVE_INFINITY }));
    for (const id of known) this.#counts.add(id);
    this.#isAll = isAll;
    this.#seeking = known.length > 0;
    this.#pages = pages;
  }

  /** Whether the place to continue is still being looked for. */
  get seeking(): boolean {
    return this.#seeking;
  }

  /** Whether nothing is known by which a place could be found. */
  get isBlind(): boolean {
    return this.#entries.length === 0 && !this.#isAll;
  }

  /** How many records are remembered. */
  get size(): number {
    return this.#entries.length;
  }

  /** Whether every record that was handed over is known. */
  get isAll(): boolean {
    return this.#isAll;
  }

  /** Reading returns to a page read before: everything is passed over until a known record shows. */
  seekAgain(): void {
    this.#entries = this.#entries.map(({ id }) => ({ id, seenOn: Number.POSITIVE_INFINITY }));
    this.#reached = 0;
    this.#seeking = true;
  }

  /** Everything that is unknown was never handed over, wherever it stands. */
  stopSeeking(): void {
    this.#seeking = false;
  }

  /** Whether one of these was seen before; with `isSurprise`, one that is not expected on one of the next pages. */
  holds(identities: readonly Identity[], isSurprise: boolean): boolean {
    if (!this.#counts.hasAny(identities)) return false;
    if (!isSurprise) return true;
    const held = new Set(identities);
    return this.#entries.some(({ id, seenOn }) => seenOn < Infinity && held.has(id));
  }

  /** The place of the entry that each of a page's records is, or -1. */
  #match(identities: readonly Identity[], since: number): readonly number[] {
    const places = new Map<string, number[]>();
    if (this.#counts.hasAny(identities))
      this.#entries.forEach(({ id, seenOn }, place) => {
        if (seenOn === Infinity || seenOn >= since) places.set(id, [...(places.get(id) ?? []), place]);
      });
    return identities.map((id) => (id === undefined ? -1 : (places.get(id)?.shift() ?? -1)));
  }

  /**
   * Tells the records of the next page apart and remembers the page. On one page the same identity may stand as often as
   * it likes; what comes again is what stood on one of the pages before.
   *
   * @param page - the page's ordinal
   * @param back - how many pages back a record may have been seen that comes again
   * @param fingerprint - what to know a page by whose records have no identity
   * @param skip - how many records at the beginning were handed over, where that is counted
   */
  take(
    identities: readonly Identity[],
    at: {
      readonly page: number;
      readonly back: number;
      readonly fingerprint: string | undefined;
      readonly skip: number;
    },
  ): SortedPage {
    const entries = this.#entries;
    const matches = this.#match(identities, at.page - at.back);
    const firstKnown = matches.findIndex((match) => match >= 0);
    // Where all that was handed over is known and gone from the very beginning, the rest is to be handed over.
    const seeking = this.#seeking && !(this.#isAll && at.page === 1 && firstKnown < 0);
    const lastKnown = matches.findLastIndex((match) => match >= 0);
    const isFound = !seeking || firstKnown >= 0;
    const begin = seeking ? firstKnown : at.skip;
    const fresh = identities.flatMap((id, index) => {
      // A record without an identity that stands before a known one is known itself.
      const isNew =
        isFound && index >= begin && matches[index] === -1 && (id !== undefined || index > lastKnown);
      return isNew ? [index] : [];
    });
    const again = matches.filter((match) => match >= 0).length;
    const named = identities.filter((id) => id !== undefined).length;
    const last = this.#last;
    const repeats =
      !this.#seeking &&
      identities.length > 0 &&
      (named === 0
        ? at.fingerprint !== undefined && at.fingerprint === this.#fingerprint
        : again === named && isSameSet(identities, last));
    const stands =
      lastKnown === identities.length - 1 &&
      identities.length === last.length &&
      identities.at(-1) === last.at(-1);
    const passedOver = seeking ? (firstKnown < 0 ? identities.length : firstKnown) : 0;

    const taken = new Set(matches);
    const furthest = firstKnown < 0 ? this.#reached - 1 : Math.max(...matches);
    const earlier: Entry[] = [];
    const ahead: Entry[] = [];
    entries.forEach((entry, place) => {
      if (taken.has(place)) return;
      if (place <= furthest) earlier.push(entry);
      else ahead.push({ id: entry.id, seenOn: Number.POSITIVE_INFINITY });
    });
    const here = identities.flatMap((id) =>
      id === undefined ? [] : [{ id, seenOn: at.page } satisfies Entry],
    );
    const firstUnnamed = identities.indexOf(undefined);
    const wasAll = this.#isAll;
    if (isFound) {
      this.#seeking = false;
      this.#largest = Math.max(this.#largest, identities.length);
      const all = [...earlier, ...here, ...ahead];
      const most = Math.max(1000, this.#pages * this.#largest) + ahead.length;
      this.#entries = all.slice(-most);
      identities.forEach((id, index) => {
        if (id !== undefined && matches[index] === -1) this.#counts.add(id);
      });
      for (const { id } of all.slice(0, -most)) this.#counts.remove(id);
      this.#reached = this.#entries.length - ahead.length;
      // A record without an identity is handed over and not known.
      this.#isAll &&= all.length <= most && named === identities.length;
      if (identities.length > 0) {
        this.#last = identities;
        this.#fingerprint = named === 0 ? at.fingerprint : undefined;
      }
    }
    return {
      fresh,
      again,
      repeats,
      passedOver,
      stands,
      // Asked at every record by some, so it looks at as few of them as it can.
      anchorsAfter(index) {
        const passed: string[] = [];
        for (let place = index; place >= 0 && passed.length < ANCHORS; place--) {
          const id = identities[place];
          if (id !== undefined) passed.push(id);
        }
        for (let place = earlier.length - 1; place >= 0 && passed.length < ANCHORS; place--) {
          passed.push((earlier[place] as Entry).id);
        }
        passed.reverse();
        // New records may stand among known ones; those behind the place must be known there, too.
        for (let place = index + 1; place <= lastKnown; place++) {
          if ((matches[place] ?? -1) >= 0) passed.push(identities[place] as string);
        }
        for (const { id } of ahead) passed.push(id);
        const isNamed = firstUnnamed < 0 || firstUnnamed > index;
        return { known: passed, isAll: wasAll && isNamed && earlier.length + index + 1 <= ANCHORS };
      },
    };
  }
}
