import type { Connection } from "../connection.js";
import type { ExportError } from "../model/errors.js";
import { readJson } from "../model/json.js";
import type { FileDelivery } from "../spec/delivery.js";
import type { HttpResponse } from "../spec/http.js";
import { byStatus, type FailureScope, failureOf, refused } from "../transport/failure.js";
import { readBounded } from "../transport/read-answer.js";
import type { OpenResponse } from "../transport/send.js";
import type { FileRead } from "./artifact-error.js";
import { type ChunkReader, chunkReader } from "./file-body.js";

// How far blanks are read before an answer counts as a file.
const MOST_BLANKS = 1_024;

/** An answer, and who gave it, in words. */
export interface Answered {
  readonly open: OpenResponse;
  readonly by: string;
  /** Whether the provider's credentials were sent for it. */
  readonly credentials: boolean;
}

/** Some providers say in the body of a 200 that there is no file. */
export async function isRefusal(
  { response, signal }: OpenResponse,
  contentType: string | undefined,
  types: string | readonly string[],
): Promise<boolean> {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type === undefined || ![types].flat().includes(type)) return false;
  // Plain text is what a file may be called too, for want of a better name.
  return type !== "text/plain" || (await beginsAsJson(response, signal));
}

/** Looks at the first bytes of an answer without taking them, within the request's time. */
async function beginsAsJson(response: Response, signal: AbortSignal): Promise<boolean> {
  let chunks: ChunkReader | undefined;
  try {
    const { body } = response.clone();
    chunks = body ? chunkReader(body, signal) : undefined;
    let text = "";
    while (chunks && text.length < MOST_BLANKS && !text.trim()) {
      const chunk = await chunks.read();
      if (!chunk) break;
      text += new TextDecoder().decode(chunk);
    }
    return /^\s*\{/.test(text);
  } catch {
    // Whoever reads the answer meets the same failure.
    return false;
  } finally {
    chunks?.close();
  }
}

/** The error for an answer that is not a file. */
export async function refusal(
  { connection, job }: FileRead,
  { open, credentials, by }: Answered,
): Promise<ExportError> {
  try {
    const bytes = await readBounded(open.response, 64 * 1024, open.signal).catch(() => undefined);
    const text = new TextDecoder().decode(bytes);
    open.hide?.();
    const answer = {
      status: open.response.status,
      headers: open.response.headers,
      text,
      json: readJson(text),
    };
    const scope = { operation: "artifact", job } as const;
    // Behind a redirect to another origin it is a store that answers, in a store's words.
    return credentials ? failureOf(connection, answer, scope) : storeFailure(connection, answer, scope, by);
  } finally {
    open.release();
  }
}

/**
 * The error for a refusal of an object store behind a URL that was signed just now. The stores answer in XML:
 * S3 and MinIO 403 `AccessDenied` or 404 `NoSuchKey`, GCS 400 `ExpiredToken`, Azure 403 `AuthenticationFailed`.
 *
 * @param by - who answered, in words
 */
function storeFailure(
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
