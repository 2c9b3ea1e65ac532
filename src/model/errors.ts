import type { ExportErrorCode } from "./error-codes.js";
import type { ExportJob } from "./job.js";
import type { JsonValue } from "./json.js";
import { objectMistake } from "./mistakes.js";
import { printable } from "./printable.js";
import { isDate, isError } from "./realm.js";

export type { ExportErrorCode };

/** The step during which an error or event arose. */
export type Operation = "start" | "poll" | "locate" | "artifact" | "page" | "authorize" | "decode" | "wait";

/** Everything an {@link ExportError} may carry beside its code and message. */
export interface ExportErrorContext {
  /** Whether the same call may succeed later without a change of its input. Default `false`. */
  readonly retryable?: boolean | undefined;
  /** The earliest time at which trying again makes sense. */
  readonly retryAt?: Date | undefined;
  /** The adapter's name, such as `"authgear"`. */
  readonly provider?: string | undefined;
  /** The caller's name for the connection. */
  readonly connection?: string | undefined;
  /** The step that failed. */
  readonly operation?: Operation | undefined;
  /** The HTTP status of the answer that was refused. */
  readonly status?: number | undefined;
  /** The provider's own identifier of the failed request, for its support. */
  readonly requestId?: string | undefined;
  /** The latest state of the job in question. */
  readonly job?: ExportJob | undefined;
  /** Plain data: field names, positions, the provider's own words. */
  readonly details?: { readonly [key: string]: JsonValue } | undefined;
  /** What was thrown below, with secrets taken out. */
  readonly cause?: unknown;
}

const marker = Symbol.for("exportkit.ExportError");

// What an error has where it is known, in the order in which `toJSON` gives it.
const FIELDS = [
  "retryAt",
  "provider",
  "connection",
  "operation",
  "status",
  "requestId",
  "details",
  "job",
] as const satisfies readonly (keyof ExportErrorContext)[];

/**
 * The one error class of this package. An aborted call is the exception: it rejects with the signal's own reason.
 *
 * @example
 * ```ts
 * try {
 *   await client.startExport("users", { format: "ndjson" });
 * } catch (error) {
 *   if (ExportError.isInstance(error) && error.code === "QUOTA_EXCEEDED") {
 *     console.log("come back at", error.retryAt);
 *   } else throw error;
 * }
 * ```
 */
export class ExportError extends Error {
  static {
    // Under this name in stacks and logs too when a bundler has shortened the class's own.
    for (const named of [ExportError, ExportError.prototype])
      Object.defineProperty(named, "name", { value: "ExportError", configurable: true, writable: true });
  }

  /** `"ExportError"`, also where a bundler has shortened names. */
  override readonly name = "ExportError";
  /** What happened: stable across versions, for `if` and `switch`. */
  readonly code: ExportErrorCode;
  /** Whether the same call may succeed later without a change of its input. */
  readonly retryable: boolean;
  // Declared only: a field that an error was not given is absent, and not there as undefined.
  /** The earliest time at which trying again makes sense. */
  declare readonly retryAt?: Date;
  /** The adapter's name, such as `"authgear"`. */
  declare readonly provider?: string;
  /** The caller's name for the connection. */
  declare readonly connection?: string;
  /** The step that failed. */
  declare readonly operation?: Operation;
  /** The HTTP status of the answer that was refused. */
  declare readonly status?: number;
  /** The provider's own identifier of the failed request, for its support. */
  declare readonly requestId?: string;
  /** The latest state of the job in question: store it, and resume with it. */
  declare readonly job?: ExportJob;
  /** Plain data: field names, positions, the provider's own words. */
  declare readonly details?: { readonly [key: string]: JsonValue };

  /** Adapters make errors with this; callers are given them. */
  constructor(code: ExportErrorCode, message: string, context: ExportErrorContext = {}) {
    super(printable(String(message)), context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    this.retryable = context.retryable ?? false;
    for (const field of FIELDS) {
      if (context[field] != null) Object.assign(this, { [field]: context[field] });
    }
    Object.defineProperty(this, marker, { value: true });
  }

  /**
   * Whether a value is an `ExportError`, also when it was made by another copy of this package
   * (ESM beside CommonJS, or two versions in one tree), where `instanceof` says no.
   */
  static isInstance(value: unknown): value is ExportError {
    return typeof value === "object" && value !== null && (value as { [marker]?: unknown })[marker] === true;
  }

  /**
   * An error again from what `toJSON` gave, as it comes out of a queue's or an engine's store; the stack is a new one.
   *
   * @example
   * ```ts
   * const error = ExportError.fromJSON(JSON.parse(row.error));
   * if (error.retryable) await tryAgain(error.retryAt);
   * ```
   *
   * @throws `JOB_INVALID` for a value that is no such error
   */
  static fromJSON(value: unknown): ExportError {
    const { code, message, retryAt, cause, ...context } = (value ?? {}) as {
      readonly [key: string]: unknown;
    };
    // Mappers write `null` for what is absent.
    const at = retryAt == null ? undefined : new Date(String(retryAt));
    if (
      context.name !== "ExportError" ||
      typeof code !== "string" ||
      typeof message !== "string" ||
      Number.isNaN(at?.getTime())
    ) {
      const mistake = objectMistake(value);
      const hint = mistake === undefined ? "" : `: ${mistake}`;
      throw new ExportError("JOB_INVALID", `the value is not an ExportError as toJSON gives it${hint}`, {
        details: { field: "error" },
      });
    }
    return new ExportError(code as ExportErrorCode, message, {
      ...context,
      // What a mapper made text of is not a promise: "false" would be one.
      retryable: context.retryable === true,
      retryAt: at,
      cause: causeOf(cause),
    });
  }

  /** Plain data for logs: everything but the stack; a cause is given by name, message and code. */
  toJSON(): { readonly [key: string]: unknown } {
    const { name, code, message, retryable, cause } = this;
    return {
      name,
      code,
      message,
      retryable,
      ...Object.fromEntries(FIELDS.flatMap((field) => (field in this ? [[field, plain(this[field])]] : []))),
      ...(isError(cause) && { cause: describeCause(cause) }),
    };
  }
}

function plain(value: unknown): unknown {
  return isDate(value) ? value.toISOString() : value;
}

function causeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, message, code } = value as { readonly [key: string]: unknown };
  if (name === "ExportError") return ExportError.fromJSON(value);
  const cause = Object.assign(new Error(String(message)), typeof code === "string" && { code });
  return Object.defineProperty(cause, "name", { value: String(name) });
}

function describeCause(cause: Error): unknown {
  if (ExportError.isInstance(cause)) return cause.toJSON();
  const code = (cause as { code?: unknown }).code;
  return { name: cause.name, message: cause.message, ...(typeof code === "string" && { code }) };
}
