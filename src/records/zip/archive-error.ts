import type { ExportErrorCode } from "../../model/errors.js";
import { ExportError } from "../../model/errors.js";
import type { JsonObject, JsonValue } from "../../model/json.js";

/** An error of reading an archive or a workbook. `details` holds names and positions only, never content. */
export function archiveError(
  code: Extract<ExportErrorCode, "DECODE_FAILED" | "INTEGRITY" | "LIMIT_EXCEEDED" | "NOT_SUPPORTED">,
  message: string,
  options: { readonly details?: JsonObject; readonly cause?: unknown } = {},
): ExportError {
  return new ExportError(code, message, {
    operation: "decode",
    details: options.details as { readonly [key: string]: JsonValue } | undefined,
    cause: options.cause,
  });
}

/** The error for what is beyond a bound, which its `details` name as `limit`. */
export function beyondLimit(limit: number, message: string, details?: JsonObject): ExportError {
  return archiveError("LIMIT_EXCEEDED", message, { details: { ...details, limit } });
}

/** An error of decoding with more of its place; what it has itself counts more. */
export function withPlace(error: unknown, place: { readonly [key: string]: JsonValue }): unknown {
  if (!ExportError.isInstance(error) || error.operation !== "decode") return error;
  const { code, message, operation, details, cause } = error;
  return new ExportError(code, message, { operation, cause, details: { ...place, ...details } });
}
