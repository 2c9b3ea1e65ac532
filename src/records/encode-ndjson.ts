import { jsonOf, type RecordEncoder } from "./encoder.js";

/**
 * An encoder for one JSON value per line, each line ended by LF.
 *
 * @example
 * ```ts
 * const encoder = ndjsonEncoder<{ id: number }>();
 * encoder.write({ id: 1 }) + encoder.write({ id: 2 }); // '{"id":1}\n{"id":2}\n'
 * ```
 */
export function ndjsonEncoder<R>(): RecordEncoder<R> {
  return {
    contentType: "application/x-ndjson",
    extension: "ndjson",
    write: (record) => `${jsonOf(record)}\n`,
    end: () => "",
    state: () => ({}),
  };
}
