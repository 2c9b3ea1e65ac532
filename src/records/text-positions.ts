import type { TextChunk } from "./text-chunks.js";
import { utf8Length } from "./utf8.js";

/** A place in a text file: the byte from 0, the line from 1. */
export interface TextPosition {
  readonly byte: number;
  readonly line: number;
}

/** Whether every index in a chunk is a byte. */
export function isByBytes(chunk: TextChunk): boolean {
  return chunk.rows !== undefined || chunk.text.length === chunk.bytes;
}

/** Counts bytes and lines on the way through a text; fast as long as it is moved forward. */
export class TextPositions {
  readonly #chunk: TextChunk;
  readonly #firstLine: number;
  #index = 0;
  #byte: number;
  #line: number;
  /** How many lines end before, or rows, where the bytes showed their ends. */
  #ended = 0;

  constructor(chunk: TextChunk, line: number) {
    this.#chunk = chunk;
    this.#firstLine = line;
    this.#byte = chunk.offset;
    this.#line = line;
  }

  /** @param line - the line of `index`, where it is known */
  moveTo(index: number, line?: number): TextPosition {
    if (index < this.#index) {
      this.#index = 0;
      this.#byte = this.#chunk.offset;
      this.#line = this.#firstLine;
      this.#ended = 0;
    }
    const { seen, rows } = this.#chunk;
    const ends = seen?.ends;
    if (rows) this.#passRows(index, rows.rows);
    else if (ends) this.#passEnds(index, ends);
    else if (line === undefined) this.#countLines(index);
    this.#countBytes(index);
    if (line !== undefined) this.#line = line;
    this.#index = index;
    return { byte: this.#byte, line: this.#line };
  }

  /** To the last line's beginning before `index`. */
  #passEnds(index: number, ends: Uint16Array): void {
    while ((ends[2 * this.#ended] ?? index) < index) this.#ended++;
    this.#line = this.#firstLine + this.#ended;
    const end = this.#ended > 0 ? (ends[2 * this.#ended - 2] ?? 0) : -1;
    if (end < this.#index) return;
    this.#index = end + 1;
    this.#byte = this.#chunk.offset + (ends[2 * this.#ended - 1] ?? 0) + 1;
  }

  #passRows(index: number, rows: Uint16Array): void {
    while ((rows[4 * this.#ended + 1] ?? Infinity) <= index) this.#ended++;
    if (this.#ended > 0) this.#line = this.#firstLine + (rows[4 * this.#ended - 2] ?? 0);
  }

  #countBytes(index: number): void {
    const { text, offset, bytes } = this.#chunk;
    if (isByBytes(this.#chunk)) this.#byte += index - this.#index;
    // The length of the whole is known: what is shorter is counted, the way there or the rest.
    else if (text.length - index < index - this.#index) {
      this.#byte = offset + bytes - utf8Length(text, index, text.length);
    } else this.#byte += utf8Length(text, this.#index, index);
  }

  #countLines(index: number): void {
    const { text } = this.#chunk;
    for (let at = text.indexOf("\n", this.#index); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) {
      this.#line++;
    }
  }
}
