import type { ExportClient, JobOf, Providers } from "../client.js";
import { ExportError, type ExportErrorCode, type ExportErrorContext } from "../errors.js";
import type { ExportJob } from "../job.js";
import type { SaveFiles } from "./save-files.js";
import type { SaveLock } from "./save-lock.js";
import type { SaveSettings } from "./save-options.js";

/** One call of `saveExport`, checked. */
export interface SaveTask<P extends Providers = Providers, J extends JobOf<P> = JobOf<P>> extends SaveScope {
  readonly client: ExportClient<P>;
  readonly job: J;
  readonly settings: SaveSettings;
  readonly lock: SaveLock;
}

/** What an error of a save has to name. */
export interface SaveScope {
  readonly job: ExportJob;
  readonly files: SaveFiles;
}

/** An error that names the job and the file. */
export function saveError(
  { job, files }: SaveScope,
  code: ExportErrorCode,
  message: string,
  context: ExportErrorContext = {},
): ExportError {
  return new ExportError(code, message, {
    provider: job.provider,
    connection: job.connection,
    job,
    ...context,
    details: { path: files.target, ...context.details },
  });
}
