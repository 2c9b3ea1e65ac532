import {
  InvalidRecord,
  isInvalidRecord,
  type RecordBatch,
  type RecordPosition,
  type ResumeState,
} from "../spec/records.js";

/** Where the records of a decoder within another one stand for that one. */
export interface Nesting {
  /** How many records lie before the first one that the inner decoder counts. Default 0. */
  readonly before?: number;
  /** The member of the archive that they are of. */
  readonly file?: string;
  /** The state of the outer decoder where the inner one has this one. */
  stateOf(inner: ResumeState): ResumeState;
}

/** A batch of a decoder within another one, as that one hands it on. */
export function nestedBatch<R>(batch: RecordBatch<R>, nesting: Nesting): RecordBatch<R> {
  const { before = 0, file } = nesting;
  const moved = (position: RecordPosition): RecordPosition => ({
    ...position,
    record: before + position.record,
    ...(file !== undefined && { file: nestedName(file, position.file) }),
  });
  const isMoved = before > 0 || file !== undefined;
  const entries = !isMoved
    ? batch.entries
    : batch.entries.map((entry) =>
        isInvalidRecord(entry)
          ? new InvalidRecord({ message: entry.issue.message, position: moved(entry.issue.position) })
          : entry,
      );
  return {
    entries,
    get exact() {
      return batch.exact ?? true;
    },
    stateAfter: (index) => nesting.stateOf(batch.stateAfter(index)),
    positionOf: (index) => moved(batch.positionOf?.(index) ?? { record: batch.stateAfter(index).record }),
  };
}

/** The path of a file in an archive that lies in another one; a workbook goes by the name of its member already. */
export function nestedName(file: string, inner: string | undefined): string {
  return inner === undefined || inner === file ? file : `${file}/${inner}`;
}
