import type { JsonObject } from "../model/json.js";
import { ownProperties } from "../model/own-properties.js";
import { csvPlan } from "../records/csv-plan.js";
import type { RecordEncoder } from "../records/encoder.js";
import type { CsvLayout } from "../spec/records.js";
import type { EncodeOptions } from "./types.js";

/** Loads an encoder. */
export type LoadEncoder<R> = () => Promise<RecordEncoder<R>>;

/**
 * The encoder for a format, continuing where `state` left off. What is wrong with the options is thrown at once; the
 * encoder is loaded when the file is first read, for most programs take records.
 */
export function createEncoder<R>(
  format: "ndjson" | "csv",
  layout: CsvLayout<R> | undefined,
  options: EncodeOptions,
  state: JsonObject | undefined,
): LoadEncoder<R> {
  if (format === "ndjson")
    return async () => (await import("../records/encode-ndjson.js")).ndjsonEncoder<R>();
  const plan = csvPlan<R>(ownProperties({ ...options, layout }), ownProperties(state ?? {}));
  return async () => (await import("../records/encode-csv.js")).plannedCsvEncoder(plan);
}
