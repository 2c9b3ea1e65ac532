import * as z from "zod/mini";
import { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import { ownProperties, unpolluted } from "../model/own-properties.js";
import { budgetOf } from "../transport/budget-check.js";
import { isSignal, takeSignal } from "../transport/call-signal.js";
import type { AdvanceOptions, Step } from "./advance-export.js";

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
    onInvalid: z.optional(
      z.custom(
        (value) => value === "throw" || value === "skip" || typeof value === "function",
        'must be "throw", "skip" or a function',
      ),
    ),
  });
};

/** Takes up the options of a step; throws `CONFIG_INVALID` naming the field. */
export function checkAdvanceOptions<R>(given: AdvanceOptions<R>): Step<R> {
  const options = ownProperties(given);
  const checked = unpolluted(() => schema().safeParse(options));
  if (!checked.success)
    throw new ExportError("CONFIG_INVALID", ...describeIssues("advanceExport", checked.error.issues));
  const { budget, batch, signal } = options;
  return {
    ...options,
    budget: budget === undefined ? undefined : budgetOf(budget),
    signal: takeSignal(signal),
    batch: typeof batch === "number" ? { size: batch } : { ...batch },
  };
}

function isSink(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { write, load } = value as { readonly [key: string]: unknown };
  return typeof write === "function" && (load === undefined || typeof load === "function");
}
