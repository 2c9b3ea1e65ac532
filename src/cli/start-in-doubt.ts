import { ExportError } from "exportkit";

/**
 * A run stored that it starts an export, and not what became of it.
 *
 * @param then - what else can be done
 */
export function startInDoubt(vendor: string, then = ""): ExportError {
  return new ExportError(
    "START_OUTCOME_UNKNOWN",
    "another run is starting an export, or ended while it did, and the export may be running. Wait for that run, or look " +
      `in ${vendor}'s console${then}`,
  );
}
