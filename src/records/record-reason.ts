import { isError } from "../model/realm.js";

/** Why a record could not be made, from what was thrown on the way; anything but an `Error` is thrown on. */
export function reasonOf(thrown: unknown): string {
  if (isError(thrown)) return thrown.message;
  throw thrown;
}
