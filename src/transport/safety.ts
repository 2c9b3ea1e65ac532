import type { Connection } from "../connection.js";
import type { ExportError, ExportErrorCode } from "../model/errors.js";
import { isGivenUp } from "./failure.js";

// Each of these leaves open whether the provider acted on the request.
const AMBIGUOUS: ReadonlySet<ExportErrorCode> = new Set([
  "NETWORK",
  "TIMEOUT",
  "PROVIDER_UNAVAILABLE",
  "RESPONSE_INVALID",
  "LIMIT_EXCEEDED",
]);

/**
 * The error of a `once` operation: left as it is when the operation certainly did not take effect (refused connection,
 * unresolved name, a definite refusal), else `START_OUTCOME_UNKNOWN`, which nothing here repeats.
 */
export function outcomeUnknown(connection: Connection, error: ExportError): ExportError {
  // Credentials could not be had, so what they are for was not sent, or was sent and refused for the lack of them.
  if (error.operation === "authorize") return error;
  // What a foreign fetch gave cannot be read, and comes of a request that was sent.
  const isUnreadable = error.code === "CONFIG_INVALID" && error.details?.field === "fetch";
  if (!AMBIGUOUS.has(error.code) && !isRepeatableFailure(error) && !isUnreadable) return error;
  if (error.details?.neverSent === true || isRefusal(error.status)) return error;
  return connection.error(
    "START_OUTCOME_UNKNOWN",
    `the export may or may not have been started: ${error.message}. It was not sent again; ` +
      "look in the provider's console before starting another",
    {
      operation: error.operation,
      status: error.status,
      requestId: error.requestId,
      cause: error,
      details: { reason: error.code },
    },
  );
}

/** A server's failure that would be repeated under whatever name an adapter gave it. A definite one is left alone. */
function isRepeatableFailure({ retryable, status }: ExportError): boolean {
  return retryable && status !== undefined && (status >= 500 || isGivenUp(status));
}

/** A redirect that was not followed (303 tells that the work is done) or a client error: nothing was started. */
export function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 300 && status < 500 && status !== 303 && !isGivenUp(status);
}
