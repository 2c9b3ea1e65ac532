import type { RecordIssue } from "exportkit";

/** Counts the records that a run passed over. */
export interface SkipTally {
  add(issue: RecordIssue): void;
  count(): number;
}

export function createSkipTally(): SkipTally {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add({ position: { record } }) {
      // Records come in their order: one from before the last says that the file was restarted.
      if (record <= last) count = 0;
      count += 1;
      last = record;
    },
    count: () => count,
  };
}
