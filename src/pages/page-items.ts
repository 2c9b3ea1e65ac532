import { exactNumbersMade } from "../exact/exact-number.js";
import { reasonOf } from "../records/record-reason.js";
import { InvalidRecord, type PagedRecords, type RecordPosition } from "../spec/records.js";
import type { FetchedPage } from "./fetch-page.js";
import type { Identity } from "./known-records.js";

/** An item of a page as a record, or why it is none. */
type Reading<R> = { readonly record: R } | { readonly problem: string };

/** The items of one page, read. */
export interface PageItems<R> {
  readonly identities: readonly Identity[];
  /** How many have an identity. */
  readonly named: number;
  /** What to know a page by where none has. */
  fingerprint(): string | undefined;
  /** Whether one may hold an `ExactNumber`. */
  readonly exact: boolean;
  /** What is handed over for the item at a position. */
  entryAt(position: RecordPosition & { readonly index: number }): R | InvalidRecord;
}

export function readItems<R>(records: PagedRecords<R>, page: FetchedPage): PageItems<R> {
  const made = exactNumbersMade();
  const readings = page.items.map((item) => readItem(records, item));
  const identities = readings.map((reading) =>
    "record" in reading ? identityOf(records, reading.record) : undefined,
  );
  const named = identities.filter((id) => id !== undefined).length;
  return {
    identities,
    named,
    exact: page.exact || exactNumbersMade() !== made,
    fingerprint: () => (named > 0 ? undefined : fingerprintOf(page)),
    entryAt(position) {
      const reading = readings[position.index] as Reading<R>;
      return "record" in reading ? reading.record : new InvalidRecord({ message: reading.problem, position });
    },
  };
}

function readItem<R>(records: PagedRecords<R>, item: unknown): Reading<R> {
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

/** Two pages with the same length, first and last item are taken for the same page. */
function fingerprintOf({ items, bytes }: FetchedPage): string {
  try {
    return JSON.stringify([items.length, items[0], items.at(-1)]);
  } catch {
    // Parsed JSON can be nested deeper than the stack reaches when it is written. A listing of such pages must end too.
    return `${items.length} items in ${bytes} bytes`;
  }
}

/** Whether the same records stand on two pages, in the same order. */
export function isSameOrder(one: readonly Identity[], other: readonly Identity[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
