import type { CsvOptions } from "exportkit";
import type { SaveFormat } from "exportkit/node";

/** How a result is read and written. */
export interface Saving {
  readonly format: SaveFormat;
  /** How CSV is written. */
  readonly csv: CsvOptions;
  readonly skipInvalid: boolean;
  readonly integers?: "string" | "bigint" | "number" | undefined;
  readonly maxBufferedBytes?: number | undefined;
  /** Of AvePoint's workbooks. */
  readonly sheets?: readonly string[] | undefined;
  readonly headerRow?: number | "auto" | "none" | undefined;
}
