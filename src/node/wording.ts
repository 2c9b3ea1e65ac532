/** What to do next, in the words of the interface in use. Each follows "to …" or stands as a sentence of its own. */
export interface Wording {
  readonly again: string;
  /** Download the same export from its beginning. */
  readonly restart: string;
  readonly overwrite: string;
  readonly newExport: string | undefined;
  readonly otherPath: string;
  readonly skip: string;
  /** Where the bytes can be had without a file. */
  readonly stream: string;
}

/** The words of `saveExport`. */
export const CALLS: Wording = {
  again: "call saveExport again",
  restart: 'call saveExport with resume: "restart"',
  overwrite: "set overwrite: true",
  newExport: "start a new export, and save that one",
  otherPath: "choose another path",
  skip: 'set onInvalid: "skip"',
  stream: "use download.bytes() or download.encode()",
};
