import { isObject } from "../model/json.js";
import type { ExportState } from "./export-state.js";

/** The states with a job that no sink has, by the errors that kept it from being stored. */
const states = new WeakMap<object, ExportState>();

/** Notes that an export was started and that `error` kept its job from being stored. The error stays what it is. */
export function noteUnstoredStart(error: unknown, state: ExportState): void {
  if (isObject(error)) states.set(error, state);
}

/** The state with the job that `error` kept from being stored, also where an engine has wrapped the error as a cause. */
export function unstoredStart(error: unknown): ExportState | undefined {
  let next = error;
  for (let depth = 0; depth < 8 && isObject(next); depth++) {
    const state = states.get(next);
    if (state) return state;
    next = next.cause;
  }
  return undefined;
}
