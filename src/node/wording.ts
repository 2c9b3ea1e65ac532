/** What to do next, in the words of the interface in use. Each follows "to …" or stands as a sentence of its own. */
export interface Wording {
  readonly again: string;
  /** Download the same export from its beginning. */
  readonly restart: string;
  /** Throw away a part of which nothing is known. */
  readonly discard: string;
  readonly overwrite: string;
  /** Where this export is over, or its job of no use. */
  readonly newExport: string;
  /** Where nobody knows whether this one runs. */
  readonly anotherExport: string;
  readonly otherPath: string;
  readonly skip: string;
  /** Where a record is larger than may be held in memory. */
  readonly moreRoom: string;
  /** Where the bytes can be had without a file. */
  readonly stream: string;
}

/** The words of `saveExport`. */
export const SAVE_EXPORT_WORDING: Wording = {
  again: "call saveExport again",
  restart: 'call saveExport with resume: "restart"',
  discard: 'call saveExport with resume: "restart"',
  overwrite: "set overwrite: true",
  newExport: "start a new export, and save that one",
  anotherExport: "start a new export, and save that one",
  otherPath: "choose another path",
  skip: 'set onInvalid: "skip"',
  moreRoom: "raise the client's maxBufferedBytes, then call saveExport again: it resumes",
  stream: "use download.bytes() or download.encode()",
};
