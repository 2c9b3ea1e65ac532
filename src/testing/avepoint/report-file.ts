import { checkWhole, emulatorOptions } from "../check-options.js";
import { type ComputedBytes, computedChunks } from "./computed-bytes.js";
import { type ReportCell, reportCells, reportHeaders } from "./report-row.js";
import { idDigits } from "./row-run.js";
import { workbookFile } from "./workbook-file.js";
import { type ZipMember, zipArchive } from "./zip.js";

/** What the ZIP of a report looks like. Everything has a default. */
export interface AvepointFileOptions {
  /** How many rows each sheet of details has below its header, 0 to 1,048,575. Default 100. */
  readonly rows?: number;
  /** How many workbooks the ZIP holds. Default 1. */
  readonly workbooks?: number;
  /** How many sheets of details a workbook has beside its summary. Default 1. */
  readonly sheets?: number;
  /** Where the shared strings stand in a workbook; `none` writes every text into its cell. Default `after`. */
  readonly sharedStrings?: "before" | "after" | "none";
  /** How the parts of a workbook are kept. Default `deflate`; nothing gets smaller by it, but it must be inflated. */
  readonly parts?: "stored" | "deflate";
  /** How the workbooks are kept in the ZIP. Default `stored`. */
  readonly members?: "stored" | "deflate";
  /** Sizes and CRC-32 stand behind each member, as writers of streams do it. Default `true`. */
  readonly dataDescriptors?: boolean;
  /** ZIP64 records also where they are not needed. Default `false`. */
  readonly zip64?: boolean;
}

/** Which file exactly. */
export interface AvepointFile extends AvepointFileOptions {
  /** The report's name; workbooks are named after it. Default `userAccess`. */
  readonly report?: string;
  /** The summary only, without details. Default `false`. */
  readonly summaryOnly?: boolean;
  /** Which state of the file: 0, and one more after every `change` fault. */
  readonly revision?: number;
}

/** A row as the file holds it, in the form in which records come. */
export interface AvepointEmulatorRow {
  /** The workbook it is in. */
  readonly file: string;
  /** The sheet it is on. */
  readonly sheet: string;
  /** Its number on the sheet, from 1. */
  readonly row: number;
  /** Its cells, from left to right. */
  readonly cells: readonly EmulatorCell[];
  /** The same, by the header of each column. */
  readonly values: { readonly [header: string]: EmulatorCell };
}

type EmulatorCell = string | number | boolean | null | { readonly error: string };

export const FILE_DEFAULTS = {
  rows: 100,
  workbooks: 1,
  sheets: 1,
  sharedStrings: "after",
  parts: "deflate",
  members: "stored",
  dataDescriptors: true,
  zip64: false,
} as const;

const DEFAULTS = { ...FILE_DEFAULTS, report: "userAccess", summaryOnly: false, revision: 0 } as const;

const MOST_ROWS = 1_048_575;

export function checkFile(call: string, { rows, workbooks, sheets }: Required<AvepointFileOptions>): void {
  checkWhole(call, "rows", rows, 0, MOST_ROWS);
  checkWhole(call, "workbooks", workbooks, 0, 10_000);
  checkWhole(call, "sheets", sheets, 1, 200);
}

function fileOf(call: string, given: AvepointFile): Required<AvepointFile> {
  const file = emulatorOptions(call, given, DEFAULTS, {}, "passed over");
  checkFile(call, file);
  return file;
}

export function reportFile(given: AvepointFile): ComputedBytes {
  const file = { ...DEFAULTS, ...given };
  const { report, workbooks, sheets, rows, revision } = file;
  const archive = { dataDescriptors: file.dataDescriptors, zip64: file.zip64 };
  const details = file.summaryOnly ? [] : Array.from({ length: sheets }, (_, index) => detailsName(index));
  const members = Array.from({ length: workbooks }, (_, index): ZipMember => {
    const content = workbookFile({
      ...archive,
      workbook: index + 1,
      revision,
      details,
      rows,
      summary: summaryCells(report, index + 1, details.length * rows),
      sharedStrings: file.sharedStrings,
      method: file.parts,
    });
    return { name: workbookName(report, index), content, method: file.members };
  });
  return zipArchive(members, archive);
}

/**
 * The bytes of the ZIP that an emulated report is, computed while they are read: any size in constant memory.
 *
 * @example
 * ```ts
 * for await (const chunk of avepointFileBytes({ rows: 500_000 })) hash.update(chunk);
 * ```
 */
export function avepointFileBytes(file: AvepointFile = {}): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = reportFile(fileOf("avepointFileBytes", file));
  return computedChunks(bytes, 0, bytes.size, 65_536);
}

/**
 * The rows that the ZIP of an emulated report holds, in order.
 *
 * @example
 * ```ts
 * const expected = [...avepointRows({ report: "userAccess", rows: 1000 })];
 * ```
 */
export function* avepointRows(file: AvepointFile = {}): Generator<AvepointEmulatorRow, void, undefined> {
  const { report, workbooks, sheets, rows, revision, summaryOnly } = fileOf("avepointRows", file);
  const count = summaryOnly ? 0 : sheets;
  for (let index = 0; index < workbooks; index++) {
    const name = workbookName(report, index);
    for (const [at, cells] of summaryCells(report, index + 1, count * rows).entries()) {
      yield emulatorRow(name, "Summary", at + 2, ["Property", "Value"], cells);
    }
    for (let sheet = 0; sheet < count; sheet++) {
      for (let row = 2; row <= rows + 1; row++) {
        const cells = reportCells(String(row).padStart(idDigits, "0"), row % 100, index + 1, revision);
        yield emulatorRow(name, detailsName(sheet), row, reportHeaders, cells);
      }
    }
  }
}

function emulatorRow(
  file: string,
  sheet: string,
  row: number,
  headers: readonly string[],
  given: readonly ReportCell[],
): AvepointEmulatorRow {
  const all = given.map(cellValue);
  const cells = all.slice(0, all.findLastIndex((cell) => cell !== null) + 1);
  const values = Object.fromEntries(headers.map((header, column) => [header, all[column] ?? null]));
  return { file, sheet, row, cells, values };
}

function cellValue(cell: ReportCell): EmulatorCell {
  switch (cell.kind) {
    case "empty":
      return null;
    case "inline":
    case "shared":
      return cell.text;
    case "error":
      return { error: cell.text };
    case "date":
      return new Date(cell.ms).toISOString().slice(0, 10);
    case "datetime":
      return new Date(cell.ms).toISOString().slice(0, 19);
    default:
      return cell.value;
  }
}

function summaryCells(report: string, workbook: number, rows: number): readonly (readonly ReportCell[])[] {
  const property = (text: string): ReportCell => ({ kind: "inline", text });
  return [
    [property("Report"), property(report)],
    [property("Workbook"), { kind: "number", value: workbook }],
    [property("Rows"), { kind: "number", value: rows }],
    [property("Created"), { kind: "datetime", ms: Date.UTC(2026, 0, 31, 12) }],
  ];
}

function workbookName(report: string, index: number): string {
  return `${report}_${index + 1}.xlsx`;
}

function detailsName(index: number): string {
  return index === 0 ? "Details" : `Details ${index + 1}`;
}
