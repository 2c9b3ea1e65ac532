import { CellPieces } from "./cell-pieces.js";

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Where the parser stands between two characters: before a cell, in one, or behind a quote that may have closed it. */
type CellPart = "cell" | "unquoted" | "quoted" | "quote" | "quote-cr";

/** Why the text cannot be read past the index `at`. */
export interface CsvFault {
  readonly at: number;
  readonly problem: "text after quote" | "open quote";
}

/** The first line of files that are written for Excel: what stands between the cells of the others. */
const NAMED_DELIMITER = /^sep=([^"])$/i;

/**
 * Takes one row; `false` stops the parser.
 *
 * @param cells - the receiver's to keep; none of a line that only names the delimiter
 * @param blank - the row is an empty line
 * @param end - the index just behind the row and its line end
 */
export type CsvRowReceiver = (cells: string[], blank: boolean, end: number) => boolean;

/**
 * Splits CSV (RFC 4180) into rows, from text that comes in pieces; no character is looked at twice because of a border.
 * LF ends a row as CRLF does. The RFC does not define a CR alone, nor a quote inside a cell that does not begin with
 * one: both are data.
 */
export class CsvParser {
  #delimiter: string;
  #delimiterUnit: number;
  #isFirstLine: boolean;
  #place: CellPart = "cell";
  #cells: string[] = [];
  /** The current cell, as far as it is read. */
  readonly #cell = new CellPieces();
  #hasQuotedCell = false;
  #quoteOpenedAt = -1;
  #isFirstRow = true;
  #hasLoneCr = false;

  /** @param isBeginning - the text begins with the first line of the file */
  constructor(delimiter = ",", isBeginning = true) {
    this.#delimiter = delimiter;
    this.#delimiterUnit = delimiter.charCodeAt(0);
    this.#isFirstLine = isBeginning;
  }

  /** What stands between cells, also where the file named it. */
  get delimiter(): string {
    return this.#delimiter;
  }

  /** Whether the first row has a CR within a cell without quotes, as a file has whose lines end in CR alone. */
  get hasLoneCr(): boolean {
    return this.#hasLoneCr;
  }

  /**
   * The index in the last text of the quote that opened the current cell; -1 if there is none in it.
   * Even behind a second quote the cell may continue, with a third one in the next text.
   */
  get openQuote(): number {
    return this.#place === "quoted" || this.#place === "quote" ? this.#quoteOpenedAt : -1;
  }

  /** Whether the next character begins a row that is not the first. */
  get isBetweenRows(): boolean {
    return this.#place === "cell" && this.#cells.length === 0 && !this.#isFirstRow;
  }

  /** Whether the next character is in quotes. */
  get isInQuotes(): boolean {
    return this.#place === "quoted";
  }

  /** Reads on in `text`. */
  read(text: string, receive: CsvRowReceiver): CsvFault | undefined {
    const { length } = text;
    // Local, for they are asked at every cell.
    let delimiter = this.#delimiter;
    let delimiterUnit = this.#delimiterUnit;
    let isFirstRow = this.#isFirstRow;
    let place = this.#place;
    let at = 0;
    /** Where a cell without quotes begins in this text. */
    let start = 0;
    // The next comma and line end, looked up again only when passed: rows without one cost no search each.
    let comma = -1;
    let lf = -1;
    this.#quoteOpenedAt = -1;

    while (at < length) {
      if (place === "cell") {
        start = at;
        const unit = text.charCodeAt(at);
        if (unit === delimiterUnit) {
          this.#cells.push("");
          at++;
          continue;
        }
        if (unit === QUOTE) {
          place = "quoted";
          this.#hasQuotedCell = true;
          this.#quoteOpenedAt = at;
          at++;
          continue;
        }
        place = "unquoted";
      }

      if (place === "unquoted") {
        if (comma < at) comma = indexOrEnd(text, delimiter, at);
        if (lf < at) lf = indexOrEnd(text, "\n", at);
        if (comma < lf) {
          const cell = this.#cell.take(text.slice(start, comma));
          place = "cell";
          if (isFirstRow) this.#look(cell);
          this.#cells.push(cell);
          at = comma + 1;
        } else if (lf < length) {
          const cell = this.#cell.take(text.slice(start, lf));
          place = "cell";
          const whole = cell.charCodeAt(cell.length - 1) === CR ? cell.slice(0, -1) : cell;
          if (isFirstRow) this.#look(whole);
          this.#cells.push(whole);
          at = lf + 1;
          if (!this.#endRow(receive, at)) return undefined;
          if (isFirstRow) {
            isFirstRow = this.#isFirstRow;
            if (delimiter !== this.#delimiter) comma = -1;
            delimiter = this.#delimiter;
            delimiterUnit = this.#delimiterUnit;
          }
        } else at = length;
      } else if (place === "quoted") {
        const quote = this.#cell.readQuoted(text, at);
        if (quote < length) place = "quote";
        at = quote + 1;
      } else {
        const unit = text.charCodeAt(at);
        if (unit === delimiterUnit && place === "quote") {
          this.#cells.push(this.#cell.takeQuoted());
          place = "cell";
        } else if (unit === LF) {
          this.#cells.push(this.#cell.takeQuoted());
          place = "cell";
          if (!this.#endRow(receive, at + 1)) return undefined;
          isFirstRow = this.#isFirstRow;
        } else if (unit === CR && place === "quote") place = "quote-cr";
        else if (unit === QUOTE && place === "quote") {
          // The border of two texts lay between two quotes that belong together.
          this.#cell.addQuote();
          place = "quoted";
        } else return { at, problem: "text after quote" };
        at++;
      }
    }
    if (place === "unquoted" && start < length) this.#cell.add(text.slice(start));
    this.#place = place;
    return undefined;
  }

  /** The text is over: takes the row that no line end closed. */
  end(receive: CsvRowReceiver): CsvFault | undefined {
    if (this.#place === "quoted") return { at: 0, problem: "open quote" };
    if (this.#place === "cell" && this.#cells.length === 0) return undefined;
    // A CR at the very end is the first half of a line end: the other one was cut off.
    const isQuoted = this.#place === "quote" || this.#place === "quote-cr";
    const cell = isQuoted ? this.#cell.takeQuoted() : this.#cell.take("").replace(/\r$/, "");
    if (this.#isFirstRow && !isQuoted) this.#look(cell);
    this.#cells.push(cell);
    this.#endRow(receive, 0);
    return undefined;
  }

  #look(cell: string): void {
    if (cell.includes("\r")) this.#hasLoneCr = true;
  }

  #endRow(receive: CsvRowReceiver, end: number): boolean {
    const cells = this.#isFirstLine && this.#namesDelimiter() ? [] : this.#cells;
    const blank = cells.length === 1 && cells[0] === "" && !this.#hasQuotedCell;
    this.#cells = [];
    this.#hasQuotedCell = false;
    // An empty line may come before the header.
    if (!blank && cells.length > 0) this.#isFirstRow = false;
    return receive(cells, blank, end);
  }

  #namesDelimiter(): boolean {
    this.#isFirstLine = false;
    const named = this.#hasQuotedCell ? null : NAMED_DELIMITER.exec(this.#cells.join(this.#delimiter));
    if (!named?.[1]) return false;
    this.#delimiter = named[1];
    this.#delimiterUnit = named[1].charCodeAt(0);
    return true;
  }
}

function indexOrEnd(text: string, found: string, from: number): number {
  const at = text.indexOf(found, from);
  return at === -1 ? text.length : at;
}
