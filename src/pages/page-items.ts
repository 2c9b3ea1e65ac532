import { exactNumbersMade } from "../exact/exact-number.js";
import { isTooDeep, NestedTooDeep } from "../exact/levels.js";
import { documentedError } from "../model/documented-error.js";
import { textHash } from "../records/text-hash.js";
import {
  InvalidRecord,
  type PagedRecords,
  type RecordBatch,
  type RecordPosition,
  type ResumeState,
  reasonOf,
} from "../spec/records.js";
import type { FetchedPage } from "./fetch-page.js";
import type { Identity } from "./identities.js";
import { type PageOfPlaces, placeOnPage, startOfPage } from "./listing-state.js";
import type { SortedPage } from "./sorted-page.js";

/** Why an item of a page is not a record. */
class Unreadable {
  readonly problem: string;
  constructor(problem: string) {
    this.problem = problem;
  }
}

/** The items of one page, read. */
export interface PageItems<R> {
  readonly identities: readonly Identity[];
  /** How many have an identity. */
  readonly named: number;
  /** What to know a page by where none has. */
  fingerprint(): string | undefined;
  /** A hash of all records in their order; `undefined` where there are none. */
  print(): number | undefined;
  /** Whether one may hold an `ExactNumber`. */
  readonly exact: boolean;
  /**
   * What is handed over for the items at these indexes, or for all of them.
   *
   * @param behind - the page, and how many records lie before it
   */
  entries(
    indexes: readonly number[] | undefined,
    behind: { readonly record: number; readonly page: number },
  ): readonly (R | InvalidRecord)[];
}

export function readItems<R>(records: PagedRecords<R>, page: FetchedPage): PageItems<R> {
  const made = exactNumbersMade();
  const { items } = page;
  const readings: (R | Unreadable)[] = [];
  const identities: Identity[] = [];
  let named = 0;
  let broken = 0;
  for (const item of items) {
    const reading = readItem(records, item, page.deep);
    const identity = reading instanceof Unreadable ? undefined : identityOf(records, reading);
    readings.push(reading);
    identities.push(identity);
    if (identity !== undefined) named++;
    if (reading instanceof Unreadable) broken++;
  }
  let print: number | undefined;
  return {
    identities,
    named,
    exact: page.exact || exactNumbersMade() !== made,
    fingerprint: () => (named > 0 ? undefined : fingerprintOf(page)),
    print() {
      if (items.length > 0) print ??= textHash(textOf(named > 0 ? identities : items, page));
      return print;
    },
    entries(indexes, { record, page: number }) {
      if (broken === 0) return (indexes?.map((index) => readings[index]) ?? readings) as readonly R[];
      return (indexes ?? readings.map((_, index) => index)).map((index, place) => {
        const reading = readings[index] as R | Unreadable;
        if (!(reading instanceof Unreadable)) return reading;
        const position = { record: record + place + 1, page: number, index };
        return new InvalidRecord({ message: reading.problem, position });
      });
    },
  };
}

function readItem<R>(records: PagedRecords<R>, item: unknown, mayBeDeep: boolean): R | Unreadable {
  if (mayBeDeep && isTooDeep(item)) return new Unreadable(`The item is ${new NestedTooDeep().message}.`);
  try {
    return records.map(item);
  } catch (error) {
    return new Unreadable(reasonOf(error));
  }
}

/** Checkpoints hold up to a hundred of them. */
const LONGEST_IDENTITY = 10_000;

/** A record that cannot be told from others is the same as none. */
function identityOf<R>(records: PagedRecords<R>, record: R): Identity {
  let identity: string;
  try {
    const given: unknown = records.identify?.(record);
    if (given === undefined || given === null) return undefined;
    // A number is fit to be one by its digits only.
    identity = String(given);
  } catch {
    return undefined;
  }
  if (identity.length <= LONGEST_IDENTITY) return identity;
  throw documentedError(
    "LIMIT_EXCEEDED",
    `identify made an identity of ${identity.length} characters, and checkpoints hold up to ${LONGEST_IDENTITY}; ` +
      "let it give an id, or a digest of what tells the record from others",
    { operation: "page", details: { field: "identify", limit: LONGEST_IDENTITY } },
  );
}

/** Two pages in a row with the same length, first and last item are taken for the same page. */
function fingerprintOf(page: FetchedPage): string {
  const { items } = page;
  return textOf([items.length, items[0], items.at(-1)], page);
}

function textOf(values: readonly unknown[], { items, bytes }: FetchedPage): string {
  try {
    return JSON.stringify(values);
  } catch {
    // Parsed JSON can be nested deeper than the stack reaches when it is written. A listing of such pages must end too.
    return `${items.length} items in ${bytes} bytes`;
  }
}

/** Whether the same records stand on two pages, in the same order. */
export function isSameOrder(one: readonly Identity[], other: readonly Identity[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}

interface PageBatchParts<R> extends PageOfPlaces {
  readonly entries: readonly (R | InvalidRecord)[];
  readonly exact: boolean;
  readonly sorted: SortedPage;
  /** How many records lie before this page's. */
  readonly record: number;
}

/** The records of one page that are handed over. */
export class PageBatch<R> implements RecordBatch<R> {
  entries: readonly (R | InvalidRecord)[];
  readonly exact: boolean;
  readonly #parts: Omit<PageBatchParts<R>, "entries" | "exact">;
  #start: ResumeState | undefined;

  constructor({ entries, exact, ...parts }: PageBatchParts<R>) {
    this.entries = entries;
    this.exact = exact;
    this.#parts = parts;
  }

  stateAfter(index: number): ResumeState {
    const { sorted, record } = this.#parts;
    const item = indexOf(sorted, index);
    this.#start ??= startOfPage(this.#parts);
    return placeOnPage(this.#start, item + 1, record + index + 1, sorted.anchorsAfter(item));
  }

  positionOf(index: number): RecordPosition {
    const { at, sorted, record } = this.#parts;
    return { record: record + index + 1, page: at.page, index: indexOf(sorted, index) };
  }

  /** Lets the records go. Whoever read them last may still ask for the place after them. */
  release(): void {
    this.entries = [];
  }
}

/** Where on its page a record stands that is handed over. */
function indexOf({ fresh }: SortedPage, place: number): number {
  return fresh ? (fresh[place] ?? -1) : place;
}
