import type { Checkpoint } from "../download/types.js";
import type { ExportState } from "./export-state.js";

/**
 * What a step hands to a sink: records in order, or none where only the state has changed (the export was started, its
 * status was asked for, it ended).
 *
 * @typeParam R - the record type
 */
export interface Batch<R> {
  /** The records, in order; none in an empty batch. */
  readonly records: readonly R[];
  /** The place after the records; the same one is in the new state. Absent before the first download. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Whether these are the last records of the export. */
  readonly last: boolean;
}

/** The state that a write starts from, and the one it leads to. */
export interface StateChange {
  /**
   * What the sink stored last, member by member: the copy that `load` gave or the `after` of the write before; for a sink
   * that has none, the state that the step was called with. A job that it failed to store is not in it. A sink that finds
   * another one stored was overtaken by another worker: let it throw, and write nothing.
   */
  readonly before: ExportState;
  /** What is to be stored together with the records. */
  readonly after: ExportState;
  /**
   * With the write that stores a started job, where there is a claim: the token that `claimStart` was called with. A sink whose
   * claim has another one by now, or none, was given up and claimed again meanwhile: let it throw, and write nothing.
   */
  readonly claim?: string | undefined;
}

/**
 * Where the records go, together with the state: whoever stores both in one transaction gets every record once, whatever
 * is killed when.
 *
 * @typeParam R - the record type
 *
 * @example
 * ```ts
 * const sink: Sink<AuthgearUser> = {
 *   load: async () => (await db.get("export-state")) ?? null,
 *   write: ({ records }, { after }) =>
 *     db.transaction(async (tx) => {
 *       for (const user of records) await tx.upsert("users", user.sub, user);
 *       await tx.put("export-state", after);
 *     }),
 * };
 * ```
 */
export interface Sink<R> {
  /**
   * The sink's own copy of the state, `null` at first. It wins over the one that the step is called with: an engine knows of
   * a step that was killed behind its commit only by this. A sink that stores the state together with the records has it.
   */
  load?(): Promise<ExportState | null>;
  /** Stores the records and `after`, both or nothing. Called with no records too, to store a started job and the end. */
  write(batch: Batch<R>, states: StateChange): Promise<void>;
}

/**
 * A write-ahead of the start: resolves `true` once for a run and `false` ever after, also in another process and after a
 * kill. Store it before you answer, as by `INSERT … ON CONFLICT DO NOTHING`.
 */
export interface ClaimStart {
  /**
   * Resolves with `true` once for a run, and with `false` ever after.
   *
   * @param claim - a token of this very claim, to be stored with it: `write` gets it again, see {@link StateChange}
   */
  (claim: string): Promise<boolean>;
  /**
   * Gives the claim back. Called where nothing was started for certain, because the vendor refused (rate, quota) or was not
   * reached, so that a later step may start. Without it such a run ends with `START_OUTCOME_UNKNOWN`.
   *
   * @param claim - the token of the claim. One that has another token by now belongs to another worker, and stays
   */
  release?(claim: string): Promise<void>;
}

/** A batch without records, where only the state has changed. */
export const NOTHING = { records: [], last: false } as const;
