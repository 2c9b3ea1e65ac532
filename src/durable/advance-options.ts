import * as z from "#zod";
import { type OnInvalid, onInvalidOption } from "../download/read-options.js";
import { type Budget, type BudgetLimits, budgetOf } from "../model/budget.js";
import { isSignal, takeSignal } from "../model/call-signal.js";
import { documentedError } from "../model/documented-error.js";
import { describeIssues } from "../model/issues.js";
import { ownProperties, unpolluted } from "../model/own-properties.js";
import type { ClaimStart, Sink } from "./sink.js";

const schema = () => {
  const fn = z.custom<() => unknown>((value) => typeof value === "function", "must be a function");
  const count = z.int("must be a whole number").check(z.positive("must be 1 or more"));
  return z.strictObject({
    sink: z.custom(isSink, "must have a function write, and load must be a function where there is one"),
    // Told apart and checked where it is taken up.
    budget: z.optional(z.unknown()),
    signal: z.optional(z.custom<AbortSignal>(isSignal, "must be an AbortSignal")),
    batch: z.optional(
      z.union(
        [count, z.strictObject({ size: z.optional(count), bytes: z.optional(count) })],
        "must be a number of records, or { size, bytes }",
      ),
    ),
    claimStart: z.optional(fn),
    onInvalid: onInvalidOption(),
  });
};

/** Takes up the options of a step; throws `CONFIG_INVALID` naming the field. */
export function checkAdvanceOptions<R>(given: AdvanceOptions<R>): Step<R> {
  const options = ownProperties(given);
  const checked = unpolluted(() => schema().safeParse(options));
  if (!checked.success)
    throw documentedError("CONFIG_INVALID", ...describeIssues("advanceExport", checked.error.issues, given));
  const { budget, batch, signal } = options;
  return {
    ...options,
    budget: budget === undefined ? undefined : budgetOf(budget),
    signal: signal && takeSignal(signal),
    batch: typeof batch === "number" ? { size: batch } : { ...batch },
  };
}

function isSink(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { write, load } = value as { readonly [key: string]: unknown };
  return typeof write === "function" && (load === undefined || typeof load === "function");
}

/** Options of {@link advanceExport}. */
export interface AdvanceOptions<R> {
  /** Where records and states go. */
  readonly sink: Sink<R>;
  /** What the step may spend; once it is spent, the step resolves with the state as it stands. Default: it delivers all. */
  readonly budget?: Budget | BudgetLimits | undefined;
  /** Ends the step, which then rejects with the signal's reason. A start that was sent is stored before. */
  readonly signal?: AbortSignal | undefined;
  /** The most records in a batch, or both its limits, as in `download.batches`. Default 500 records. */
  readonly batch?: number | { readonly size?: number; readonly bytes?: number } | undefined;
  /** Keeps a run from starting twice, see {@link ClaimStart}. Without it, a kill right behind the start starts another. */
  readonly claimStart?: ClaimStart | undefined;
  /** What to do with a record that cannot be read. Default `"throw"`: the run stands still there. */
  readonly onInvalid?: OnInvalid | undefined;
}

/** A step's options, with one budget for all of its calls. */
export interface Step<R> extends Omit<AdvanceOptions<R>, "budget" | "batch"> {
  readonly budget: Budget | undefined;
  readonly batch: { readonly size?: number; readonly bytes?: number };
}
