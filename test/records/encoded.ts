import type { RecordEncoder } from "../../src/records/encoder.js";

/** The text that an encoder makes of records, without the end of the file. */
export function written<R>(encoder: RecordEncoder<R>, records: readonly R[]): string {
  return records.map((record) => encoder.write(record)).join("");
}

/** The whole file that an encoder makes of records. */
export function encoded<R>(encoder: RecordEncoder<R>, records: readonly R[]): string {
  return written(encoder, records) + encoder.end();
}
