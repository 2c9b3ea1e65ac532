import { type EmulatorReply, textReply } from "../reply.js";
import { goJson } from "./go-json.js";

/** The vendor's error object. `code` equals the HTTP status. */
export interface AuthgearApiError {
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  readonly code: number;
  readonly tracking_id?: string;
  readonly info?: { readonly [key: string]: unknown };
}

/** One finding of the request's schema. */
export interface SchemaCause {
  /** A JSON pointer; `""` is the body itself. */
  readonly location: string;
  readonly kind: string;
  readonly details?: { readonly [key: string]: unknown };
}

const hardening = {
  "cache-control": "no-store",
  pragma: "no-cache",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** A JSON answer of the API, with what is empty left out. */
export function jsonReply(status: number, body: unknown): EmulatorReply {
  return textReply(status, "application/json", goJson(body), hardening);
}

/** The answer for an error, of which every one can be tracked. */
export function errorReply(error: AuthgearApiError, trackingId: string): EmulatorReply {
  return jsonReply(error.code, { error: tracked(error, trackingId) });
}

/** The error as it stands in an answer: `tracking_id` before `info`. */
export function tracked({ info, ...error }: AuthgearApiError, tracking_id: string): AuthgearApiError {
  return { ...error, tracking_id, ...(info && { info }) };
}

/** What Go's `http.Error` writes: the refusals that come before the API itself are plain text. */
export function plainReply(
  status: number,
  text: string,
  headers: { readonly [name: string]: string } = {},
): EmulatorReply {
  const nosniff = { "x-content-type-options": "nosniff" };
  return textReply(status, "text/plain; charset=utf-8", `${text}\n`, { ...nosniff, ...headers });
}

export const exportDisabled: AuthgearApiError = {
  name: "InternalError",
  reason: "UserExportDisabled",
  message: "User export disabled",
  code: 500,
};

export const unexpectedError: AuthgearApiError = {
  name: "InternalError",
  reason: "UnexpectedError",
  message: "unexpected error occurred",
  code: 500,
};

export const taskNotFound: AuthgearApiError = {
  name: "NotFound",
  reason: "TaskNotFound",
  message: "task not found",
  code: 404,
};

export const tooManyJobs: AuthgearApiError = {
  name: "TooManyRequest",
  reason: "MaximumConcurrentJobLimitExceeded",
  message: "maximum concurrent job limit exceeded",
  code: 429,
};

export function usageLimitExceeded(period: string | undefined): AuthgearApiError {
  return {
    name: "TooManyRequest",
    reason: "UsageLimitExceeded",
    message: "usage limit exceeded",
    code: 429,
    info: { name: "UserExport", usage_name: "user_export", period },
  };
}

/** The form of the quota error that the documentation has. */
export const rateLimited: AuthgearApiError = {
  name: "TooManyRequest",
  reason: "RateLimited",
  message: "request rate limited",
  code: 429,
  info: { bucket_name: "UserExport" },
};

export function validationFailed(causes: readonly SchemaCause[]): AuthgearApiError {
  return {
    name: "Invalid",
    reason: "ValidationFailed",
    message: "invalid request body",
    code: 400,
    info: { causes },
  };
}

export function nonUniqueFieldNames(names: readonly string[]): AuthgearApiError {
  return {
    name: "Invalid",
    reason: "UserExportNonUniqueFieldNames",
    message: "field names are not unique",
    code: 400,
    info: { field_names: names },
  };
}

/** `message` is in Go's own words. */
export function invalidJson(byteOffset: number, message: string): AuthgearApiError {
  return {
    name: "BadRequest",
    reason: "InvalidJSON",
    message,
    code: 400,
    info: { byte_offset: byteOffset },
  };
}

export const invalidContentType: AuthgearApiError = {
  name: "BadRequest",
  reason: "BadRequest",
  message: "request content type is invalid",
  code: 400,
};

export function bodyTooLarge(limit: number): AuthgearApiError {
  return {
    name: "RequestEntityTooLarge",
    reason: "JSONTooLarge",
    message: "request body too large",
    code: 413,
    info: { limit },
  };
}
