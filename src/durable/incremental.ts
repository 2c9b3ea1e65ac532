import { documentedError } from "../model/documented-error.js";
import { isObject } from "../model/json.js";
import { ownProperties } from "../model/own-properties.js";
import { wrongOption } from "../model/wrong-option.js";
import type { ExportState } from "./export-state.js";

/** Options of {@link incremental}. */
export interface IncrementalOptions {
  /** The field of the request that takes the time from which on users count as changed: Zephr's `since` or `registeredSince`. */
  readonly field: string;
  /**
   * How far before the last run's start to begin, in ms: what a vendor commits late, or stamps by another clock, is
   * found then. Records of that time come again, so the sink has to know them by their key. Default 0, which is too little
   * where a change may have the very second of a start, for vendors name times in whole seconds and leave open which side counts.
   */
  readonly lookbackMs?: number | undefined;
}

/** Adds the time of the last run to a request; made by {@link incremental}. */
export type Incremental = <Request extends object>(
  request: Request,
  last?: LastRun | null | undefined,
) => Request & { readonly [field: string]: unknown };

/** The state that the last run ended with, or its watermark. */
export type LastRun = string | (Pick<ExportState, "watermark"> & Partial<Pick<ExportState, "phase">>);

const MARK = Symbol.for("exportkit.incremental");

/**
 * Exports that bring only what changed since the last one. Every run notes the vendor's time of its start as
 * `state.watermark`; the next one asks for what changed from there on, less `lookbackMs`. The first run, without a last one,
 * brings everything.
 *
 * What changes while a run reads is found by the next one, for its watermark is older than the change. Let the sink replace
 * records by their key (`client.recordSchema(…).key`). Deletions are no changes: nothing tells of them but a full run.
 *
 * @example
 * ```ts
 * const nightly = incremental({ field: "since", lookbackMs: 15 * 60_000 });
 * const state = beginExport("readers", nightly({ attributes: true }, await loadLastRun()));
 * await saveLastRun(await runDurably(engine, client, state, { sink, sliceMs: 20_000 }));
 * ```
 *
 * @returns a function of a request and the last run; it throws `JOB_INVALID` for a last run that is not done or has no
 * watermark, and `REQUEST_INVALID` for a request that sets the field itself. Where a vendor has no such field, the first step
 * of the run throws `NOT_SUPPORTED`, and nothing is sent
 * @throws `CONFIG_INVALID`, naming the option
 */
export function incremental(options: IncrementalOptions): Incremental {
  const invalid = (name: string, problem: string) => wrongOption("incremental", name, problem);
  if (!isObject(options)) throw invalid("options", "must be an object");
  const { field, lookbackMs = 0, ...others } = ownProperties(options);
  // A lookback under another name would lose what it is for.
  for (const name of Object.keys(others))
    throw invalid(name, "is not a known field; check its spelling or remove it");
  if (typeof field !== "string" || field === "")
    throw invalid("field", "must be the name of a field of the request");
  if (!(typeof lookbackMs === "number" && lookbackMs >= 0 && lookbackMs < Number.POSITIVE_INFINITY))
    throw invalid("lookbackMs", "must be a number of ms, 0 or more");
  return (request, last) => {
    if (!isObject(request))
      throw documentedError("REQUEST_INVALID", "incremental: the request must be an object", {
        details: { field: "request" },
      });
    if (Object.hasOwn(request, field) && (request as { [field: string]: unknown })[field] !== undefined)
      throw documentedError(
        "REQUEST_INVALID",
        `incremental: the request sets ${field} itself; leave it out, the last run decides it`,
        { details: { field } },
      );
    const from =
      last === undefined || last === null ? undefined : Math.max(0, watermarkOf(last) - lookbackMs);
    const asked = { ...request, ...(from !== undefined && { [field]: new Date(from).toISOString() }) };
    // Not to be sent, only to be known: the first run must be refused as the second would be.
    return Object.defineProperty(asked, MARK, { value: field });
  };
}

/** The field that makes a request an incremental one. */
export function incrementalField(request: object): string | undefined {
  return (request as { readonly [MARK]?: string })[MARK];
}

function watermarkOf(last: LastRun): number {
  const { watermark, phase } = typeof last === "string" ? { watermark: last, phase: undefined } : last;
  const invalid = (problem: string, field: string) =>
    documentedError("JOB_INVALID", `incremental: the last run ${problem}`, { details: { field } });
  // What it has not delivered yet would never come.
  if (phase !== undefined && phase !== "done")
    throw invalid(`is still ${phase}: take it to its end, or begin from the run before it`, "phase");
  const time = Date.parse(watermark ?? "");
  if (Number.isNaN(time)) throw invalid("has no readable watermark", "watermark");
  return time;
}
