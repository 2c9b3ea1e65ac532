import type { JsonObject, JsonValue } from "../model/json.js";
import { isError } from "../model/realm.js";
import type { Artifact } from "./artifact.js";

/** Where a record stands in what the provider sent. All numbers count from 1, except `index` (from 0). */
export interface RecordPosition {
  /** The ordinal of the record in the export. */
  readonly record: number;
  /** Text formats: the line on which the record begins. */
  readonly line?: number;
  /** Text formats: the byte at which the record begins, from 0; of the unpacked text where the file is compressed. */
  readonly byte?: number;
  /** Archives: the member. */
  readonly file?: string;
  /** Workbooks: the sheet. */
  readonly sheet?: string;
  /** Workbooks: the row as the sheet numbers it, from 1. */
  readonly row?: number;
  /** Paged exports: the page. */
  readonly page?: number;
  /** Paged exports: the item's place in its page, from 0. */
  readonly index?: number;
}

/** One record that cannot be read or encoded, while those after it can. */
export interface RecordIssue {
  /** Why it cannot be read or encoded. */
  readonly message: string;
  /** Where it stands. */
  readonly position: RecordPosition;
}

const INVALID = Symbol.for("exportkit.InvalidRecord");

/**
 * Takes the place of a broken record in a batch.
 *
 * @example
 * ```ts
 * const entry = new InvalidRecord({ message: "the line is not JSON", position: { record: 3, line: 3 } });
 * ```
 */
export class InvalidRecord {
  /** What is wrong with it, and where. */
  readonly issue: RecordIssue;
  /** By which it is known, also to another copy of the package. */
  readonly [INVALID] = true;
  constructor(issue: RecordIssue) {
    this.issue = issue;
  }
}

/**
 * Whether an entry of a batch is an {@link InvalidRecord}, also one of another copy of the package.
 *
 * @example
 * ```ts
 * const sound = records.filter((entry) => !isInvalidRecord(entry));
 * ```
 */
export function isInvalidRecord(entry: unknown): entry is InvalidRecord {
  // Asked of every record: that it is a plain object, which most are, shows sooner than that it lacks the mark.
  return (
    typeof entry === "object" &&
    entry !== null &&
    Object.getPrototypeOf(entry) !== Object.prototype &&
    INVALID in entry
  );
}

/**
 * Where a decoder resumes. Beside the two that the engine reads stands whatever else the decoder needs: line number,
 * header, sheet; the state of the decoder within (`inner`), where it wraps one.
 */
export interface ResumeState extends JsonObject {
  /**
   * The byte of the artifact at which to connect, which is what the decoder will ask `stream` for first. For text that is
   * where the next record begins. A decoder that cannot enter the file there names a byte before it, such as 0, and keeps
   * in fields of its own how far to read from there.
   */
  readonly offset: number;
  /** How many records, sound or broken, lie before this place. */
  readonly record: number;
}

/** Records that became readable together. Batches keep the cost of asynchrony per chunk and not per record. */
export interface RecordBatch<R> {
  /** The records, in order, and in place of a broken one what is wrong with it. */
  readonly entries: readonly (R | InvalidRecord)[];
  /** `false` where no record holds an `ExactNumber` or `-0`: then none is looked for. Default `true`. */
  readonly exact?: boolean;
  /** The state that continues with the entry after `index`. Called seldom. */
  stateAfter(index: number): ResumeState;
  /** Where the entry at `index` stands, for a record that turns out unusable later. Default: its ordinal alone. */
  positionOf?(index: number): RecordPosition;
}

/** What a decoder is given beside the bytes. */
export interface DecodeOptions {
  /** The largest piece held in memory at once, in bytes: a line, a cell. */
  readonly maxBufferedBytes: number;
  /** Continue here instead of at the beginning. */
  readonly state?: ResumeState | undefined;
  /** What the decoder around this one hands on, for some to share. One that wraps another passes on all of its options. */
  readonly within?: unknown;
  /** Tells the caller, in one sentence, what was passed over: it becomes an event and a warning of the logger. */
  readonly warn?: ((message: string) => void) | undefined;
  /**
   * Takes the names of the columns (as `csv.flatten` names them), in the order of the source, before the records that
   * have them; called again where others follow. Keys of an object do not keep an order: whole numbers come first.
   * `more` says that other sources, with columns of their own, may come behind this one, or have come before it.
   */
  readonly onColumns?: ((names: readonly string[], more?: boolean) => void) | undefined;
}

/** How `encode("csv")` lays out this kind of record. */
export interface CsvLayout<R> {
  /**
   * The columns, in order; none stand for those of the source (see {@link DecodeOptions.onColumns}, {@link Page.columns})
   * and what else the first record has. Keys that are in no column are kept as JSON in a last column named `_extra`.
   */
  readonly columns: readonly string[];
  /** The cells of one record by column name; by default the record's own keys. */
  flatten?(record: R): { readonly [column: string]: unknown };
  /**
   * The cell of a column that the caller asks for and that is none of the record's cells. Without it, and where it gives
   * nothing, the name is a path into the cells, then into the record.
   */
  cell?(record: R, column: string): unknown;
  /**
   * `true` where every record has these columns and no others: no `_extra` column then, and a caller who asks for another
   * column is refused.
   */
  readonly complete?: boolean;
}

/** Turns the bytes of an artifact into typed records. Plain data and one function. */
export interface RecordDecoder<R> {
  /** Of a file. */
  readonly kind: "artifact";
  /** The short name of the artifact's format. */
  readonly format: string;
  /** Used where the store names no content type. */
  readonly contentType: string;
  /** How records are laid out in CSV, where that does not follow from the first of them. */
  readonly csv?: CsvLayout<R>;
  /**
   * Whether `decode`, given this state, proves by what it reads that the artifact is the one the state was taken from,
   * and rejects with `ARTIFACT_CHANGED` if it is not. Without it a download is continued only where the store names a
   * strong validator.
   */
  proves?(state: ResumeState): boolean;
  /** Whether files of this format, one behind the other and each with its last line ended, are a file of it, too. */
  readonly joinsLines?: boolean;
  /** Whether a member of an archive is of this format, by its name. Default: every one is. */
  accepts?(name: string): boolean;
  /** Whether an archive of these members is itself a file of this format, as a workbook is. */
  opens?(names: readonly string[]): boolean;
  /**
   * What no two records of a whole export have in common. With it those that come again are counted (`download.repeated`),
   * where a vendor repeats some and leaves out others.
   */
  identify?(record: R): string | undefined;
  /** The records of an artifact from `options.state` on. Ends only where the artifact ends. */
  decode(artifact: Artifact, options: DecodeOptions): AsyncGenerator<RecordBatch<R>, void, undefined>;
}

/**
 * Turns the items of pages into typed records. With `identify` the engine keeps its place in a listing that grows while
 * it is read: it drops records that come again, and finds the last record of a checkpoint wherever it has moved to. Without it places are counted, which is right only for a listing that stands still.
 */
export interface PagedRecords<R> {
  /** Of pages. */
  readonly kind: "pages";
  /** How records are laid out in CSV, where that does not follow from the first of them. */
  readonly csv?: CsvLayout<R>;
  /** The record of an item; throws an `Error` whose message says what is wrong with the item. */
  map(item: unknown): R;
  /** What makes a record the same as another, so that pages can overlap; `undefined` for "never the same". Up to 10,000 characters. */
  identify?(record: R): string | undefined;
  /**
   * Whether no two records of a whole listing have the same identity, so that one of the last thousand never comes again
   * (`true`), or some may, as rows that are equal in all they say (`false`): then a record is taken for the same where it
   * came on the page before, or where the total tells that records were added. Default: `true` where pages tell a total.
   */
  readonly unique?: boolean;
}

/** How the records of a delivery are read: a decoder for a file, or what tells of the items of pages. */
export type RecordSource<R> = RecordDecoder<R> | PagedRecords<R>;

/**
 * The type-level function from a request to its record type, for providers whose records depend on what was asked.
 * Extend it and compute `record` from `this["request"]`.
 *
 * @example
 * ```ts
 * interface MyRecords extends RecordKind {
 *   readonly record: this["request"] extends { full: true } ? FullRow : ShortRow;
 * }
 * ```
 */
export interface RecordKind {
  /** The request that is asked with. */
  readonly request: unknown;
  /** What comes of it. */
  readonly record: unknown;
}

/** The record type for a request `Q`, where `R` is a record type or a {@link RecordKind}. */
export type RecordFor<R, Q> = R extends RecordKind ? (R & { readonly request: Q })["record"] : R;

export type { JsonValue };

/** Why a record could not be made, from what was thrown on the way; anything but an `Error` is thrown on. */
export function reasonOf(thrown: unknown): string {
  if (isError(thrown)) return thrown.message;
  throw thrown;
}
