import type { ExportErrorCode, HttpResponse, JsonValue, ProviderFailure } from "../../provider/contract.js";
import { isObject } from "../../provider/values.js";
import type { AuthgearOptions } from "./options.js";

/** Authgear's error object: `{ error: { name, reason, message, code, tracking_id?, info? } }`. */
interface AuthgearError {
  readonly reason: string;
  readonly message: string;
  readonly trackingId: string | undefined;
  readonly info: { readonly [key: string]: unknown };
}

export function readError(response: HttpResponse): AuthgearError | undefined {
  const body = response.json;
  const error = isObject(body) ? body.error : undefined;
  if (!isObject(error)) return undefined;
  const { reason, message, tracking_id: trackingId, info } = error;
  return {
    reason: typeof reason === "string" ? reason : "",
    message: typeof message === "string" ? message : "",
    trackingId: typeof trackingId === "string" ? trackingId : undefined,
    info: isObject(info) ? info : {},
  };
}

/** What a refusal of Authgear means. The HTTP status alone misleads: a disabled export is a 500. */
export function describeFailure(
  response: HttpResponse,
  now: number,
  { token }: AuthgearOptions,
): ProviderFailure | undefined {
  const error = readError(response);
  if (!error) return describePlainText(response, token === undefined ? CHECK_KEYS : CHECK_TOKEN);
  const failure = (
    code: ExportErrorCode,
    message: string,
    extra: Partial<ProviderFailure> = {},
  ): ProviderFailure => ({
    code,
    message: `Authgear: ${message}`,
    requestId: error.trackingId,
    details: { reason: error.reason, ...extra.details },
    ...(extra.retryAt && { retryAt: extra.retryAt }),
  });
  switch (error.reason) {
    case "UserExportDisabled":
      return failure(
        "EXPORT_DISABLED",
        "user export is not enabled for this project; ask Authgear to enable it",
      );
    case "UsageLimitExceeded":
      return failure("QUOTA_EXCEEDED", quotaMessage(error.info.period), {
        retryAt: endOfPeriod(error.info.period, now),
        details: picked(error.info, "name", "usage_name", "period"),
      });
    case "RateLimited":
      // The form the documentation shows for the export quota; other buckets are ordinary rate limits.
      return error.info.bucket_name === "UserExport"
        ? failure("QUOTA_EXCEEDED", "the project's export quota is used up for now; come back later", {
            details: picked(error.info, "bucket_name"),
          })
        : failure("RATE_LIMITED", "too many requests, slow down", {
            details: picked(error.info, "bucket_name"),
          });
    case "MaximumConcurrentJobLimitExceeded":
      return failure(
        "CONCURRENCY_LIMIT",
        "another export of this project is running; start again when it has ended",
      );
    case "ValidationFailed":
      return failure(
        "REQUEST_INVALID",
        `the request was refused: ${locations(error.info.causes) || error.message}`,
        {
          details: picked(error.info, "causes"),
        },
      );
    case "UserExportNonUniqueFieldNames":
      return failure(
        "REQUEST_INVALID",
        "fields: some headers are the same; give each field another fieldName",
        {
          details: picked(error.info, "field_names"),
        },
      );
    case "InvalidJSON":
      return failure(
        "REQUEST_INVALID",
        "the request did not arrive as valid JSON; something on the way changed it",
        {
          details: picked(error.info, "byte_offset"),
        },
      );
    case "JSONTooLarge":
      return failure("REQUEST_INVALID", "the request is too large; ask for fewer fields", {
        details: picked(error.info, "limit"),
      });
    case "TaskNotFound":
      return failure(
        "NOT_FOUND",
        "this project has no such export, or no longer has it: exports are kept for 24 hours",
      );
    default:
      return failure(
        codeOf(response.status),
        `HTTP ${response.status}, ${error.reason || error.message || "no reason given"}`,
      );
  }
}

/** A reason that is not known here says at least what its HTTP status says. */
function codeOf(status: number): ExportErrorCode {
  if (status >= 500) return "PROVIDER_UNAVAILABLE";
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "NOT_FOUND";
  return status === 429 ? "RATE_LIMITED" : "REQUEST_INVALID";
}

const CHECK_KEYS =
  "keyId and privateKey are a pair of this project, that projectId is the project's id, and that the local clock is right";
const CHECK_TOKEN =
  "token is one for the Admin API of this project (signed with its key, the project's id as audience) and has not expired";

/** Requests that never reach the API proper are refused in plain text. */
function describePlainText({ status, text }: HttpResponse, check: string): ProviderFailure | undefined {
  if (status === 403)
    return { code: "FORBIDDEN", message: `Authgear refused the token. Check that ${check}` };
  if (status === 404 && text.includes("app not found")) {
    return { code: "NOT_FOUND", message: "Authgear knows no project at this host. Check endpoint" };
  }
  return undefined;
}

function quotaMessage(period: unknown): string {
  return period === "day" || period === "month"
    ? `the project's export quota of this ${period} is used up; retryAt tells when it is reset`
    : "the project's export quota is used up for now; come back later";
}

/** Quotas are reset at 00:00 UTC, of the next day or of the first of the next month. */
function endOfPeriod(period: unknown, now: number): Date | undefined {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (period === "day") return new Date(Date.UTC(year, month, day + 1));
  if (period === "month") return new Date(Date.UTC(year, month + 1, 1));
  return undefined;
}

function locations(causes: unknown): string {
  if (!Array.isArray(causes)) return "";
  return causes
    .filter(isObject)
    .map(({ location, kind }) => `${wordOr("the whole", location)}: ${wordOr("refused", kind)}`)
    .join("; ");
}

function wordOr(otherwise: string, value: unknown): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function picked(
  info: { readonly [key: string]: unknown },
  ...keys: readonly string[]
): { [key: string]: JsonValue } {
  return Object.fromEntries(keys.filter((key) => key in info).map((key) => [key, info[key] as JsonValue]));
}
