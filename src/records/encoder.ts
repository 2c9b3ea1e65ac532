import { ExportError } from "../errors.js";
import type { JsonObject } from "../json.js";

/**
 * Turns records into the bytes of one file. The bytes of all `encode` calls and of `end`, one behind the other, are the
 * file; how the records are divided into calls makes no difference.
 */
export interface RecordEncoder<R> {
  readonly contentType: string;
  /** The usual ending of a file's name, without a dot. */
  readonly extension: string;
  /** The bytes of these records; throws `RECORD_INVALID` for one that the format cannot hold. */
  encode(records: readonly R[]): Uint8Array<ArrayBuffer>;
  /** What belongs at the end of the file. Call it once, after the last record. */
  end(): Uint8Array<ArrayBuffer>;
  /** Plain JSON from which a new encoder continues the file after the last record given to `encode`. */
  state(): JsonObject;
}

/** `JSON.stringify` that throws `RECORD_INVALID` where it would throw or yield nothing. */
export function jsonOf(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw unencodable("it holds a cycle, a bigint, or an object whose toJSON throws", cause);
  }
  if (json === undefined) throw unencodable("it has no JSON form");
  return json;
}

/** The error for a record that a format cannot hold. */
export function unencodable(reason: string, cause?: unknown): ExportError {
  return new ExportError("RECORD_INVALID", `A record cannot be encoded: ${reason}.`, { cause });
}
