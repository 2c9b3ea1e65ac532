import { type ComputedBytes, concatBytes, crc32ByReading, fixedBytes, utf8Bytes } from "./computed-bytes.js";
import { reportCells, rowsPerCycle } from "./report-row.js";
import { rowXml, type StringIndex } from "./sheet-xml.js";

export interface RowRunOptions {
  readonly workbook: number;
  readonly revision: number;
  readonly strings: StringIndex;
}

/** How many digits the number has that makes texts unique. */
export const idDigits = 10;

// Stand where digits come; no text of a row has such a run.
const idMark = "^".repeat(idDigits - 2);

/**
 * The XML of the rows from 2 to `lastRow`. Cells repeat in a cycle, so its bytes are made once and each repetition is a
 * copy with its digits put in. That needs row numbers of one length, hence a run for each number of digits.
 */
export function reportRows(lastRow: number, options: RowRunOptions): ComputedBytes {
  let first = "";
  for (let row = 2; row <= Math.min(lastRow, rowsPerCycle - 1); row++) {
    const cells = reportCells(String(row).padStart(idDigits, "0"), row, options.workbook, options.revision);
    first += rowXml(String(row), cells, options.strings);
  }
  const parts = [utf8Bytes(first)];
  for (let start = rowsPerCycle; start <= lastRow; start *= 10) {
    parts.push(rowRun(start, Math.min(start * 10 - 1, lastRow), options));
  }
  return concatBytes(parts);
}

/** Rows whose numbers have as many digits as that of the first, which begins a cycle. */
function rowRun(firstRow: number, lastRow: number, options: RowRunOptions): ComputedBytes {
  const encoder = new TextEncoder();
  const rowMark = "`".repeat(String(firstRow).length - 2);
  const rows = Array.from({ length: rowsPerCycle }, (_, place) => {
    const digits = String(place).padStart(2, "0");
    const cells = reportCells(`${idMark}${digits}`, place, options.workbook, options.revision);
    return encoder.encode(rowXml(`${rowMark}${digits}`, cells, options.strings));
  });
  const template = concatBytes(rows.map(fixedBytes));
  const cycle = new Uint8Array(template.size);
  template.write(cycle, 0, 0, template.size);
  const idSlots = slotsOf(cycle, idMark);
  const rowSlots = slotsOf(cycle, rowMark);

  let filledWith = -1;
  const fill = (hundreds: number): void => {
    if (hundreds === filledWith) return;
    const digits = encoder.encode(String(hundreds));
    const idDigitsBytes = encoder.encode(String(hundreds).padStart(idMark.length, "0"));
    for (const slot of rowSlots) cycle.set(digits, slot);
    for (const slot of idSlots) cycle.set(idDigitsBytes, slot);
    filledWith = hundreds;
  };

  const count = lastRow - firstRow + 1;
  const rest = rows.slice(0, count % rowsPerCycle).reduce((sum, row) => sum + row.byteLength, 0);
  const size = Math.floor(count / rowsPerCycle) * cycle.byteLength + rest;
  const write: ComputedBytes["write"] = (target, at, start, end) => {
    for (let from = start; from < end; ) {
      const turn = Math.floor(from / cycle.byteLength);
      const place = from - turn * cycle.byteLength;
      const to = Math.min(end, from - place + cycle.byteLength);
      fill(firstRow / rowsPerCycle + turn);
      target.set(cycle.subarray(place, place + to - from), at + from - start);
      from = to;
    }
  };
  return { size, write, crc32: crc32ByReading({ size, write }) };
}

function slotsOf(bytes: Uint8Array, mark: string): readonly number[] {
  const byte = mark.charCodeAt(0);
  const slots: number[] = [];
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + mark.length)) slots.push(at);
  return slots;
}
