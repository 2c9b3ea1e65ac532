import { exactNumbersMade } from "../exact/exact-number.js";
import type { PieceSeen } from "../exact/look-at-piece.js";
import { ExportError, type ExportErrorCode } from "../model/errors.js";
import type { JsonObject } from "../model/json.js";
import { InvalidRecord, type RecordBatch, type RecordPosition, type ResumeState } from "../spec/records.js";
import type { TextChunk } from "./text-chunks.js";
import { isByBytes, type TextPosition, TextPositions } from "./text-positions.js";
import { utf8Length } from "./utf8.js";
import type { WholeRows } from "./whole-rows.js";

/** What is known where a chunk begins. */
export interface TextProgress {
  /** How many records lie before. */
  readonly record: number;
  /** The line of the chunk's first character. */
  readonly line: number;
  /** Where the record begins that is being read; before this chunk if it is not complete yet. */
  readonly begun: TextPosition;
}

/** What a batch must know of its file. */
export interface TextBatchOptions {
  /** The largest record, in bytes. */
  readonly limit: number;
  /** What a state behind so many records holds beside the place. */
  readonly memory: (record: number) => JsonObject;
}

/**
 * The records that end in one chunk of text. Per record it keeps where it ends and nothing else; bytes and lines are
 * counted when someone asks. Indexes are those of the text, and of the bytes where it is written without the quotes of CSV.
 */
export class TextBatch<R> implements RecordBatch<R> {
  readonly text: string;
  readonly entries: (R | InvalidRecord)[] = [];
  /** Why nothing can be read after the entries. */
  failure: ExportError | undefined;
  readonly #chunk: TextChunk;
  readonly #progress: TextProgress;
  readonly #options: TextBatchOptions;
  readonly #ends: number[] = [];
  /** Where records begin that do not begin where the one before ended: there are blank lines between. */
  readonly #begins = new Map<number, number>();
  readonly #cursor: TextPositions;
  /** Of its own: the places asked of the parser and of the consumer are far apart. */
  readonly #stateCursor: TextPositions;
  readonly #bytesPerUnit: number;
  readonly #made = exactNumbersMade();
  #rejected = 0;
  #begin = 0;
  /** Whether the record being read does not begin where the one before ended. */
  #isBehindGap = false;

  constructor(chunk: TextChunk, progress: TextProgress, options: TextBatchOptions) {
    this.text = chunk.text;
    this.#chunk = chunk;
    this.#progress = progress;
    this.#options = options;
    this.#cursor = new TextPositions(chunk, progress.line);
    this.#stateCursor = new TextPositions(chunk, progress.line);
    this.#bytesPerUnit = isByBytes(chunk) ? 1 : 3;
  }

  /** What its bytes showed, where the format looks at them. */
  get seen(): PieceSeen | undefined {
    return this.#chunk.seen;
  }

  /** What the text is, where it is written without the quotes of CSV. */
  get rows(): WholeRows | undefined {
    return this.#chunk.rows;
  }

  /** The index of its end. */
  get length(): number {
    return this.#chunk.rows ? this.#chunk.bytes : this.text.length;
  }

  get exact(): boolean {
    return exactNumbersMade() !== this.#made;
  }

  /** How many entries are records. */
  get sound(): number {
    return this.entries.length - this.#rejected;
  }

  /** Takes `record` as the one that ends before the index `end`. */
  add(record: R, end: number): void {
    this.#take(record, end);
  }

  /** Takes the record that ends before `end` as broken. */
  reject(message: string, end: number): void {
    this.#rejected += 1;
    this.#take(new InvalidRecord({ message, position: this.recordPosition() }), end);
  }

  #take(entry: R | InvalidRecord, end: number): void {
    if (this.#isBehindGap) {
      this.#begins.set(this.#ends.length, this.#begin);
      this.#isBehindGap = false;
    }
    this.entries.push(entry);
    this.#ends.push(end);
    this.#begin = end;
  }

  /** Passes over text that is not a record. */
  skip(end: number): void {
    this.#begin = end;
    this.#isBehindGap = true;
  }

  /** Whether the record being read is within the limit if it reaches up to `end`; if not, the batch has failed. */
  admits(end: number): boolean {
    const carried = this.#begin === 0 ? this.#chunk.offset - this.#progress.begun.byte : 0;
    const { limit } = this.#options;
    if (carried + (end - this.#begin) * this.#bytesPerUnit <= limit) return true;
    if (this.#bytesPerUnit > 1 && carried + utf8Length(this.text, this.#begin, end) <= limit) return true;
    const position = this.recordPosition();
    this.failure ??= textError(
      "LIMIT_EXCEEDED",
      `The record that begins on line ${position.line} is larger than ${limit} bytes. Raise maxBufferedBytes if ` +
        "the export holds such records.",
      { ...position, limit },
    );
    return false;
  }

  /** Ends the decoding: what stands at the index `at` cannot be read past. */
  fail(at: number, describe: (line: number) => string): void {
    if (!this.admits(at)) return;
    const place = this.placeOf(at);
    const record = this.#progress.record + this.entries.length + 1;
    this.failure ??= textError("DECODE_FAILED", describe(place.line), { record, ...place });
  }

  /** The position of the record being read. */
  recordPosition(): RecordPosition & TextPosition {
    return { record: this.#progress.record + this.entries.length + 1, ...this.#beginning() };
  }

  placeOf(index: number): TextPosition {
    return this.#cursor.moveTo(index);
  }

  /** Tells that so many lines end before `index`, to spare counting them. */
  countLines(lines: number, index: number): void {
    this.#cursor.moveTo(index, this.#progress.line + lines);
  }

  stateAfter(index: number): ResumeState {
    const end = this.#ends[index];
    if (end === undefined) throw new RangeError(`The batch has no entry ${index}.`);
    const { byte, line } = this.#stateCursor.moveTo(end);
    const record = this.#progress.record + index + 1;
    return { ...this.#options.memory(record), offset: byte, record, line };
  }

  positionOf(index: number): RecordPosition {
    const begin = this.#begins.get(index) ?? (index === 0 ? 0 : (this.#ends[index - 1] ?? 0));
    const place = begin === 0 ? this.#progress.begun : this.placeOf(begin);
    return { record: this.#progress.record + index + 1, line: place.line, byte: place.byte };
  }

  /** Where the next chunk begins. */
  progressAfter(): TextProgress {
    const begun = this.#beginning();
    const { line } = this.placeOf(this.length);
    return { record: this.#progress.record + this.entries.length, line, begun };
  }

  #beginning(): TextPosition {
    return this.#begin === 0 ? this.#progress.begun : this.placeOf(this.#begin);
  }
}

/** The error for a text file that cannot be decoded. */
export function textError(code: ExportErrorCode, message: string, details: JsonObject): ExportError {
  return new ExportError(code, message, {
    operation: "decode",
    details: details as { [key: string]: number },
  });
}
