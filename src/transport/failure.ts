import type { Connection } from "../connection.js";
import type { ExportError, ExportErrorCode, Operation } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { isObject } from "../model/json.js";
import type { HttpResponse } from "../spec/http.js";
import type { ProviderFailure } from "../spec/provider.js";
import { retryAfterMs } from "./retry-after.js";

const REQUEST_ID_HEADERS = [
  "x-request-id",
  "request-id",
  "x-amz-request-id",
  "x-goog-request-id",
  "x-ms-request-id",
];

export interface FailureScope {
  readonly operation: Operation;
  readonly job?: ExportJob | undefined;
}

/** The error for an answer that is a refusal, in the provider's words where the adapter knows them. */
export function failureOf(connection: Connection, response: HttpResponse, scope: FailureScope): ExportError {
  const told = connection.provider.describeFailure?.(response, connection.now(), scope.operation);
  const meant = told ?? byStatus(connection, response.status, scope, connection.provider.name);
  const error = refused(connection, response, scope, meant);
  if (isObject(response.json) && (told || !connection.provider.describeFailure)) vendorRefusals.add(error);
  return error;
}

/** Refusals in the vendor's own form, as far as that can be told: a page, or nothing, may be of a gateway before it. */
export const vendorRefusals = new WeakSet<ExportError>();

/** The error of a refusal, with what the answer's headers tell. */
export function refused(
  connection: Connection,
  response: HttpResponse,
  scope: FailureScope,
  failure: ProviderFailure,
): ExportError {
  // A date is the provider's, and its clock is known better than ours once it has refused a request for the time in it.
  const now = connection.now();
  const waitMs = retryAfterMs(response.status, response.headers, now);
  const requestId =
    failure.requestId ?? REQUEST_ID_HEADERS.map((name) => response.headers.get(name)).find(Boolean);
  return connection.error(failure.code, failure.message, {
    operation: scope.operation,
    job: scope.job,
    status: response.status,
    retryable: failure.retryable ?? isRetryableCode(failure.code),
    retryAt: failure.retryAt ?? (waitMs === undefined ? undefined : new Date(now + waitMs)),
    requestId: requestId ?? undefined,
    details: failure.details,
  });
}

function isRetryableCode(code: ExportErrorCode): boolean {
  return (
    code === "RATE_LIMITED" ||
    code === "PROVIDER_UNAVAILABLE" ||
    code === "QUOTA_EXCEEDED" ||
    code === "CONCURRENCY_LIMIT"
  );
}

/** Somebody on the way, or the provider itself, waited no longer: 460 and 499 are words of proxies for what 408 says. */
export function isGivenUp(status: number | undefined): boolean {
  return status === 408 || status === 460 || status === 499;
}

/** What an HTTP status means in itself; `by` is who answered, in words. */
export function byStatus(
  connection: Connection,
  status: number,
  scope: FailureScope,
  by: string,
): ProviderFailure {
  const who = `${by} answered the ${scope.operation} request with HTTP ${status}`;
  if (status === 401) {
    return { code: "UNAUTHORIZED", message: `${who}: the credentials of "${connection.name}" were refused` };
  }
  if (status === 403) {
    return { code: "FORBIDDEN", message: `${who}: the credentials of "${connection.name}" may not do this` };
  }
  if (status === 404 || status === 410) {
    return { code: "NOT_FOUND", message: `${who}: check the address and the identifiers` };
  }
  if (status === 429) return { code: "RATE_LIMITED", message: `${who}: too many requests, slow down` };
  if (status >= 500 || status === 425 || isGivenUp(status)) {
    return { code: "PROVIDER_UNAVAILABLE", message: `${who}: try again later` };
  }
  if (status >= 400) return { code: "REQUEST_INVALID", message: `${who}: it does not accept the request` };
  return { code: "RESPONSE_INVALID", message: `${who}, which is not an answer to this request` };
}
