/** What makes a record the same as another; `undefined` where it cannot be told. */
export type Identity = string | undefined;

/** A page's records, told apart. */
export interface SortedPage {
  /** The indexes of the records to hand over. */
  readonly fresh: readonly number[];
  /** How many came already on the page before. */
  readonly again: number;
  /** Whether the page is the one before once more: all of its records and no others. */
  readonly repeats: boolean;
  /** Whether reading returned to this page to compare it, and it holds records of which nothing is known. */
  readonly strange: boolean;
  /** The identities from which the place after the record at `index` can be found again, oldest first. */
  anchorsAfter(index: number): readonly string[];
}

// So many neighbours of a place are noted down in a checkpoint: users who are deleted meanwhile cannot be found again.
const ANCHORS = 100;
const MOST_PINNED = 1000;

/**
 * Remembers which records were handed over, as much of it as a listing needs that grows while it is read: the last two
 * pages, and the records noted at the place to which reading returned.
 *
 * Records are only added, and keep their order, so everything before a record that was handed over was handed over too
 * (or is new and was not there when the export began). That is why looking for a place passes over all that comes
 * before the first known record, and why two pages and a few records are memory enough for a listing of any size.
 */
export class KnownRecords {
  /** Handed over before reading returned, and not come across since. */
  #pinned: Set<string>;
  #recent: ReadonlySet<string> = new Set();
  /** The page before the one remembered, and what it was when reading returned to tell a repeated page from a moved one. */
  #earlier: ReadonlySet<string> = new Set();
  #compared: ReadonlySet<string> | undefined;
  #order: readonly Identity[] = [];
  #seeking: boolean;
  #fingerprint: string | undefined;

  /** @param anchors - what `anchorsAfter` gave where reading is to go on */
  constructor(anchors: readonly string[]) {
    this.#pinned = new Set(anchors.slice(-MOST_PINNED));
    this.#seeking = anchors.length > 0;
  }

  /** Whether the place to go on is still being looked for. */
  get seeking(): boolean {
    return this.#seeking;
  }

  /** Reading returns to a page read before: everything is passed over until a known record shows. */
  seekAgain(): void {
    this.#pinned = new Set(
      [...this.#pinned, ...this.#recent].slice(-Math.max(MOST_PINNED, this.#recent.size)),
    );
    this.#recent = new Set();
    this.#seeking = true;
  }

  /**
   * Reading returns to the page that was repeated, to compare it with what it was. On the first page nothing is passed
   * over: records of which nothing is known were never handed over.
   */
  compareAgain(isFirstPage: boolean): void {
    const passesOver = this.#seeking || !isFirstPage;
    this.#compared = this.#earlier;
    this.seekAgain();
    this.#seeking = passesOver;
  }

  /**
   * Tells the records of the next page apart and remembers the page.
   *
   * @param fingerprint - what to know a page by whose records have no identity
   * @param skip - how many records at the beginning were handed over, where that is counted
   */
  take(identities: readonly Identity[], fingerprint: string | undefined, skip: number): SortedPage {
    const pinned = this.#pinned;
    const recent = this.#recent;
    const isKnown = (id: Identity) => id !== undefined && (pinned.has(id) || recent.has(id));
    const first = this.#seeking ? identities.findIndex((id) => id !== undefined && pinned.has(id)) : skip;
    const last = identities.findLastIndex(isKnown);
    const fresh: number[] = [];
    const seen = new Set<string>();
    for (let index = 0; index < identities.length; index++) {
      const id = identities[index];
      // A record without an identity that stands before a known one is known itself.
      const isNew =
        first >= 0 && index >= first && !isKnown(id) && (id === undefined ? index > last : !seen.has(id));
      if (isNew) fresh.push(index);
      if (id !== undefined) seen.add(id);
    }
    const again = identities.filter((id) => id !== undefined && recent.has(id)).length;
    const unnamed = seen.size === 0 && identities.length > 0;
    const repeats =
      identities.length > 0 &&
      (unnamed
        ? fingerprint !== undefined && fingerprint === this.#fingerprint
        : again === identities.length && again === recent.size);
    const compared = this.#compared;
    const passed = compared ? identities.slice(0, first < 0 ? identities.length : first) : [];
    const strange = !passed.every((id) => id !== undefined && compared?.has(id));
    const trail = this.#order;
    const noted = [...pinned];

    if (first >= 0) this.#seeking = false;
    this.#compared = undefined;
    if (identities.length > 0) {
      if (!repeats) this.#earlier = recent;
      this.#fingerprint = unnamed ? fingerprint : undefined;
      this.#order = identities;
      this.#recent = seen;
      this.#pinned = new Set(noted.filter((id) => !seen.has(id)));
    }
    return {
      fresh,
      again,
      repeats,
      strange,
      anchorsAfter(index) {
        const here = new Set(identities.slice(0, index + 1));
        const passed = [...trail, ...identities.slice(0, index + 1)].filter((id) => id !== undefined);
        // Without those that were come across: further back than the rest they would leave a gap, and what is in it would
        // pass for new, because it stands behind a known record.
        const missing = noted.filter((id) => !here.has(id));
        // New records may stand among known ones; those behind the place must be known there, too.
        const ahead = identities
          .filter((id, at) => at > index && isKnown(id))
          .filter((id) => id !== undefined);
        return [...new Set([...missing, ...passed.slice(-ANCHORS), ...ahead])].slice(-MOST_PINNED);
      },
    };
  }
}
