import type { JobOf, Providers } from "../connection-types.js";
import type { ExportClient } from "../export-client.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError, ExportErrorCode, ExportErrorContext } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { Lease } from "./lease.js";
import type { SaveFiles } from "./save-files.js";
import type { SaveSettings } from "./save-options.js";

/** One call of `saveExport`, checked. */
export interface SaveTask<P extends Providers, J extends JobOf<P>> extends SaveWork {
  readonly client: ExportClient<P>;
  readonly job: J;
}

/** What of it concerns the files. */
export interface SaveWork extends SaveScope {
  readonly settings: SaveSettings;
  readonly lease: Lease;
  /** Told what is thrown away of an earlier save, and why. */
  readonly onDiscard: (leftover: Leftover) => void;
}

/** What an earlier save left behind, and this one threw away. */
export interface Leftover {
  /** The id of the export's job. */
  readonly jobId: string;
  /** How many bytes it had saved. */
  readonly bytes: number;
  /** Why it was of no use. */
  readonly reason: string;
}

/** What an error of a save has to name. */
export interface SaveScope extends FileScope {
  readonly job: ExportJob;
}

/** The same, where it may be that no job is known yet. */
export interface FileScope {
  readonly job?: ExportJob;
  readonly files: SaveFiles;
}

/** An error that names the job and the file. */
export function saveError(
  { job, files }: FileScope,
  code: ExportErrorCode,
  message: string,
  context: ExportErrorContext = {},
): ExportError {
  return documentedError(code, message, {
    provider: job?.provider,
    connection: job?.connection,
    job,
    ...context,
    details: { path: files.target, ...context.details },
  });
}
