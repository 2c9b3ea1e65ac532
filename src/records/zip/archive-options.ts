import { wrongOption } from "../../model/wrong-option.js";
import type { CsvLayout } from "../../spec/records.js";
import type { OptionKinds } from "../decoder-options.js";

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

export const ARCHIVE_OPTION_KINDS: OptionKinds<ArchiveOptions> = {
  memoryBytes: "any",
  maxRatio: "any",
  maxInflatedBytes: "any",
};

/** @throws ExportError `CONFIG_INVALID` */
export function checkArchiveOptions(decoder: string, options: ArchiveOptions): void {
  positiveOptions(decoder, options, "memoryBytes", "maxRatio", "maxInflatedBytes");
}

/** What {@link zip} can be told. */
export interface ZipOptions<R> extends ArchiveOptions {
  /**
   * Which members are read, by their names in the archive (`reports/users.csv`). Default: all that `inner` takes for its
   * own. Folders, the notes of macOS (`__MACOSX/`, `._users.csv`) and Office's (`~$users.xlsx`) are never read.
   */
  readonly members?: ((name: string) => boolean) | undefined;
  /** How `encode("csv")` lays the records out. Default: as `inner` says, where that is one decoder. */
  readonly csv?: CsvLayout<R> | undefined;
  /** What no two records of a whole export have in common. Default: as `inner` says, where that is one decoder. */
  readonly identify?: ((record: R) => string | undefined) | undefined;
  /** Default `"application/zip"`. */
  readonly contentType?: string | undefined;
}

/** @throws ExportError `CONFIG_INVALID` where one of the options is given and is not a number above 0 */
export function positiveOptions<K extends string>(
  decoder: string,
  options: { readonly [Name in K]?: unknown },
  ...names: readonly K[]
): void {
  for (const name of names) {
    const value = options[name];
    if (value === undefined || (typeof value === "number" && value > 0)) continue;
    throw wrongOption(decoder, name, "must be a number above 0");
  }
}
