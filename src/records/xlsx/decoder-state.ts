import type { DecoderState } from "../../contract/records.js";
import { ExportError } from "../../errors.js";

/**
 * Where reading goes on in an archive of workbooks. An archive cannot be entered in its middle, so `offset` is 0, and the
 * place is a count of rows in a sheet.
 */
export interface WorkbookState extends DecoderState {
  readonly offset: 0;
  /** The place of the workbook in the archive, from 0, and its name. */
  readonly file: number;
  readonly fileName: string;
  /** The place of the worksheet in the workbook, from 0. */
  readonly sheet: number;
  /** How many rows of that sheet have been handed over. */
  readonly rows: number;
}

/** @throws ExportError `JOB_INVALID` where the state is none of this decoder */
export function readState(state: DecoderState | undefined): WorkbookState | undefined {
  // An untouched state says "from the beginning".
  if (state === undefined || state.record === 0) return undefined;
  const { record, file, fileName, sheet, rows } = state;
  if (
    isCount(record) &&
    isCount(file) &&
    isCount(sheet) &&
    isCount(rows) &&
    record >= rows &&
    typeof fileName === "string"
  ) {
    return { offset: 0, record, file, fileName, sheet, rows };
  }
  throw new ExportError(
    "JOB_INVALID",
    "The checkpoint is not one of a workbook. Start the download without it.",
    {
      operation: "decode",
    },
  );
}

/** @throws ExportError `ARTIFACT_CHANGED` */
export function checkpointMismatch(): ExportError {
  return new ExportError(
    "ARTIFACT_CHANGED",
    "The checkpoint names a workbook, sheet or row that this archive does not have. Start the download without it.",
    { operation: "decode" },
  );
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
