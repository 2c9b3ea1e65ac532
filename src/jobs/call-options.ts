import { isSignal, takeSignal } from "../model/call-signal.js";
import { ExportError } from "../model/errors.js";
import { describeIssues, type SchemaIssue } from "../model/issues.js";
import { isObject } from "../model/json.js";
import { ownProperties } from "../model/own-properties.js";

/** What every call takes, and what each takes beside it. */
const EVERY = ["signal", "budget"];
const CALLS = {
  startExport: EVERY,
  pollExport: EVERY,
  waitForExport: [...EVERY, "timeoutMs", "onProgress"],
  download: [...EVERY, "checkpoint", "onProgress"],
  runExport: [...EVERY, "timeoutMs", "onProgress", "onDownloadProgress"],
} as const;

/** What is wrong with an option, in words. A budget and a checkpoint are told apart and checked where they are taken up. */
function problemOf(name: string, value: unknown): string | undefined {
  if (name === "signal") return isSignal(value) ? undefined : "must be an AbortSignal";
  if (name === "timeoutMs") {
    if (typeof value !== "number" || Number.isNaN(value)) return "must be a number of milliseconds";
    return value >= 0 ? undefined : "must be 0 or more";
  }
  return name.startsWith("on") && typeof value !== "function" ? "must be a function" : undefined;
}

/** What to do with an option that the call does not take. */
function unknownTo(call: string, name: string): string {
  const others = Object.entries(CALLS).filter(([, names]) => names.includes(name as never));
  if (others.length === 0) return "is not a known field; check its spelling or remove it";
  return `is not an option of ${call}, but of ${others.map(([other]) => other).join(", ")}`;
}

/**
 * Takes up the options of one call: what was given and nothing inherited, with the signal as {@link takeSignal} makes it.
 * Throws `CONFIG_INVALID` naming the field, also of an option that another call takes, and the reason of a signal that is
 * aborted.
 */
export function takeCallOptions<Options extends { readonly signal?: AbortSignal | undefined }>(
  call: keyof typeof CALLS,
  given: Options,
): Options {
  const options = ownProperties(given);
  const known: readonly string[] = CALLS[call];
  const issues = !isObject(options)
    ? [{ message: "must be an object, such as { signal }" }]
    : Object.entries(options).flatMap(([name, value]): SchemaIssue[] => {
        if (value === undefined) return [];
        const message = known.includes(name) ? problemOf(name, value) : unknownTo(call, name);
        return message === undefined ? [] : [{ path: [name], message }];
      });
  if (issues.length > 0)
    throw new ExportError("CONFIG_INVALID", ...describeIssues(`${call}: the options`, issues, given));
  return Object.assign(options, { signal: options.signal && takeSignal(options.signal) });
}
