import { withSignedZeros } from "../exact/convert-numbers.js";
import type { JsonObject } from "../model/json.js";

/**
 * Turns records into the text of one file: that of all `write` calls and of `end`, one behind the other. It is written
 * in UTF-8.
 */
export interface RecordEncoder<R> {
  readonly contentType: string;
  /** The usual ending of a file's name, without a dot. */
  readonly extension: string;
  /** Whether no half of a surrogate pair can stand alone in the text: UTF-8 has no form for one. */
  readonly isWellFormed: boolean;
  /**
   * The text of a record; throws an `Error` that says why the format cannot hold it, and leaves no trace of it then.
   *
   * @param signed - whether there may be a `-0`, whose sign is to be written
   */
  write(record: R, signed?: boolean): string;
  /** What belongs at the end of the file. Call it once, after the last record. */
  end(): string;
  /** Takes the names of the columns at the source, in its order, before the records that have them; see `onColumns`. */
  sourceColumns?(names: readonly string[], more?: boolean): void;
  /** The columns, as they were asked for, that no record filled so far; none where there was not a record. */
  emptyColumns?(): readonly string[];
  /** Plain JSON from which a new encoder continues the file after the last record given to `write`. */
  state(): JsonObject;
}

/** `JSON.stringify` that throws an `Error` with the reason where there is no JSON. */
export function jsonOf(value: unknown): string {
  let json: string | undefined;
  try {
    json = written(value);
  } catch (cause) {
    throw new Error(reasonFor(cause), { cause });
  }
  if (json === undefined) throw new Error("it has no JSON form");
  return json;
}

function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!isKind(error, "TypeError")) throw error;
    // Of what JSON cannot write by itself, a bigint is as good a number as any.
    const { rawJSON = String } = JSON as { rawJSON?: (text: string) => unknown };
    return JSON.stringify(value, (_, member: unknown) =>
      typeof member === "bigint" ? rawJSON(String(member)) : member,
    );
  }
}

function reasonFor(cause: unknown): string {
  // What overflows is the engine's stack.
  if (isKind(cause, "RangeError")) return "it is nested too deep to be written as JSON";
  return isKind(cause, "TypeError") ? "it holds a cycle" : "a toJSON of it throws";
}

// By name: it may be of another realm.
const isKind = (value: unknown, name: string) => (value as Partial<Error> | null)?.name === name;

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
    // JSON.stringify escapes them.
    isWellFormed: true,
    write: (record, signed) => `${jsonOf(signed ? withSignedZeros(record) : record)}\n`,
    end: () => "",
    state: () => ({}),
  };
}
