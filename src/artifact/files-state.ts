import { isCount, isObject } from "../model/json.js";
import type { ResumeState } from "../spec/records.js";

const LF = 0x0a;

/** Where reading resumes among the files of a job. */
export interface FilesState {
  /** Which file, from 0. */
  readonly part: number;
  /** Where in it, as for a job of one file. */
  readonly position: ResumeState;
  /** How many records, or bytes, lie before it. */
  readonly before: number;
  /** While bytes are read: the file does not end with a line end as far as it was read. */
  readonly isInLine: boolean;
}

/** The place that a checkpoint names; `undefined` where it is damaged. A job of one file has places without a part. */
export function filesStateOf(position: ResumeState | undefined): FilesState | undefined {
  const whole = position ?? { offset: 0, record: 0 };
  const { part, inner, start, inLine } = whole;
  if (part === undefined) return { part: 0, position: whole, before: 0, isInLine: false };
  if (!isCount(part)) return undefined;
  if (isObject(inner)) {
    if (!isCount(inner.offset) || !isCount(inner.record) || inner.record > whole.record) return undefined;
    return { part, position: inner as ResumeState, before: whole.record - inner.record, isInLine: false };
  }
  if (!isCount(start) || start > whole.offset) return undefined;
  const inFile = { offset: whole.offset - start, record: 0 };
  return { part, position: inFile, before: start, isInLine: inLine === true };
}

/** The place of a record, from that in its file. */
export function stateOfRecord(part: number, before: number, inner: ResumeState): ResumeState {
  return { offset: inner.offset, record: before + inner.record, part, inner };
}

/** The place behind some byte of all files, one behind the other; `offset` counts them all. */
export function stateOfByte(
  offset: number,
  part: number,
  start: number,
  lastByte: number | undefined,
): ResumeState {
  return {
    offset,
    record: 0,
    part,
    start,
    ...(lastByte !== undefined && lastByte !== LF && { inLine: true }),
  };
}
