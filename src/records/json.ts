import { findsIn } from "../exact/look-at-piece.js";
import { wrongOption } from "../model/wrong-option.js";
import type { CsvLayout, RecordDecoder, ResumeState } from "../spec/records.js";
import { addJson, objectOf } from "./add-json.js";
import { decoderOptions } from "./decoder-options.js";
import { JsonSplitter } from "./json-splitter.js";
import type { TextBatch } from "./text-batch.js";
import { decodeText, type TextFormat } from "./text-decoder.js";

/** What {@link json} can be told. */
export interface JsonOptions<R> {
  /**
   * Where the list stands in the document: `"users"` for `{ "users": […] }`, `"data.users"` for one deeper, a list of names
   * where one has a point in it. Default: the document is the list.
   */
  readonly path?: string | readonly string[] | undefined;
  /**
   * Makes the record of an element. An `Error` thrown here makes this one record invalid, with the error's message.
   * Without it every element must be an object, and is the record.
   */
  readonly map?: ((value: unknown) => R) | undefined;
  /** How `encode("csv")` lays the records out. */
  readonly csv?: CsvLayout<R> | undefined;
  /** What no two records of a whole export have in common; see `RecordDecoder.identify`. */
  readonly identify?: ((record: R) => string | undefined) | undefined;
  /** Default `"application/json"`. */
  readonly contentType?: string | undefined;
}

/**
 * A decoder for one JSON document with a list in it, whose elements are the records. The list is read element by element,
 * in constant memory; what else the document holds is passed over. A download resumes behind any element.
 *
 * An element that is no JSON within its brackets becomes an `InvalidRecord`, and decoding continues with the next one.
 * `decode` throws `DECODE_FAILED` where the document is broken around them, cut short or followed by something, where
 * there is no list at the path, or a second one, and for bytes that are not UTF-8; and `LIMIT_EXCEEDED` for an element
 * larger than `maxBufferedBytes`.
 *
 * @throws ExportError `CONFIG_INVALID`
 * @example
 * ```ts
 * const all = json<User>();
 * const users = json<User>({ path: "data.users" });
 * ```
 */
export function json<R>(options: JsonOptions<R> = {}): RecordDecoder<R> {
  const own = decoderOptions("json", options, {
    path: "any",
    map: "function",
    csv: "object",
    identify: "function",
    contentType: "string",
  });
  const map = own.map ?? (objectOf("element") as (value: unknown) => R);
  const { path: given = [], csv, identify, contentType = "application/json" } = own;
  const path = typeof given === "string" ? given.split(".") : given;
  const isPath =
    Array.isArray(path) &&
    path.every((name) => typeof name === "string" && (name !== "" || typeof given !== "string"));
  if (!isPath)
    throw wrongOption("json", "path", "must be names with points between them, or a list of names");
  return {
    kind: "artifact",
    format: "json",
    contentType,
    ...(csv && { csv }),
    ...(identify && { identify }),
    decode: (artifact, decodeOptions) =>
      decodeText(artifact, decodeOptions, jsonFormat(map, path, decodeOptions.state)),
  };
}

function jsonFormat<R>(
  map: (value: unknown) => R,
  path: readonly string[],
  state: ResumeState | undefined,
): TextFormat<R> {
  const splitter = new JsonSplitter(path, state !== undefined && state.offset > 0);
  // The beginning of an element that has not ended yet, in pieces: joined once, however many there are.
  let begun: string[] = [];

  const take = (batch: TextBatch<R>, text: string, end: number, finds?: number) =>
    addJson(batch, text, end, map, "element", finds);

  return {
    isJson: true,
    read(batch) {
      const { text, seen } = batch;
      let start = 0;
      const fault = splitter.read(text, {
        begin(at) {
          batch.skip(at);
          start = at;
          begun = [];
        },
        admits: (at) => batch.admits(at),
        end(at) {
          const element = text.slice(begun.length === 0 ? start : 0, at);
          if (begun.length === 0) take(batch, element, at, findsIn(seen, element));
          else take(batch, begun.join("") + element, at);
          begun = [];
        },
      });
      if (fault) batch.fail(fault.at, (line) => `The JSON is broken on line ${line}: ${fault.problem}.`);
      else if (!splitter.isInToken) batch.skip(text.length);
      else begun.push(text.slice(begun.length === 0 ? start : 0));
    },
    end(batch) {
      const problem = splitter.end();
      if (problem !== undefined)
        batch.fail(0, () => `The file is not a JSON document with a list: ${problem}.`);
    },
    memory: () => ({}),
  };
}
