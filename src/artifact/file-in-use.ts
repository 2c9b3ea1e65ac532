import type { Attempts } from "../transport/send.js";
import type { FilePlace } from "./file-locations.js";

/** What the files of a job are read as. */
export interface ReadAs {
  /** The format of the decoder. */
  readonly format: string;
  /** Whether a decoder reads them, and not only their bytes are handed over. */
  decoded?: boolean;
  /** Whether it was said already that nothing proves them whole. */
  isUnproven?: boolean;
}

/** Which file of the job is read, and how. */
export interface FileInUse extends FilePlace {
  /** How often the bytes at hand were asked for. */
  attempts?: Attempts | undefined;
  readonly readAs?: ReadAs | undefined;
}
