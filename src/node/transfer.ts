import type { JobOf, Providers } from "../client.js";
import type { ExportDownload } from "../download/types.js";
import { ExportError } from "../errors.js";
import { onDisk } from "./file-error.js";
import { PartFile } from "./part-file.js";
import { beginPartState, type PartProgress, type PartState } from "./part-state.js";
import { pump } from "./pump.js";
import { createTally } from "./save-tally.js";
import { type SaveTask, saveError } from "./save-task.js";

/** A part that has proven to be what its state claims. */
export interface ReopenedPart {
  readonly file: PartFile;
  readonly state: PartState;
}

/**
 * Downloads into the part until nothing is missing, and says so in its state. A new part is begun only once the provider
 * serves the export, so that a call that fails early leaves no files. Closes the part, however it ends.
 */
export async function transfer<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
  former: ReopenedPart | undefined,
): Promise<PartProgress> {
  const { client, job, settings, files } = task;
  const checkpoint = former?.state.checkpoint;
  const tally = createTally(former?.state);
  let part = former?.file;
  let download: ExportDownload<unknown> | undefined;
  try {
    const { signal } = settings;
    download = await client.download(job, { signal, checkpoint, onProgress: tally.onProgress });
    part ??= await onDisk(files.target, async () => {
      await beginPartState(task);
      return PartFile.create(files.part, settings.mode);
    });
    return await pump({ scope: task, download, part, tally });
  } catch (error) {
    throw explain(task, error, checkpoint !== undefined);
  } finally {
    await part?.close().catch(() => {});
    await download?.[Symbol.asyncDispose]();
  }
}

/** A part that can never be continued needs a word on how to go on without it. */
function explain<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
  error: unknown,
  continued: boolean,
): unknown {
  if (!ExportError.isInstance(error)) return error;
  if (error.code !== "ARTIFACT_CHANGED" && !(error.code === "JOB_INVALID" && continued)) return error;
  const { operation, status, requestId, details } = error;
  return saveError(
    task,
    error.code,
    `${task.files.part} cannot be continued: ${error.message}. To start over, call saveExport with resume: "restart"`,
    { operation, status, requestId, details: { ...details, part: task.files.part }, cause: error },
  );
}
