import { ExportError } from "../model/errors.js";

/** An error that says at which page of a listing it arose, where it does not yet; whatever else was thrown as it is. */
export function atPage(error: unknown, page: number | undefined): unknown {
  if (page === undefined || !ExportError.isInstance(error) || error.details?.page !== undefined) return error;
  return Object.assign(error, { details: { ...error.details, page } });
}
