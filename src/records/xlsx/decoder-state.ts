import { ExportError } from "../../model/errors.js";
import { isObject, type JsonObject } from "../../model/json.js";
import type { DecoderState } from "../../spec/records.js";

/** What proves an archive to be the one that a state was taken from, without a word from the store. */
export interface WorkbookProof extends JsonObject {
  /** The fingerprint of the archive's directory. */
  readonly directory: string;
  /** How many bytes of the sheet, unpacked, had been read, and their CRC-32. */
  readonly sheetBytes: number;
  readonly sheetCrc32: number;
}

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
  /** Absent in older states. */
  readonly proof?: WorkbookProof | undefined;
}

/** @throws ExportError `JOB_INVALID` where the state is none of this decoder */
export function readState(state: DecoderState | undefined): WorkbookState | undefined {
  // An untouched state says "from the beginning".
  if (state === undefined || state.record === 0) return undefined;
  const { record, file, fileName, sheet, rows, proof } = state;
  if (
    isCount(record) &&
    isCount(file) &&
    isCount(sheet) &&
    isCount(rows) &&
    record >= rows &&
    typeof fileName === "string" &&
    (proof === undefined || isProof(proof))
  ) {
    return { offset: 0, record, file, fileName, sheet, rows, ...(proof && { proof }) };
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

/** @throws ExportError `ARTIFACT_CHANGED` */
export function contentMismatch(): ExportError {
  return new ExportError(
    "ARTIFACT_CHANGED",
    "The archive is not the one that was begun: its content is another. Start the download again without a checkpoint.",
    { operation: "decode" },
  );
}

export function isProof(value: unknown): value is WorkbookProof {
  if (!isObject(value)) return false;
  const { directory, sheetBytes, sheetCrc32 } = value;
  return (
    typeof directory === "string" &&
    /^[0-9a-f]{64}$/.test(directory) &&
    isCount(sheetBytes) &&
    isCount(sheetCrc32)
  );
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
