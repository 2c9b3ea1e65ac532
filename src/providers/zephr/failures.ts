import type { HttpResponse, ProviderFailure } from "../../provider/contract.js";
import { isObject } from "../../provider/values.js";

/** What Zephr says beside the status: `{"error": "…"}` and `{"message": "…"}` both occur, and often nothing. */
function wordsOf({ json }: HttpResponse): string | undefined {
  if (!isObject(json)) return undefined;
  const { error, message } = json;
  const words = [error, isObject(error) ? error.message : undefined, message].find(
    (value) => typeof value === "string" && value.trim() !== "",
  );
  return typeof words === "string" ? words.trim() : undefined;
}

/** What a refusal of Zephr means; statuses that are the same everywhere are left to the engine. */
export function describeFailure(response: HttpResponse): ProviderFailure | undefined {
  const words = wordsOf(response);
  const failure = (code: ProviderFailure["code"], message: string): ProviderFailure => ({
    code,
    message: `Zephr ${message}${words === undefined ? "" : ` (it says: ${words})`}`,
    ...(words !== undefined && { details: { reason: words } }),
  });
  switch (response.status) {
    case 400:
    case 422:
      return failure("REQUEST_INVALID", "does not accept the request. Check its fields");
    case 401:
      return failure(
        "UNAUTHORIZED",
        "refused the signature. Check that accessKey and secretKey are a pair of this tenant, and that the local clock is right",
      );
    case 403:
      return failure(
        "FORBIDDEN",
        "refused the key pair. Check that its admin user may export users, and that the pair is of this tenant",
      );
    case 404:
      return failure(
        "NOT_FOUND",
        "knows no user export at this address. Check tenantId or baseUrl, and apiVersion",
      );
    case 429:
      return failure("RATE_LIMITED", "says that there are too many requests, slow down");
    default:
      return response.status >= 500 && words !== undefined
        ? failure("PROVIDER_UNAVAILABLE", `failed with HTTP ${response.status}; try again later`)
        : undefined;
  }
}
