import { ExportError, type ExportErrorCode } from "../../model/errors.js";
import { isObject } from "../../model/json.js";
import type { HttpResponse } from "../../spec/http.js";

/** The error for a refused token request: `{ error, error_description }` of RFC 6749 section 5.2. */
export function tokenRefused({ status, json }: HttpResponse, certificate: boolean): ExportError {
  const { error, error_description: description } = isObject(json) ? json : {};
  const word = typeof error === "string" ? error : "";
  const { code, advice } = meaningOf(word, certificate);
  const said = typeof description === "string" ? description : "";
  return new ExportError(
    code,
    `AvePoint's token endpoint refused to issue a token (${word || `HTTP ${status}`}): ${advice}`,
    {
      provider: "avepoint",
      operation: "authorize",
      status,
      details: { ...(word && { error: word }), ...(said && { description: said }) },
    },
  );
}

/** The error for an answer that holds no token. */
export function tokenProblem(problem: string): ExportError {
  return new ExportError("RESPONSE_INVALID", `AvePoint's token endpoint ${problem}`, {
    provider: "avepoint",
    operation: "authorize",
  });
}

function meaningOf(
  error: string,
  certificate: boolean,
): { readonly code: ExportErrorCode; readonly advice: string } {
  switch (error) {
    case "invalid_scope":
      return {
        code: "UNAUTHORIZED",
        advice: "give the app registration the permission insights.graph.readwrite.all",
      };
    case "unauthorized_client":
      return { code: "UNAUTHORIZED", advice: "the app registration may not sign in by client credentials" };
    case "unsupported_grant_type":
    case "invalid_request":
      return {
        code: "CONFIG_INVALID",
        advice: "it does not take this kind of sign-in; check tokenUrl and dataCenter",
      };
    default:
      return {
        code: "UNAUTHORIZED",
        advice: certificate
          ? "check that clientId is right, that the certificate of this thumbprint is registered with the app and has " +
            "not expired, that privateKey belongs to it, and that dataCenter is the tenant's"
          : "check that clientId and clientSecret belong together, that the secret has not expired, and that " +
            "dataCenter is the tenant's",
      };
  }
}
