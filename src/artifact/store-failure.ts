import type { ExportError } from "../model/errors.js";
import type { FileDelivery } from "../spec/delivery.js";
import type { HttpResponse } from "../spec/http.js";
import type { Connection } from "../transport/connection.js";
import { byStatus, type FailureScope, refused } from "../transport/failure.js";

/**
 * The error for a refusal of an object store behind a URL that was signed just now. The stores answer in XML:
 * S3 and MinIO 403 `AccessDenied` or 404 `NoSuchKey`, GCS 400 `ExpiredToken`, Azure 403 `AuthenticationFailed`.
 *
 * @param by - who answered, in words
 */
export function storeFailure(
  connection: Connection,
  response: HttpResponse,
  scope: FailureScope,
  by: string,
): ExportError {
  const { status } = response;
  const storeCode = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(response.text)?.[1];
  const details = storeCode === undefined ? undefined : { storeCode };
  const job = scope.job?.id ?? "";
  if (status === 404 || status === 410) {
    const delivery = connection.provider.delivery as FileDelivery;
    const hint = scope.job && delivery.whenMissing?.(scope.job);
    return refused(connection, response, scope, {
      code: "ARTIFACT_MISSING",
      message: `job ${job} is finished, but ${by} does not have its file (HTTP ${status}). Start a new export${hint ? `. ${hint}` : ""}`,
      details,
    });
  }
  if (status === 400 || status === 401 || status === 403) {
    return refused(connection, response, scope, {
      code: "FORBIDDEN",
      message: `${by} refused a URL signed just now for the file of job ${job} (HTTP ${status})`,
      // It may have ended on its way: a slow network against a lifetime of a minute.
      retryable: true,
      details,
    });
  }
  const failure = byStatus(connection, status, scope, by);
  return refused(connection, response, scope, { ...failure, ...(details && { details }) });
}
