import { ExportError } from "../model/errors.js";
import type { DecoderState } from "../spec/records.js";
import { type CsvHeaders, foreignText, mayBeHeader, renamed, repeatedNames } from "./csv-header.js";
import { CsvParser } from "./csv-parser.js";
import { reasonOf } from "./record-reason.js";
import { type TextBatch, type TextPlace, textError } from "./text-batch.js";
import { type TextFormat, unusableState } from "./text-decoder.js";

/**
 * Makes the function that makes records. It is called once per file, with the names in the header row, and again when
 * a decoding is continued. An `ExportError` thrown here passes through as it is, any other `Error` becomes
 * `DECODE_FAILED`. The function it returns gets as many cells as there are names; an `Error` thrown there makes that
 * one record invalid, with the error's message.
 */
export type CsvPrepare<R> = (header: readonly string[]) => (cells: readonly string[]) => R;

/** What {@link csvFormat} can be told. */
export interface CsvFormatOptions {
  readonly delimiter?: string | undefined;
  readonly headers?: CsvHeaders | undefined;
  /** Asked at the file's end: whether a last row without a line end is half a row. */
  readonly needsLineEnd?: (() => boolean) | undefined;
  /** An empty first line names one column, by the empty name. */
  readonly blankHeader?: boolean | undefined;
  /** `prepare` takes the export's own header only. */
  readonly provesHeader?: boolean | undefined;
}

/** CSV with a header row, as a format for `decodeText`. */
export function csvFormat<R>(
  prepare: CsvPrepare<R>,
  state: DecoderState | undefined,
  { delimiter, headers, needsLineEnd = () => false, blankHeader, provesHeader }: CsvFormatOptions = {},
): TextFormat<R> {
  const parser = new CsvParser(delimiter);
  let header = headerOf(state) ?? (typeof headers === "object" ? headers : undefined);
  let make = header && prepared(prepare, header);
  /** Nothing stands below the header so far, which may be something else then. */
  let isAlone = header === undefined && provesHeader !== true;
  let isClosed = false;
  let openQuote: TextPlace | undefined;

  function takeRow(batch: TextBatch<R>, cells: string[], blank: boolean, end: number): boolean {
    if (!batch.admits(end)) return false;
    if (header === undefined || make === undefined) {
      if (!blank || blankHeader) {
        const position = batch.recordPosition();
        const foreign = foreignText(cells, parser.hasLoneCr);
        if (foreign !== undefined) throw notCsv(foreign, position);
        if (headers === undefined || headers === "unique") checkHeader(cells, position);
        header = headers === "rename" ? renamed(cells) : cells;
        make = prepared(prepare, header);
        isClosed = end > 0;
      }
      batch.skip(end);
    } else if (blank && header.length > 1) {
      batch.skip(end);
    } else if (cells.length !== header.length) {
      batch.reject(`The row has ${count(cells.length, "cell")}, the header has ${header.length}.`, end);
    } else {
      try {
        batch.add(make(cells), end);
        isAlone = false;
      } catch (error) {
        batch.reject(reasonOf(error), end);
      }
    }
    return true;
  }

  return {
    read(batch) {
      const fault = parser.read(batch.text, (cells, blank, end) => takeRow(batch, cells, blank, end));
      if (fault) batch.fail(fault.at, (line) => textAfterQuote(line));
      const quoteAt = parser.openQuote;
      if (quoteAt >= 0) openQuote = batch.placeOf(quoteAt);
    },
    end(batch) {
      const fault = parser.end((cells, blank, end) => {
        if (!needsLineEnd()) return takeRow(batch, cells, blank, end);
        batch.fail(
          0,
          (line) => `The file was cut off within the row on line ${line}: no line end closes it.`,
        );
        return false;
      });
      if (fault?.problem === "open quote") batch.fail(0, (line) => neverClosed(openQuote?.line ?? line));
      else if (fault) batch.fail(0, (line) => textAfterQuote(line));
      else if (isAlone && header && !mayBeHeader(header, isClosed)) {
        throw notCsv("no record follows its first line, which reads as no header", { line: 1, byte: 0 });
      }
    },
    memory: () => ({ header }),
  };
}

function prepared<R>(prepare: CsvPrepare<R>, header: readonly string[]): (cells: readonly string[]) => R {
  try {
    return prepare(header);
  } catch (error) {
    if (ExportError.isInstance(error)) throw error;
    throw new ExportError("DECODE_FAILED", `The header row cannot be used: ${reasonOf(error)}`, {
      operation: "decode",
      cause: error,
    });
  }
}

function checkHeader(
  names: readonly string[],
  { line = 1, byte = 0 }: { line?: number; byte?: number },
): void {
  const twice = repeatedNames(names);
  if (twice.length === 0) return;
  const columns = twice.slice(0, 10).map((name) => name.slice(0, 100));
  const shown = columns.map((name) => JSON.stringify(name)).join(", ");
  throw textError(
    "DECODE_FAILED",
    `The header row on line ${line} names more than once: ${shown}. Tell csv() what to do with them, with headers.`,
    {
      line,
      byte,
      columns,
    },
  );
}

function notCsv(why: string, { line = 1, byte = 0 }: { line?: number; byte?: number }): ExportError {
  return textError("DECODE_FAILED", `The file is no CSV: ${why}.`, { line, byte });
}

/** The header that a state carries; `undefined` where decoding begins at the beginning. */
function headerOf(state: DecoderState | undefined): readonly string[] | undefined {
  if (state === undefined || state.offset === 0) return undefined;
  const { header } = state;
  if (Array.isArray(header) && header.length > 0 && header.every((name) => typeof name === "string")) {
    return header;
  }
  throw unusableState();
}

function textAfterQuote(line: number): string {
  return `A closing quote on line ${line} is followed by text. Only a delimiter or a line end may follow it.`;
}

function neverClosed(line: number): string {
  return `The quote opened on line ${line} is never closed: the file ends inside the cell.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
