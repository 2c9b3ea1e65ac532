import { ExportError } from "../../model/errors.js";
import { isCount, isObject, type JsonObject } from "../../model/json.js";
import type { ResumeState } from "../../spec/records.js";
import { isFingerprint } from "../zip/archive-state.js";

/** What proves a workbook to be the one that a state was taken from, without a word from the store. */
export interface WorkbookProof extends JsonObject {
  /** The fingerprint of the workbook's directory. */
  readonly directory: string;
  /** How many bytes of the sheet, unpacked, had been read, and their CRC-32. */
  readonly sheetBytes: number;
  readonly sheetCrc32: number;
}

/**
 * Where reading resumes in a workbook. It cannot be entered in its middle, so `offset` is 0, and the place is a count of
 * rows in a sheet.
 */
export interface WorkbookState extends ResumeState {
  readonly offset: 0;
  /** The place of the worksheet in the workbook, from 0. */
  readonly sheet: number;
  /** How many rows of that sheet have been handed over. */
  readonly rows: number;
  readonly proof?: WorkbookProof | undefined;
}

/** @throws ExportError `JOB_INVALID` where the state is not this decoder's */
export function readWorkbookState(state: ResumeState | undefined): WorkbookState | undefined {
  // An untouched state says "from the beginning".
  if (state === undefined || state.record === 0) return undefined;
  const { record, sheet, rows, proof } = state;
  if (
    isCount(record) &&
    isCount(sheet) &&
    isCount(rows) &&
    record >= rows &&
    (proof === undefined || isWorkbookProof(proof))
  ) {
    return { offset: 0, record, sheet, rows, ...(proof && { proof }) };
  }
  throw new ExportError(
    "JOB_INVALID",
    "The checkpoint is not one of a workbook. Start the download without it.",
    { operation: "decode", details: { field: "position" } },
  );
}

export function isWorkbookProof(value: unknown): value is WorkbookProof {
  if (!isObject(value)) return false;
  const { directory, sheetBytes, sheetCrc32 } = value;
  return isFingerprint(directory) && isCount(sheetBytes) && isCount(sheetCrc32);
}
