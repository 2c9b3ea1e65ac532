import { documentedError } from "../model/documented-error.js";
import type { JsonValue } from "../model/json.js";
import { type ExportState, parseState } from "./export-state.js";
import type { Sink } from "./sink.js";

/** The sink's own copy, where it has one. */
export async function loadState<R>(sink: Sink<R>, given: ExportState): Promise<ExportState | undefined> {
  const loaded = await sink.load?.();
  if (loaded !== undefined && loaded !== null) {
    const stored = parseState(loaded);
    checkSameRun(stored, given);
    return stored;
  }
  // The records and the state are stored together, so the sink has neither.
  if (sink.load && given.records > 0)
    throw documentedError(
      "JOB_INVALID",
      `the sink has no state of this run, but ${given.records} records were delivered: it is another sink, or was emptied. ` +
        "Begin a new run",
      { connection: given.connection, details: { field: "sink" } },
    );
  return undefined;
}

/** Throws `JOB_INVALID` where the state that a sink holds is not of the run that a step is called for. */
function checkSameRun(stored: ExportState, given: ExportState): void {
  const field = firstDifference(stored, given);
  if (field === undefined) return;
  throw documentedError(
    "JOB_INVALID",
    `the sink holds the state of another run: its ${field} is not that of the state given. Give every run a sink of its own`,
    { connection: given.connection, details: { field } },
  );
}

function firstDifference(stored: ExportState, given: ExportState): string | undefined {
  if (stored.connection !== given.connection) return "connection";
  if (stored.job && given.job) return stored.job.id === given.job.id ? undefined : "job";
  const asked = ordered(stored.request);
  // A credential that stood in it is not stored.
  return asked === ordered(given.request) || asked.includes("[redacted]") ? undefined : "request";
}

/** JSON with the members in one order: databases have one of their own. */
function ordered(value: JsonValue): string {
  return JSON.stringify(value, (_, item) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
