import type { DecodeOptions } from "../../spec/records.js";
import type { ByteSource } from "./byte-source.js";
import type { InflateLimits } from "./member.js";
import { MemoryBudget } from "./memory-budget.js";
import { positiveOptions } from "./positive-options.js";

/** What bounds the reading of an archive, and of what lies in it. */
export interface ArchiveOptions {
  /**
   * How many bytes may be held in memory, together, for reading at any place: the archive itself, where its store answers
   * no range requests; a workbook, where it is compressed within an archive; and its shared strings. Default four times
   * `maxBufferedBytes`, that is 64 MiB, which leaves room in an isolate of 128 MB.
   */
  readonly memoryBytes?: number | undefined;
  /** How many bytes one compressed byte of a member above 1 MiB may unfold to. Default 200; records do 5 to 40. */
  readonly maxRatio?: number | undefined;
  /** How many bytes may be unfolded in all. Default 4 GiB. */
  readonly maxInflatedBytes?: number | undefined;
}

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

/** @throws ExportError `CONFIG_INVALID` */
export function checkArchiveOptions(decoder: string, options: ArchiveOptions): void {
  positiveOptions(decoder, options, "memoryBytes", "maxRatio", "maxInflatedBytes");
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
