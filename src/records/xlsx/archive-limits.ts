import type { InflateLimits } from "../zip/member.js";
import type { MemoryBudget } from "../zip/memory-budget.js";

/** What bounds a decoding run. */
export interface ArchiveLimits {
  /** The largest piece read as one: a directory, a small part, a row, a shared string. */
  readonly maxBufferedBytes: number;
  /** For what has to be readable at any place: an archive, a workbook, its shared strings. */
  readonly memory: MemoryBudget;
  readonly inflate: InflateLimits;
}
