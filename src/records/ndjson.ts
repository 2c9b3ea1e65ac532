import { findsIn } from "../exact/look-at-piece.js";
import { readJson } from "../model/json.js";
import type { CsvLayout, RecordDecoder, ResumeState } from "../spec/records.js";
import { addJson, objectOf } from "./add-json.js";
import { decoderOptions } from "./decoder-options.js";
import type { TextBatch } from "./text-batch.js";
import { decodeText, type TextFormat } from "./text-decoder.js";

/** What {@link ndjson} can be told. */
export interface NdjsonOptions<R> {
  /**
   * Makes the record of a line's value. An `Error` thrown here makes this one record invalid, with the error's message.
   * Without it every line must be an object, and is the record.
   */
  readonly map?: (value: unknown) => R;
  /** How `encode("csv")` lays the records out. */
  readonly csv?: CsvLayout<R>;
  /** What no two records of a whole export have in common; see `RecordDecoder.identify`. */
  readonly identify?: (record: R) => string | undefined;
  /** Default `"application/x-ndjson"`. */
  readonly contentType?: string;
}

/**
 * A decoder for one JSON value per line, as <https://github.com/ndjson/ndjson-spec> describes it: UTF-8, lines ending
 * in LF or CRLF, blank lines left out, the last line with or without an end.
 *
 * A line that is no JSON becomes an `InvalidRecord`, and decoding continues with the next one. `decode` throws
 * `DECODE_FAILED` for bytes that are not UTF-8, at the end for a file of which no line is JSON, and `LIMIT_EXCEEDED` for a
 * line larger than `maxBufferedBytes`, its end included.
 *
 * @example
 * ```ts
 * interface User { readonly sub: string }
 * const users = ndjson<User>();
 * const names = ndjson({ map: (value) => String((value as User).sub) });
 * ```
 */
export function ndjson<R>(given: NdjsonOptions<R> = {}): RecordDecoder<R> {
  const options = decoderOptions("ndjson", given, {
    map: "function",
    csv: "object",
    identify: "function",
    contentType: "string",
  });
  const map = options.map ?? (objectOf("line") as (value: unknown) => R);
  return {
    kind: "artifact",
    format: "ndjson",
    contentType: options.contentType ?? "application/x-ndjson",
    joinsLines: true,
    ...(options.csv && { csv: options.csv }),
    ...(options.identify && { identify: options.identify }),
    decode: (artifact, decodeOptions) =>
      decodeText(artifact, decodeOptions, ndjsonFormat(map, decodeOptions.state)),
  };
}

function ndjsonFormat<R>(map: (value: unknown) => R, state: ResumeState | undefined): TextFormat<R> {
  // The first record that is JSON, or a broken object. Where none is, passing over them would make an empty export of a page of
  // HTML.
  let firstOwn = state?.offset && state.foreign !== true ? 0 : Number.POSITIVE_INFINITY;
  let isForeign = state?.foreign === true;
  // The beginning of a line that has not ended yet, in pieces: joined once, however many there are.
  let begun: string[] = [];

  function take(batch: TextBatch<R>, line: string, end: number, finds?: number): void {
    if (isBlank(line)) {
      batch.skip(end);
      return;
    }
    const isKnown = firstOwn < Number.POSITIVE_INFINITY;
    const { record } = isKnown ? { record: 0 } : batch.recordPosition();
    const isJson = addJson(batch, line, end, map, "line", finds);
    if (isKnown) return;
    if (isJson || /^[\s\ufeff]*\{/.test(line)) firstOwn = record;
    isForeign = firstOwn !== record;
  }

  return {
    isJson: true,
    read(batch) {
      const { text, seen } = batch;
      let start = 0;
      let lines = 0;
      const endOf = (line: number) => (seen ? (seen.ends[2 * line] ?? -1) : text.indexOf("\n", start));
      for (let end = endOf(0); end !== -1; end = endOf(lines)) {
        if (!batch.admits(end + 1)) return;
        const line = text.slice(start, end);
        if (begun.length > 0) {
          take(batch, begun.join("") + line, end + 1);
          begun = [];
        } else take(batch, line, end + 1, findsIn(seen, line, lines));
        start = end + 1;
        lines++;
      }
      batch.countLines(lines, start);
      if (start < text.length) begun.push(text.slice(start));
    },
    end(batch) {
      const line = begun.join("");
      // A last line may lack its end, but half a record is the sign of a file that was cut: passing over it would make
      // a success of a loss.
      if (!isBlank(line) && readJson(line) === undefined) {
        batch.fail(0, (at) => `the file ends in the middle of the record on line ${at}`);
      } else take(batch, line, 0);
      if (isForeign) batch.fail(0, () => "The file is not NDJSON: none of its lines is JSON.");
    },
    memory: (record) => (record < firstOwn ? { foreign: true } : {}),
  };
}

function isBlank(line: string): boolean {
  return line.length === 0 || (line.charCodeAt(0) <= 0x20 && /^[ \t\r]*$/.test(line));
}
