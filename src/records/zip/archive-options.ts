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

/** @throws ExportError `CONFIG_INVALID` */
export function checkArchiveOptions(decoder: string, options: ArchiveOptions): void {
  positiveOptions(decoder, options, "memoryBytes", "maxRatio", "maxInflatedBytes");
}
