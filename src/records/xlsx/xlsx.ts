import { loadPart } from "../../model/load-part.js";
import { wrongOption } from "../../model/wrong-option.js";
import type { RecordDecoder } from "../../spec/records.js";
import { decoderOptions } from "../decoder-options.js";
import { archiveError } from "../zip/archive-error.js";
import { ARCHIVE_OPTION_KINDS, type ArchiveOptions, checkArchiveOptions } from "../zip/archive-options.js";
import type { HeaderRow } from "./header-row.js";
import { type SheetRow, sheetColumns, sheetRowCsv } from "./sheet-row.js";
import { isWorkbookProof } from "./workbook-state.js";

// Why an own reader: measured on 200,001 rows by 10 columns with the shared strings behind the sheet, hucre, the best
// library seen, does 32,000 to 35,000 rows a second, takes 653 MB where strings are many, and reads documents with a DTD;
// read-excel-file does 22,000 to 24,000; SheetJS 14,000 to 20,000 in 730 MB, and loses characters beyond the BMP;
// ExcelJS's streaming reader 13,000 to 18,000 in up to 430 MB, garbles UTF-8 at the ends of chunks, and skips sheets
// whose part is not called sheetN.xml. bench/xlsx.ts measures this one beside most of them.

/** What {@link xlsx} can be told. */
export interface XlsxOptions extends ArchiveOptions {
  /** Which row names the columns, for all sheets or each by itself. Default `"auto"`; see {@link HeaderRow}. */
  readonly headerRow?: HeaderRow | ((sheet: string, file: string) => HeaderRow) | undefined;
  /** Which sheets are read. Default all, hidden ones included. */
  readonly sheets?: ((sheet: string, file: string) => boolean) | undefined;
}

/**
 * A decoder for an XLSX workbook: its rows, sheet by sheet, in constant memory. Nothing is promised about sheets and
 * columns. `zip(xlsx())` reads an archive of workbooks, whose limits hold for both then, where this one is told none.
 *
 * What is said of {@link zip} holds here, too: a workbook is an archive.
 *
 * Its errors: those of {@link zip}; `DECODE_FAILED` also for DTDs and for what is not a workbook, `NOT_SUPPORTED` for binary
 * formats.
 *
 * @throws ExportError `CONFIG_INVALID`
 * @example
 * ```ts
 * const rows = xlsx({ sheets: (name) => name !== "Summary" });
 * const all = zip(xlsx({ headerRow: 1 }));
 * ```
 */
export function xlsx(options: XlsxOptions = {}): RecordDecoder<SheetRow> {
  const own = decoderOptions("xlsx", options, {
    ...ARCHIVE_OPTION_KINDS,
    headerRow: "any",
    sheets: "function",
  });
  checkArchiveOptions("xlsx", own);
  if (typeof own.headerRow !== "function") checkHeaderRow(own.headerRow);
  return {
    kind: "artifact",
    format: "xlsx",
    contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    csv: sheetRowCsv,
    accepts: isWorkbook,
    opens: (names) => names.some((name) => /^(\[content_types\]\.xml|xl\/workbook\.xml)$/i.test(name)),
    proves: ({ proof }) => isWorkbookProof(proof),
    async *decode(artifact, decodeOptions) {
      const { headerRow = "auto", sheets: isWanted = () => true } = own;
      const { warn = () => {}, onColumns } = decodeOptions;
      // Loaded with the first download: starting and watching exports need none of it.
      const { decodeXlsx } = await loadPart(import("./decode-xlsx.js"));
      yield* decodeXlsx(artifact, own, decodeOptions, {
        headerRow: (sheet, file) => {
          const header = typeof headerRow === "function" ? headerRow(sheet, file) : headerRow;
          checkHeaderRow(header);
          return header;
        },
        isWanted,
        warn,
        onColumns: (headers) => onColumns?.(sheetColumns(headers)),
      });
    },
  };
}

/** @throws ExportError `NOT_SUPPORTED` for a workbook of another format: its rows would be missing */
function isWorkbook(name: string): boolean {
  if (/\.(xls|xlsb|ods)$/i.test(name)) {
    throw archiveError("NOT_SUPPORTED", `The archive holds ${name}; only .xlsx workbooks are read.`);
  }
  return /\.(xlsx|xlsm|xltx|xltm)$/i.test(name);
}

function checkHeaderRow(value: HeaderRow | undefined): void {
  if (value === undefined || value === "auto" || value === "none") return;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return;
  throw wrongOption("xlsx", "headerRow", 'must be "auto", "none", or the number of a row, from 1');
}
