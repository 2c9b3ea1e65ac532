import { exactNumbersMade } from "../exact/exact-number.js";
import { isTooDeep, NestedTooDeep } from "../exact/levels.js";
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
import type { SortedPage } from "./known-records.js";
import { writeListingState } from "./listing-state.js";
import type { PageMark } from "./page-guard.js";
import type { PageAddress } from "./page-path.js";

/** An item of a page as a record, or why it is none. */
type Reading<R> = { readonly record: R } | { readonly problem: string };

/** The items of one page, read. */
export interface PageItems<R> {
  readonly identities: readonly Identity[];
  /** How many have an identity. */
  readonly named: number;
  /** Those identities, each once. */
  distinct(): ReadonlySet<Identity>;
  /** What to know a page by where none has. */
  fingerprint(): string | undefined;
  /** A hash of all records in their order; `undefined` where there are none. */
  print(): number | undefined;
  /** Whether one may hold an `ExactNumber`. */
  readonly exact: boolean;
  /** What is handed over for the item at a position. */
  entryAt(position: RecordPosition & { readonly index: number }): R | InvalidRecord;
}

export function readItems<R>(records: PagedRecords<R>, page: FetchedPage): PageItems<R> {
  const made = exactNumbersMade();
  const readings = page.items.map((item) => readItem(records, item, page.deep));
  const identities = readings.map((reading) =>
    "record" in reading ? identityOf(records, reading.record) : undefined,
  );
  const named = identities.filter((id) => id !== undefined).length;
  let distinct: Set<Identity> | undefined;
  return {
    identities,
    named,
    distinct() {
      distinct ??= new Set(identities.filter((id) => id !== undefined));
      return distinct;
    },
    exact: page.exact || exactNumbersMade() !== made,
    fingerprint: () => (named > 0 ? undefined : fingerprintOf(page)),
    print: () =>
      readings.length > 0 ? textHash(textOf(named > 0 ? identities : page.items, page)) : undefined,
    entryAt(position) {
      const reading = readings[position.index] as Reading<R>;
      return "record" in reading ? reading.record : new InvalidRecord({ message: reading.problem, position });
    },
  };
}

function readItem<R>(records: PagedRecords<R>, item: unknown, mayBeDeep: boolean): Reading<R> {
  if (mayBeDeep && isTooDeep(item)) return { problem: `The item is ${new NestedTooDeep().message}.` };
  try {
    return { record: records.map(item) };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

/** A record that cannot be told from others is the same as none. */
function identityOf<R>(records: PagedRecords<R>, record: R): Identity {
  try {
    const identity: unknown = records.identify?.(record);
    // A number is fit to be one by its digits only.
    return identity === undefined || identity === null ? undefined : String(identity);
  } catch {
    return undefined;
  }
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

interface PageBatchParts<R> {
  readonly entries: readonly (R | InvalidRecord)[];
  readonly exact: boolean;
  readonly at: PageAddress;
  readonly previous: PageAddress | undefined;
  readonly total: number | undefined;
  readonly sorted: SortedPage;
  readonly first: PageMark | undefined;
  /** How many records lie before this page's. */
  readonly record: number;
}

/** The records of one page that are handed over. */
export class PageBatch<R> implements RecordBatch<R> {
  entries: readonly (R | InvalidRecord)[];
  readonly exact: boolean;
  readonly #parts: Omit<PageBatchParts<R>, "entries" | "exact">;

  constructor({ entries, exact, ...parts }: PageBatchParts<R>) {
    this.entries = entries;
    this.exact = exact;
    this.#parts = parts;
  }

  stateAfter(index: number): ResumeState {
    const { at, previous, total, sorted, record, first } = this.#parts;
    const item = sorted.fresh[index] ?? -1;
    return writeListingState({
      at,
      previous,
      total,
      offset: item + 1,
      record: record + index + 1,
      before: sorted.anchorsAfter(item),
      first,
    });
  }

  positionOf(index: number): RecordPosition {
    const { at, sorted, record } = this.#parts;
    return { record: record + index + 1, page: at.page, index: sorted.fresh[index] ?? 0 };
  }

  /** Lets the records go. Whoever read them last may still ask for the place after them. */
  release(): void {
    this.entries = [];
  }
}
