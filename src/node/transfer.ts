import type { JobOf, Providers } from "../client.js";
import type { Checkpoint, ExportDownload } from "../download/types.js";
import { ExportError } from "../errors.js";
import { onDisk } from "./file-error.js";
import { PartFile } from "./part-file.js";
import { beginPartState, type PartProgress, type PartState } from "./part-state.js";
import { pump } from "./pump.js";
import { createTally } from "./save-tally.js";
import { type SaveScope, type SaveTask, saveError } from "./save-task.js";

/** A part that has proven to be what its state claims. */
export interface ReopenedPart {
  readonly file: PartFile;
  readonly state: PartState;
}

/** How often one call begins anew because a file cannot be proven to be the one that was begun. */
const MOST_RESTARTS = 3;

/**
 * Downloads into the part until nothing is missing, and says so in its state. Where the store names nothing that proves
 * its file to be the same, and the content does not prove it either, the part is begun anew: nothing of it is of use.
 */
export async function transfer<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
  former: ReopenedPart | undefined,
): Promise<{ readonly progress: PartProgress; readonly resumed: boolean }> {
  let part = former;
  for (let begun = 0; ; ) {
    if (!part) begun += 1;
    const outcome = await attempt(task, part);
    if ("progress" in outcome) {
      return { progress: outcome.progress, resumed: part !== undefined && part.state.bytes > 0 };
    }
    const { error, last } = outcome;
    if (!isUnproven(error, last)) throw explain(task, error, part?.state.checkpoint !== undefined);
    if (begun > MOST_RESTARTS) throw givenUp(task, error);
    part = undefined;
  }
}

type Outcome =
  | { readonly progress: PartProgress }
  /** `last` is where the download was, as far as it got. */
  | { readonly error: unknown; readonly last: Checkpoint | undefined };

/**
 * One download. A new part is begun only once the provider serves the export, so that a call that fails early leaves no
 * files, and an older part as it is. Closes the part, however it ends.
 */
async function attempt<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
  former: ReopenedPart | undefined,
): Promise<Outcome> {
  const { client, job, settings, files } = task;
  const checkpoint = former?.state.checkpoint;
  const tally = createTally(former?.state);
  let part = former?.file;
  let download: ExportDownload<unknown> | undefined;
  try {
    const { signal, budget } = settings;
    download = await client.download(job, { signal, budget, checkpoint, onProgress: tally.onProgress });
    part ??= await onDisk(files.target, async () => {
      await beginPartState(task);
      return PartFile.create(files.part, settings.mode);
    });
    return { progress: await pump({ scope: task, download, part, tally }) };
  } catch (error) {
    return { error, last: download?.checkpoint() ?? checkpoint };
  } finally {
    await part?.close().catch(() => {});
    await download?.[Symbol.asyncDispose]();
  }
}

/** Whether a file is held for another one although no validator of its store says so. */
function isUnproven(error: unknown, last: Checkpoint | undefined): error is ExportError {
  const isChanged = ExportError.isInstance(error) && error.code === "ARTIFACT_CHANGED";
  return isChanged && last?.artifact !== undefined && last.artifact.validator === undefined;
}

function givenUp(scope: SaveScope, error: ExportError): ExportError {
  const { operation, details } = error;
  return saveError(
    scope,
    error.code,
    `${scope.files.part} was begun ${MOST_RESTARTS + 1} times and could not be finished: its store names no strong ` +
      "validator, so that what breaks off begins anew. Call saveExport again",
    { operation, retryable: true, details, cause: error },
  );
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
