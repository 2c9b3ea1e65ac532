import * as z from "zod/mini";
import { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import { ownProperties, unpolluted } from "../model/own-properties.js";
import { isSignal, takeSignal } from "../transport/call-signal.js";

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

/**
 * Takes up the options of one call: what was given and nothing inherited, with the signal as {@link takeSignal} makes it.
 * Throws `CONFIG_INVALID` naming the field, and the reason of a signal that is aborted. One shape does for every member.
 */
export function takeCallOptions<Options extends { readonly signal?: AbortSignal | undefined }>(
  call: string,
  given: Options,
): Options {
  const options = ownProperties(given);
  const checked = unpolluted(() => schema().safeParse(options));
  if (!checked.success) {
    throw new ExportError("CONFIG_INVALID", ...describeIssues(`${call}: the options`, checked.error.issues));
  }
  return Object.assign(options, { signal: takeSignal(options.signal) });
}
