/**
 * An export as one plain state and one step, for any engine, queue or cron: it outlives every process, is started once, and
 * lands exactly once.
 *
 * @module
 */
export { advanceExport } from "./advance-export.js";
export type { AdvanceOptions } from "./advance-options.js";
export { beginExport } from "./begin-export.js";
export { type ExportPhase, type ExportState, parseState } from "./export-state.js";
export { type Incremental, type IncrementalOptions, incremental, type LastRun } from "./incremental.js";
export { type Engine, type RunDurablyOptions, runDurably } from "./run-durably.js";
export type { Batch, ClaimStart, Sink, StateChange } from "./sink.js";
export { type Verdict, verdictOf } from "./verdict.js";
