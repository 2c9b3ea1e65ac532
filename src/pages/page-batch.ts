import type { InvalidRecord, RecordBatch, RecordPosition, ResumeState } from "../spec/records.js";
import type { SortedPage } from "./known-records.js";
import { writeListingState } from "./listing-state.js";
import type { PageAddress } from "./page-address.js";

export interface PageBatchParts<R> {
  readonly entries: readonly (R | InvalidRecord)[];
  readonly exact: boolean;
  readonly at: PageAddress;
  readonly previous: PageAddress | undefined;
  readonly total: number | undefined;
  readonly sorted: SortedPage;
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
    const { at, previous, total, sorted, record } = this.#parts;
    const item = index < 0 ? (sorted.fresh[0] ?? 0) - 1 : (sorted.fresh[index] ?? -1);
    return writeListingState({
      at,
      previous,
      total,
      offset: item + 1,
      record: record + index + 1,
      before: sorted.anchorsAfter(item),
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
