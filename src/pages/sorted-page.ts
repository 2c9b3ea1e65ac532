/** A page that is taken. */
export interface TakenPage {
  /** Its ordinal. */
  readonly page: number;
  /** How many pages back a record may have been seen that comes again. */
  readonly back: number;
  /** What to know a page by whose records have no identity. */
  readonly fingerprint: string | undefined;
  /** How many records at the beginning were handed over, where that is counted. */
  readonly skip: number;
  /** How many records have an identity. */
  readonly named: number;
}

/** A page's records, told apart. */
export interface SortedPage {
  /** The indexes of the records to hand over; `undefined` where that is all of them. */
  readonly fresh: readonly number[] | undefined;
  /** How many of its records came before. */
  readonly again: number;
  /** How many of those were not expected on one of the next pages. */
  readonly surprises: number;
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

/** Records that are remembered, one behind the other. */
export interface Run {
  readonly ids: readonly string[];
  /** The page on which they were seen last; `Infinity` where they are expected on one of the next. */
  readonly seenOn: number;
}

/** So many records before a place are noted down in a checkpoint: one of them must still be there when it is looked for. */
export const ANCHORS = 100;

/** The last records before a place: those passed on its page, and before them those of earlier pages. */
export function lastBefore(passed: readonly string[], earlier: readonly Run[]): readonly string[] {
  const parts = [passed];
  let missing = ANCHORS - passed.length;
  for (let place = earlier.length - 1; place >= 0 && missing > 0; place--) {
    const part = (earlier[place] as Run).ids.slice(-missing);
    parts.push(part);
    missing -= part.length;
  }
  return parts.length === 1 ? passed : ([] as string[]).concat(...parts.reverse());
}
