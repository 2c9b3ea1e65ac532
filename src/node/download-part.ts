import type { JobOf, Providers } from "../connection-types.js";
import { isUnproven } from "../download/checkpoint.js";
import type { Checkpoint, ExportDownload } from "../download/types.js";
import { ExportError } from "../model/errors.js";
import { onDisk } from "./file-error.js";
import { rememberClosed } from "./lease.js";
import { withoutAdvice } from "./next-step.js";
import { createPart } from "./open-part.js";
import type { PartFile } from "./part-file.js";
import { beginPartState, leftoverOf, type PartProgress, type PartState } from "./part-state.js";
import { createTally } from "./save-tally.js";
import { type SaveScope, type SaveTask, saveError } from "./save-task.js";
import { writePart } from "./write-part.js";

/** A part that has proven to be what its state says. */
export interface ReopenedPart {
  readonly file: PartFile;
  readonly state: PartState;
}

/** A part in which nothing is missing, still open. */
export interface WholePart {
  readonly file: PartFile;
  readonly progress: PartProgress;
  readonly resumed: boolean;
}

/** How often one call restarts because a file cannot be proven to be the one that was started. */
const MOST_RESTARTS = 3;

/**
 * Downloads into the part until nothing is missing, and says so in its state. Where the store names nothing that proves
 * its file to be the same, and the content does not prove it either, the part is restarted: nothing of it is of use. So
 * is one of an earlier run that cannot be resumed, where the caller gave up the file.
 */
export async function downloadPart<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
  former: ReopenedPart | undefined,
): Promise<WholePart> {
  let part = former;
  for (let begun = 0; ; ) {
    if (!part) begun += 1;
    const outcome = await attempt(task, part);
    if ("progress" in outcome) {
      const { file, progress } = outcome;
      return { file, progress, resumed: part !== undefined && part.state.bytes > 0 };
    }
    const { error, last } = outcome;
    if (isUnproven(error, last)) {
      // Its last checkpoint may be one from before the damage was found.
      if (last?.artifact?.damaged) await onDisk(task.files, () => beginPartState(task));
      if (begun > MOST_RESTARTS) throw givenUp(task, error);
    } else if (part && isStuck(outcome, part.state)) {
      if (!task.settings.overwrite) throw explained(task, outcome.error);
      task.onDiscard(leftoverOf(part.state, withoutAdvice(outcome.error.message)));
    } else throw error;
    part = undefined;
  }
}

interface Failed {
  readonly error: unknown;
  /** Where the download was, as far as it got. */
  readonly last: Checkpoint | undefined;
  readonly bytes: number;
}

type Outcome = { readonly progress: PartProgress; readonly file: PartFile } | Failed;

/**
 * One download. A new part is started only once the provider serves the export, so that a call that fails early leaves no
 * files, and an older part as it is. Leaves the part open where it is whole.
 */
async function attempt<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
  former: ReopenedPart | undefined,
): Promise<Outcome> {
  const { client, job, settings, files, lease } = task;
  const checkpoint = former?.state.checkpoint;
  const tally = createTally(former?.state);
  let part = former?.file;
  let download: ExportDownload<unknown> | undefined;
  try {
    const { signal, budget, mode } = settings;
    download = await client.download(job, { signal, budget, checkpoint, onProgress: tally.onProgress });
    part ??= await onDisk(files, async () => {
      await beginPartState(task);
      return createPart({ files, lease, mode });
    });
    return { progress: await writePart({ scope: task, download, part, tally }), file: part };
  } catch (error) {
    const closed = await part?.close().then(
      () => true,
      () => false,
    );
    if (closed) rememberClosed(lease);
    return { error, last: download?.checkpoint() ?? checkpoint, bytes: part?.bytes ?? 0 };
  } finally {
    await download?.[Symbol.asyncDispose]();
  }
}

/** Whether what an earlier run saved is of no use any more: resuming it fails, and would for ever. */
function isStuck(failed: Failed, former: PartState): failed is Failed & { readonly error: ExportError } {
  const { error, bytes } = failed;
  if (former.bytes === 0 || !ExportError.isInstance(error) || error.details?.reason === "part-changed")
    return false;
  if (error.code === "INTEGRITY" || error.code === "DECODE_FAILED") return bytes === former.bytes;
  return (
    error.code === "ARTIFACT_CHANGED" || (error.code === "JOB_INVALID" && former.checkpoint !== undefined)
  );
}

function givenUp(scope: SaveScope, error: ExportError): ExportError {
  const { operation, details } = error;
  return saveError(
    scope,
    error.code,
    `${scope.files.part} was started ${MOST_RESTARTS + 1} times and could not be finished: ` +
      (error.code === "INTEGRITY"
        ? withoutAdvice(error.message)
        : "its store names no strong validator, so a download that breaks off starts over") +
      `. To try once more, ${scope.files.words.again}`,
    { operation, retryable: true, details, cause: error },
  );
}

/** A part that can never be resumed needs a word on what to do without it. */
function explained(scope: SaveScope, error: ExportError): ExportError {
  const { operation, status, requestId, details } = error;
  const { part, words } = scope.files;
  return saveError(
    scope,
    error.code,
    `${part} cannot be resumed: ${withoutAdvice(error.message)}. To start over, ${words.restart}`,
    { operation, status, requestId, details: { ...details, part }, cause: error },
  );
}
