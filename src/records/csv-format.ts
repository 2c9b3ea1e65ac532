import { ExportError } from "../model/errors.js";
import { type ResumeState, reasonOf } from "../spec/records.js";
import { type CsvHeaders, foreignText, isOneLine, readsAsHeader, renamed } from "./csv-header.js";
import { CsvParser } from "./csv-parser.js";
import { checkHeader, notCsv, shownNames } from "./csv-refusal.js";
import type { TextBatch } from "./text-batch.js";
import { type TextFormat, unusableState } from "./text-decoder.js";
import type { TextPosition } from "./text-positions.js";

/**
 * Makes the function that makes records. It is called once per file, with the names in the header row, and again when
 * a decoding is continued. An `ExportError` thrown here passes through as it is, any other `Error` becomes
 * `DECODE_FAILED`. The function it returns gets as many cells as there are names; an `Error` thrown there makes that
 * one record invalid, with the error's message. `warn` tells the caller of a file that can be read and is not quite what it
 * should be: the logger, and an event.
 */
export type CsvPrepare<R> = (
  header: readonly string[],
  warn: (message: string) => void,
) => (cells: readonly string[]) => R;

/** What {@link csvFormat} can be told. */
export interface CsvFormatOptions {
  readonly delimiter?: string | undefined;
  readonly headers?: CsvHeaders | undefined;
  /** Asked at the file's end: whether a last row without a line end is half a row. */
  readonly needsLineEnd?: (() => boolean) | undefined;
  /** An empty first line names one column, by the empty name. */
  readonly blankHeader?: boolean | undefined;
  /** Whether a header with no record below it is the export's own. */
  readonly isHeader?: ((header: readonly string[]) => boolean) | undefined;
  /** Names that the header has in any case. */
  readonly requiredColumns?: readonly string[] | undefined;
  /** Takes what the caller should know of a file that can be read. */
  readonly warn?: ((message: string) => void) | undefined;
}

/** CSV with a header row, as a format for `decodeText`. */
export function csvFormat<R>(
  prepare: CsvPrepare<R>,
  state: ResumeState | undefined,
  {
    delimiter,
    headers,
    needsLineEnd = () => false,
    blankHeader,
    requiredColumns,
    warn = ignored,
    isHeader = requiredColumns ? isOneLine : readsAsHeader,
  }: CsvFormatOptions = {},
): TextFormat<R> {
  const former = headerOf(state);
  const parser = new CsvParser(delimiterOf(state) ?? delimiter, former === undefined);
  const isKnown = isHeader !== readsAsHeader;
  let header = former ?? (typeof headers === "object" ? headers : undefined);
  /** Whether the next row is the first of a file without a header. */
  let isFirst = header !== undefined && former === undefined;
  // What there is to say of the file was said where it began.
  let make = header && prepared(prepare, header, former ? ignored : warn);
  /** The first line, which may be something else than a header, and the first record that fits it. */
  let first = state?.alone === true ? former : undefined;
  let firstFit = Infinity;
  let openQuote: TextPosition | undefined;
  let wholeRows: typeof import("./whole-rows.js") | undefined;
  let take: TextFormat<R>["take"];

  function takeHeader(batch: TextBatch<R>, cells: string[]): void {
    const position = batch.recordPosition();
    const foreign = foreignText(cells, parser.hasLoneCr);
    if (foreign !== undefined) throw notCsv(foreign, position);
    if (headers === undefined || headers === "unique") checkHeader(cells, position);
    const missing = requiredColumns?.filter((name) => !cells.includes(name)) ?? [];
    if (missing.length > 0) throw notCsv(`its header lacks ${shownNames(missing)}`, position, missing);
    const [name = ""] = cells;
    if (cells.length === 1 && delimiter === undefined && /[;\t|]/.test(name)) {
      warn(
        `the header of the file is one column, ${JSON.stringify(name.slice(0, 100))}: if its cells are separated by something ` +
          "else than a comma, say so with csv({ delimiter })",
      );
    }
    header = headers === "rename" ? renamed(cells) : cells;
    make = prepared(prepare, header, warn);
    first = cells;
  }

  function takeRow(batch: TextBatch<R>, cells: string[], blank: boolean, end: number): boolean {
    if (!batch.admits(end)) return false;
    if (cells.length === 0) batch.skip(end);
    else if (header === undefined || make === undefined) {
      if (!blank || blankHeader) takeHeader(batch, cells);
      batch.skip(end);
    } else if (blank && header.length > 1) {
      batch.skip(end);
    } else {
      if (cells.length !== header.length) {
        const foreign = isFirst ? foreignText(cells, parser.hasLoneCr) : undefined;
        if (foreign !== undefined) throw notCsv(foreign, batch.recordPosition());
        isFirst = false;
        batch.reject(`The row has ${count(cells.length, "cell")}, the header has ${header.length}.`, end);
        return true;
      }
      isFirst = false;
      if (first && firstFit === Infinity) firstFit = batch.recordPosition().record;
      try {
        batch.add(make(cells), end);
      } catch (error) {
        batch.reject(reasonOf(error), end);
      }
    }
    return true;
  }

  return {
    async load() {
      // Where it cannot be loaded, all is read by its text.
      wholeRows = await import("./whole-rows.js").catch(() => undefined);
      take = wholeRows?.rowTaker(parser);
    },
    take: (bytes, isRest) => take?.(bytes, isRest) ?? bytes.length,
    read(batch) {
      const receive = (cells: string[], blank: boolean, end: number) => takeRow(batch, cells, blank, end);
      if (batch.rows) {
        wholeRows?.readRows(batch.text, batch.rows, receive);
        return;
      }
      const fault = parser.read(batch.text, receive);
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
      else if (header === undefined && isKnown) throw notCsv("it does not even have a header");
      else if (first && firstFit === Infinity && !isHeader(first)) {
        throw notCsv(
          "no row that fits follows its first line, and nothing proves that to be a header. Where it is one, name its " +
            "columns: csv({ requiredColumns })",
        );
      }
    },
    memory: (record) => ({
      header,
      ...(first && record < firstFit && { alone: true }),
      ...(parser.delimiter !== (delimiter ?? ",") && { delimiter: parser.delimiter }),
    }),
  };
}

const ignored = (): void => {};

function prepared<R>(
  prepare: CsvPrepare<R>,
  ...given: Parameters<CsvPrepare<R>>
): (cells: readonly string[]) => R {
  try {
    return prepare(...given);
  } catch (error) {
    if (ExportError.isInstance(error)) throw error;
    throw new ExportError("DECODE_FAILED", `The header row cannot be used: ${reasonOf(error)}`, {
      operation: "decode",
      cause: error,
    });
  }
}

/** The header that a state carries; `undefined` where decoding begins at the beginning. */
function headerOf(state: ResumeState | undefined): readonly string[] | undefined {
  if (state === undefined || state.offset === 0) return undefined;
  const { header } = state;
  if (Array.isArray(header) && header.length > 0 && header.every((name) => typeof name === "string")) {
    return header;
  }
  throw unusableState();
}

/** The delimiter that the file named, in a state behind that. */
function delimiterOf(state: ResumeState | undefined): string | undefined {
  const delimiter = headerOf(state) && state?.delimiter;
  if (delimiter === undefined) return undefined;
  if (typeof delimiter === "string" && /^[^"\r\n]$/.test(delimiter)) return delimiter;
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
