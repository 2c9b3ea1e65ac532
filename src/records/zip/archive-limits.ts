import type { DecodeOptions } from "../../spec/records.js";
import type { ArchiveOptions } from "./archive-options.js";
import type { ByteSource } from "./byte-source.js";
import type { InflateLimits } from "./member.js";
import { MemoryBudget } from "./memory-budget.js";

/** What bounds one decoding run. */
export interface ArchiveLimits {
  /** The largest piece read as one: a directory, a small part, a row, a shared string. */
  readonly maxBufferedBytes: number;
  readonly memory: MemoryBudget;
  readonly inflate: InflateLimits;
}

/** What a decoder of archives hands on to the one within, as `DecodeOptions.within`. */
export class ArchiveScope {
  readonly limits: ArchiveLimits;
  /** The artifact, opened already. */
  readonly source: ByteSource | undefined;

  constructor(limits: ArchiveLimits, source?: ByteSource) {
    this.limits = limits;
    this.source = source;
  }
}

/** The limits of a run: those of the decoder around this one, where the options name none. */
export function limitsOf(
  options: ArchiveOptions,
  { maxBufferedBytes, within }: DecodeOptions,
): ArchiveLimits {
  const outer = within instanceof ArchiveScope ? within.limits : undefined;
  const { memoryBytes, maxRatio, maxInflatedBytes } = options;
  const isBounded = maxRatio !== undefined || maxInflatedBytes !== undefined;
  return {
    maxBufferedBytes,
    memory:
      outer && memoryBytes === undefined
        ? outer.memory
        : new MemoryBudget(memoryBytes ?? 4 * maxBufferedBytes),
    inflate:
      outer && !isBounded
        ? outer.inflate
        : {
            maxRatio: maxRatio ?? outer?.inflate.maxRatio ?? 200,
            maxInflatedBytes: maxInflatedBytes ?? outer?.inflate.maxInflatedBytes ?? 4 * 1024 ** 3,
            inflatedBytes: 0,
          },
  };
}
