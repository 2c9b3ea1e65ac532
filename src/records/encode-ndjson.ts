import { jsonOf, type RecordEncoder } from "./encoder.js";

/**
 * An encoder for one JSON value per line, each line ended by LF.
 *
 * @example
 * ```ts
 * const encoder = ndjsonEncoder<{ id: number }>();
 * new TextDecoder().decode(encoder.encode([{ id: 1 }, { id: 2 }])); // '{"id":1}\n{"id":2}\n'
 * ```
 */
export function ndjsonEncoder<R>(): RecordEncoder<R> {
  const utf8 = new TextEncoder();
  return {
    contentType: "application/x-ndjson",
    extension: "ndjson",
    encode: (records) => utf8.encode(records.map((record) => `${jsonOf(record)}\n`).join("")),
    end: () => new Uint8Array(0),
    state: () => ({}),
  };
}
