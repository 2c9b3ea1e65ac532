import * as z from "zod/mini";
import { ExportError } from "../errors.js";
import { describeIssues } from "../issues.js";

const schema = () => {
  const callback = z.optional(
    z.custom<() => unknown>((value) => typeof value === "function", "must be a function"),
  );
  return z.strictObject({
    signal: z.optional(z.custom<AbortSignal>(isSignal, "must be an AbortSignal")),
    timeoutMs: z.optional(
      z
        .custom<number>(
          (value) => typeof value === "number" && !Number.isNaN(value),
          "must be a number of milliseconds",
        )
        .check(z.refine((value) => value >= 0, "must be 0 or more")),
    ),
    onProgress: callback,
    onDownloadProgress: callback,
    checkpoint: z.optional(z.unknown()),
    // Told apart and checked where it is taken up.
    budget: z.optional(z.unknown()),
  });
};

/** Checks the options of one call; throws `CONFIG_INVALID` naming the field. One shape does for every member. */
export function checkCallOptions(call: string, options: unknown): void {
  const checked = schema().safeParse(options);
  if (checked.success) return;
  throw new ExportError("CONFIG_INVALID", ...describeIssues(`${call}: the options`, checked.error.issues));
}

/** By shape: a signal may come from another realm. */
function isSignal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener } = value as { readonly [key: string]: unknown };
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}
