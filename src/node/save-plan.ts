import type { JobOf, Providers } from "../client.js";
import { isWhole } from "./claim.js";
import { exists } from "./durable-files.js";
import { ownerOf, type PartState, readPartState } from "./part-state.js";
import { type SaveScope, type SaveTask, saveError } from "./save-task.js";

/** What there is to do, going by the files that are there. */
export type SavePlan =
  /** An earlier run finished the file and was ended before it had cleaned up. */
  | { readonly kind: "published"; readonly state: PartState }
  | { readonly kind: "continue"; readonly state: PartState }
  | { readonly kind: "begin" };

/**
 * Looks at what earlier runs left behind. Throws rather than touch what is not this save's own.
 *
 * @throws `CONFIG_INVALID` where the target is to be kept, `JOB_INVALID` where the part is not this save's
 */
export async function planSave<P extends Providers, J extends JobOf<P>>(
  task: SaveTask<P, J>,
): Promise<SavePlan> {
  const { files, settings } = task;
  const state = settings.restart ? undefined : await readPartState(files);
  const difference = state && state !== "unreadable" ? differenceTo(task, state) : undefined;
  const own = state && state !== "unreadable" && !difference ? state : undefined;

  if (own?.complete && (await isWhole(files.target, own, settings.signal))) {
    return { kind: "published", state: own };
  }
  if (!settings.overwrite && (await exists(files.target))) throw targetExists(task);
  if (settings.restart || !(await exists(files.part))) return { kind: "begin" };
  if (own) return { kind: "continue", state: own };
  throw saveError(
    task,
    "JOB_INVALID",
    `${files.part} cannot be continued: ${difference ?? "nothing beside it says what it is"}. ` +
      'Choose another path, or throw it away by calling saveExport with resume: "restart"',
    { details: { part: files.part } },
  );
}

export function targetExists(scope: SaveScope): Error {
  return saveError(
    scope,
    "CONFIG_INVALID",
    `${scope.files.target} exists already and is kept: choose another path, or set overwrite: true`,
    { details: { reason: "exists" } },
  );
}

/** In what a part differs from what is to be saved, in words. */
function differenceTo<P extends Providers, J extends JobOf<P>>(
  { job, settings }: SaveTask<P, J>,
  state: PartState,
): string | undefined {
  const { provider, connection, id } = state.job;
  const owner = ownerOf(job);
  if (provider !== owner.provider || connection !== owner.connection || id !== owner.id) {
    return `it holds job ${id} of connection ${connection}, and this is job ${owner.id} of ${owner.connection}`;
  }
  const { layout } = settings;
  if (state.layout.format !== layout.format) {
    return `it was begun as format ${state.layout.format}, and this is ${layout.format}`;
  }
  for (const option of ["columns", "formulas"] as const) {
    if (JSON.stringify(state.layout[option]) !== JSON.stringify(layout[option]))
      return `it was begun with other ${option}`;
  }
  return undefined;
}
