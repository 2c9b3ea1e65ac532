import { byteScan } from "../exact/byte-scan.js";
import type { CsvParser, CsvRowReceiver } from "./csv-parser.js";
import { CODE, ENDS, LONGEST, ROWS, WRITTEN } from "./row-scan-code.js";

const QUOTE = 0x22;
const LF = 0x0a;

/** So few bytes take less time by their text. */
const FEW = 512;

/** Whole rows of CSV that stand at the beginning of some bytes. */
export interface WholeRows {
  /** How many of the bytes they are. */
  readonly bytes: number;
  /** These without the quotes that belong to no cell, and without the CR of CRLF. Good until other bytes are looked at. */
  readonly written: Uint8Array;
  /** Where each cell ends in their text, before a character that belongs to none. */
  readonly cells: Uint16Array;
  /** Four numbers for each row: how many cells end up to there, where it ends in the bytes, how many lines do, and nothing. */
  readonly rows: Uint16Array;
}

interface Scan {
  readonly scan: (length: number, delimiter: number) => number;
  readonly rows: WebAssembly.Global<"i32">;
  readonly isOdd: WebAssembly.Global<"i32">;
  readonly piece: Uint8Array;
  readonly written: Uint8Array;
  readonly ends: Uint16Array;
  readonly rowEnds: Uint16Array;
}

const scanOf = byteScan<Scan>(CODE, (memory) => ({
  piece: new Uint8Array(memory),
  written: new Uint8Array(memory, WRITTEN),
  ends: new Uint16Array(memory, ENDS),
  rowEnds: new Uint16Array(memory, ROWS),
}));

/**
 * Finds rows by their bytes, which takes less time than to search their text. What is unusual is left to the parser: the first row, quotes in
 * a cell that has none around it, a delimiter of several bytes; and everything where the runtime makes no WebAssembly of bytes.
 *
 * @returns what is to be read of bytes that follow those the parser has read: so many by their text, or rows; 0 where they have to
 * wait for more. `isRest`: they follow rows that were taken just now
 */
export function rowTaker(parser: CsvParser): (bytes: Uint8Array, isRest: boolean) => number | WholeRows {
  /** Whether bytes were taken up to where a row seemed to end. */
  let wasCut = false;
  /** Whether a quote where none may stand is in the rest. */
  let isOdd = false;
  return (bytes, isRest) => {
    const delimiter = parser.delimiter.charCodeAt(0);
    const scan = delimiter > 0 && delimiter < 0x80 ? scanOf() : undefined;
    if (!scan || (bytes.length < FEW && !isRest)) return bytes.length;
    // The beginning of a row waits for its end.
    if (isRest) return isOdd ? bytes.length : 0;
    // Of a long row most pieces hold no end, which is seen at once.
    if (!bytes.includes(LF)) {
      wasCut = false;
      return bytes.length;
    }
    if (parser.isBetweenRows) {
      wasCut = false;
      const found = rowsIn(bytes, scan, delimiter);
      isOdd = scan.isOdd.value === 1;
      return found ?? bytes.length;
    }
    // One row by its text; all of it where that did not end it.
    const end = wasCut ? -1 : endOfRow(bytes, parser.isInQuotes);
    wasCut = end >= 0;
    return wasCut ? end : bytes.length;
  };
}

function rowsIn(bytes: Uint8Array, scan: Scan, delimiter: number): WholeRows | undefined {
  if (bytes.length > LONGEST) return undefined;
  scan.piece.set(bytes);
  const length = scan.scan(bytes.length, delimiter);
  const rows = scan.rowEnds.slice(0, 4 * scan.rows.value);
  const [cells, end] = rows.subarray(-4);
  if (cells === undefined || end === undefined) return undefined;
  return { bytes: end, written: scan.written.subarray(0, length), cells: scan.ends.slice(0, cells), rows };
}

/** Where a row seems to end: behind the first line feed that is outside quotes; -1 where there is none. */
function endOfRow(bytes: Uint8Array, isInQuotes: boolean): number {
  let isInside = isInQuotes;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) isInside = !isInside;
    else if (bytes[at] === LF && !isInside) return at + 1;
  }
  return -1;
}

/** Takes the rows out of their text. Where they end is told by their bytes. */
export function readRows(text: string, { cells: ends, rows }: WholeRows, receive: CsvRowReceiver): void {
  let start = 0;
  let cell = 0;
  let begin = 0;
  for (let row = 0; row < rows.length; row += 4) {
    const end = rows[row + 1] as number;
    const cells = new Array<string>((rows[row] as number) - cell);
    for (let index = 0; index < cells.length; index++) {
      const behind = ends[cell++] as number;
      cells[index] = behind === start ? "" : text.slice(start, behind);
      start = behind + 1;
    }
    // With quotes it has three bytes.
    const isBlank = cells.length === 1 && cells[0] === "" && end - begin < 3;
    if (!receive(cells, isBlank, end)) return;
    begin = end;
  }
}
