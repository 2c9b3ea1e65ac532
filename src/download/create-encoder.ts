import type { CsvLayout } from "../contract/records.js";
import type { JsonObject } from "../json.js";
import { ownProperties } from "../own.js";
import { csvEncoder } from "../records/encode-csv.js";
import { ndjsonEncoder } from "../records/encode-ndjson.js";
import type { RecordEncoder } from "../records/encoder.js";
import type { EncodeOptions } from "./types.js";

/** The encoder for a format, continuing where `state` left off. */
export function createEncoder<R>(
  format: "ndjson" | "csv",
  layout: CsvLayout<R> | undefined,
  options: EncodeOptions,
  state: JsonObject | undefined,
): RecordEncoder<R> {
  if (format === "ndjson") return ndjsonEncoder<R>();
  return csvEncoder<R>(ownProperties({ ...options, layout }), ownProperties(state ?? {}));
}
