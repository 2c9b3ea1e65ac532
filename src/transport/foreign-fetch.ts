import type { Connection } from "../connection.js";
import type { ExportError, ExportErrorContext } from "../model/errors.js";

/** A `fetch` of the caller's gave what only looks like an answer of the fetch standard. */
export class ForeignFetch extends TypeError {
  /** The status of the answer, where it has one. */
  readonly status: number | undefined;

  constructor(problem: string, status?: unknown) {
    super(problem);
    this.status = typeof status === "number" ? status : undefined;
  }
}

/**
 * The error for it: nothing that waiting would mend.
 *
 * @param context - with the status, where there was one: the request did arrive then
 */
export function foreignFetch(
  connection: Connection,
  problem: ForeignFetch,
  context: ExportErrorContext,
): ExportError {
  return connection.error(
    "CONFIG_INVALID",
    `the fetch function that the client was given is not one of the fetch standard: ${problem.message}. Leave it out, ` +
      "or pass the runtime's own fetch or undici's; node-fetch and cross-fetch do not follow it in Node",
    { ...context, details: { field: "fetch" } },
  );
}
