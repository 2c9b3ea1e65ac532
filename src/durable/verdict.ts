import { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { isObject } from "../model/json.js";
import type { ExportState } from "./export-state.js";

/** Whether a failed step is worth repeating, and when. */
export type Verdict = ({ readonly retry: true; readonly at?: Date } | { readonly retry: false }) & {
  /**
   * The job of an export that the step has started and that the sink failed to store. Give it to the next step as it is:
   * `{ ...state, job }`. It has the token of its claim with it, by which a sink tells that somebody else has claimed the start
   * since. Known in the process that started it only; the log and the `warning` event name it too.
   */
  readonly job?: ExportJob;
};

/**
 * What to do about an error of a step: the same decision for every engine. An `ExportError` says it by itself, also one that
 * an engine has stored as JSON or wrapped as the `cause` of its own. Everything else is the sink's or the engine's, and worth
 * another try: a step may be repeated.
 *
 * @example
 * ```ts
 * // Restate: what cannot succeed must not be repeated for ever
 * const step = (name, run) =>
 *   ctx.run(name, () =>
 *     run().catch((error) => {
 *       throw verdictOf(error).retry ? error : new TerminalError(error.message, { cause: error });
 *     }),
 *   );
 * ```
 */
export function verdictOf(error: unknown): Verdict {
  const job = unstoredStart(error)?.job;
  const told = job && { job };
  const found = exportErrorIn(error);
  if (!found) return { retry: true, ...told };
  const { retryable, retryAt } = found;
  if (!retryable) return { retry: false, ...told };
  return { retry: true, ...(retryAt && { at: retryAt }), ...told };
}

/** The outermost `ExportError` in a chain of causes. */
function exportErrorIn(error: unknown): ExportError | undefined {
  for (const next of causesOf(error)) {
    if (ExportError.isInstance(next)) return next;
    if (next.name !== "ExportError" || typeof next.code !== "string") continue;
    try {
      return ExportError.fromJSON({ ...next, message: next.message });
    } catch {}
  }
  return undefined;
}

/** The states with a job that no sink has, by the errors that kept it from being stored. */
const states = new WeakMap<object, ExportState>();

/** Notes that an export was started and that `error` kept its job from being stored. The error stays what it is. */
export function noteUnstoredStart(error: unknown, state: ExportState): void {
  if (isObject(error)) states.set(error, state);
}

/** The state with the job that `error` kept from being stored, also where an engine has wrapped the error as a cause. */
export function unstoredStart(error: unknown): ExportState | undefined {
  return causesOf(error)
    .map((cause) => states.get(cause))
    .find((state) => state !== undefined);
}

const DEEPEST = 8;

/** An error, its cause, the cause of that, and so on. */
function causesOf(error: unknown): { readonly [member: string]: unknown }[] {
  const found = [];
  for (let next = error; found.length < DEEPEST && isObject(next); next = next.cause) found.push(next);
  return found;
}
