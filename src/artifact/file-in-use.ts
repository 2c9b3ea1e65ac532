import type { ArtifactLocation } from "../spec/artifact.js";
import type { Attempts } from "../transport/send.js";
import type { FileRead } from "./artifact-error.js";

export interface Located extends Omit<ArtifactLocation, "url"> {
  readonly url: URL;
  /** Has the URL hidden again, and the values of its headers. */
  hide(): void;
}

/** The files of a job, where the provider told last that they are; shared by all who read one of them. */
export interface FileLocations {
  files?: Located[];
  /** How many there were when the download began. */
  count?: number | undefined;
}

/** What the files of a job are read as. */
export interface ReadAs {
  /** The format of the decoder. */
  readonly format: string;
  /** Whether a decoder reads them, and not only their bytes are handed over. */
  decoded?: boolean;
  /** Whether it was said already that nothing proves them whole. */
  isUnproven?: boolean;
}

/** How many bytes of a job's files have been read. */
export interface ByteCount {
  bytes: number;
}

/** The file that is read. */
export interface FileInUse extends FileRead {
  readonly signal: AbortSignal;
  readonly locations: FileLocations;
  /** Its place among the files, from 0. */
  readonly part: number;
  /** How often the bytes at hand were asked for. */
  attempts?: Attempts | undefined;
  readonly readAs?: ReadAs | undefined;
  /** Counts what is read. */
  readonly read: ByteCount;
}
