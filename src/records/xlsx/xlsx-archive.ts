import { ExportError } from "../../model/errors.js";
import type { RecordDecoder } from "../../spec/records.js";
import { decodeArchive } from "./decode-archive.js";
import { isProof } from "./decoder-state.js";
import type { HeaderRow } from "./header-row.js";
import { type SheetRow, sheetColumns, sheetRowCsv } from "./sheet-row.js";

// Why an own reader: measured on 200,001 rows by 10 columns with the shared strings behind the sheet, hucre, the best
// library seen, does 32,000 to 35,000 rows a second, takes 653 MB where strings are many, and reads documents with a DTD;
// read-excel-file does 22,000 to 24,000; SheetJS 14,000 to 20,000 in 730 MB, and loses characters beyond the BMP;
// ExcelJS's streaming reader 13,000 to 18,000 in up to 430 MB, garbles UTF-8 at the ends of chunks, and skips sheets
// whose part is not called sheetN.xml. bench/xlsx.ts measures this one beside most of them.

const MOST_WARNINGS = 20;

/** Options of {@link xlsxArchive}. */
export interface XlsxArchiveOptions {
  /** Which row names the columns, for all sheets or each by itself. Default `"auto"`; see {@link HeaderRow}. */
  readonly headerRow?: HeaderRow | ((sheet: string, file: string) => HeaderRow);
  /** Which sheets are read. Default all, hidden ones included. */
  readonly sheets?: (sheet: string, file: string) => boolean;
  /**
   * How many bytes may be held in memory, together: the archive itself, where its store answers no range requests; one
   * workbook, where it is compressed within the archive; and the shared strings of that workbook. Default four times
   * `maxBufferedBytes`, that is 64 MiB, which leaves room in an isolate of 128 MB.
   */
  readonly memoryBytes?: number;
  /** How many bytes one compressed byte of a member above 1 MiB may unfold to. Default 200; rows of data do 5 to 40. */
  readonly maxRatio?: number;
  /** How many bytes may be unfolded in all. Default 4 GiB. */
  readonly maxInflatedBytes?: number;
}

/**
 * Reads a ZIP archive of XLSX workbooks, or a bare workbook, as a stream of rows: workbook by workbook, sheet by sheet,
 * in constant memory. Nothing is promised about sheets and columns.
 *
 * The archive is read by its central directory, through range requests where the store answers them. Lengths and CRC-32
 * are checked at the end of each member, so the last rows before damage have been handed over when it is reported.
 *
 * Where the store names no strong validator, the content proves the file to be the same. A checkpoint carries a SHA-256
 * of the directory (names, lengths, places and CRC-32 of all members) and the CRC-32 of what was read of its sheet; both
 * are compared before the first row is handed over after it, or soon after for rows that were read together with those
 * handed over. Within a run the directory is compared again behind each workbook that is read where it lies, and after
 * any damage. A store without ranges and validator is asked for the whole archive again where it breaks off: nothing has
 * been handed over by then. All this tells another file by accident; against one made to collide only TLS protects.
 *
 * Its errors: `INTEGRITY` (cut short, damaged), `ARTIFACT_CHANGED` (replaced by another), `DECODE_FAILED` (no archive,
 * hostile names, overlapping members, DTDs), `LIMIT_EXCEEDED` (bombs, more than memory allows), `NOT_SUPPORTED`
 * (encrypted, binary formats).
 *
 * @throws ExportError `CONFIG_INVALID`
 * @example
 * ```ts
 * const records = xlsxArchive({ sheets: (name) => name !== "Summary" });
 * for await (const { entries } of records.decode(artifact, { maxBufferedBytes: 16 * 1024 * 1024 })) {
 *   for (const entry of entries) console.log(entry);
 * }
 * ```
 */
export function xlsxArchive(options: XlsxArchiveOptions = {}): RecordDecoder<SheetRow> {
  for (const name of ["memoryBytes", "maxRatio", "maxInflatedBytes"] as const) {
    const value = options[name];
    if (value !== undefined && !(value > 0)) throw invalid(`${name} must be a number above 0.`);
  }
  if (typeof options.headerRow !== "function") checkHeaderRow(options.headerRow);
  return {
    kind: "artifact",
    format: "zip",
    contentType: "application/zip",
    csv: sheetRowCsv,
    proves: ({ proof }) => isProof(proof),
    decode(artifact, { maxBufferedBytes, state, warn, onColumns }) {
      const headerRow = options.headerRow ?? "auto";
      return decodeArchive(artifact, state, {
        headerRow: (sheet, file) => {
          const header = typeof headerRow === "function" ? headerRow(sheet, file) : headerRow;
          checkHeaderRow(header);
          return header;
        },
        isWanted: options.sheets ?? (() => true),
        maxBufferedBytes,
        memoryBytes: options.memoryBytes ?? 4 * maxBufferedBytes,
        maxRatio: options.maxRatio ?? 200,
        maxInflatedBytes: options.maxInflatedBytes ?? 4 * 1024 ** 3,
        warn: atMost(MOST_WARNINGS, warn),
        onColumns: (headers) => onColumns?.(sheetColumns(headers)),
      });
    },
  };
}

/** An archive made to be a nuisance may give cause for millions of warnings. */
function atMost(most: number, warn: (message: string) => void = () => {}): (message: string) => void {
  let count = 0;
  return (message) => {
    if (++count < most) warn(message);
    else if (count === most) warn(`${message} Further warnings about this archive are left out.`);
  };
}

function checkHeaderRow(value: HeaderRow | undefined): void {
  if (value === undefined || value === "auto" || value === "none") return;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return;
  throw invalid('headerRow must be "auto", "none", or the number of a row, from 1.');
}

function invalid(message: string): ExportError {
  return new ExportError("CONFIG_INVALID", message, { operation: "decode" });
}
