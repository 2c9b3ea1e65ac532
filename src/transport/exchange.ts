import type { Connection } from "../connection.js";
import { ExportError, type ExportErrorCode } from "../model/errors.js";
import { loadPart } from "../model/load-part.js";
import { ownProperties } from "../model/own-properties.js";
import { urlProblem } from "../model/trusted-url.js";
import type { ProviderContext } from "../spec/context.js";
import type { HttpRequest, HttpResponse } from "../spec/http.js";
import { sendFollowing } from "./authorize.js";
import { byStatus, failureOf, isGivenUp, refused } from "./failure.js";
import type { OperationScope } from "./operation-scope.js";
import { notReadable, readAnswer } from "./read-answer.js";
import type { Redirectable } from "./redirected.js";
import { withRetries } from "./retry.js";

/**
 * Carries out one request of an adapter: authorized, redirected, retried as far as its safety class allows, read, judged.
 *
 * @param signing - what the provider's `authorize` gets; absent where no credentials go along
 */
export async function exchange(
  connection: Connection,
  request: HttpRequest,
  given: OperationScope,
  signing: ProviderContext | undefined,
): Promise<HttpResponse> {
  const scope: OperationScope = { ...given, page: request.page ?? given.page };
  const url = await requestUrl(connection, request, scope);
  const outgoing: Redirectable = {
    operation: scope.operation,
    method: request.method,
    url,
    headers: { accept: "application/json", ...request.headers },
    body: request.body,
    job: scope.job,
    attempts: scope.attempts ?? { made: 0 },
    signing,
    signal: scope.signal,
    once: scope.safety === "once",
  };
  const run = {
    operation: scope.operation,
    signal: scope.signal,
    once: outgoing.once,
    jobId: scope.job?.id,
    retries: ownProperties(scope).retries,
  };
  const attempts = withRetries(connection, run, async () => {
    let isAnswered = false;
    try {
      const { open } = await sendFollowing(connection, outgoing);
      isAnswered = true;
      const response = await readAnswer(connection, open, scope)
        .catch((error) => {
          // What an accepted status means, its body says; where it does no harm, it is asked for again.
          const isAccepted = request.accept?.includes(open.response.status) && !outgoing.once;
          throw isAccepted ? error : refusedUnread(connection, open.response, scope, error);
        })
        .finally(open.release);
      if (request.accept?.includes(response.status)) return response;
      if (response.status < 200 || response.status > 299) throw judgeRefusal(connection, response, scope);
      if (response.json === undefined && request.expect !== "text")
        throw notJson(connection, response, scope);
      return response;
    } catch (error) {
      if (!outgoing.once || error === scope.signal?.reason) throw error;
      if (ExportError.isInstance(error) && (error.connection !== undefined || !isAnswered))
        throw outcomeUnknown(connection, error);
      throw isAnswered ? outcomeUnknown(connection, unread(connection, scope, error)) : error;
    }
  });
  if (!outgoing.once) return attempts;
  return attempts.catch((error: unknown) => {
    // The retries know no signal here, and would wrap a reason that is no Error.
    throw scope.signal?.aborted && !ExportError.isInstance(error) ? scope.signal.reason : error;
  });
}

/** The error for a refusal. Its status says enough where the adapter stumbles over what else it says. */
export function judgeRefusal(
  connection: Connection,
  response: HttpResponse,
  scope: OperationScope,
): ExportError {
  try {
    return failureOf(connection, response, scope);
  } catch (thrown) {
    // An adapter may throw its failure in place of returning it.
    const isMeant = ExportError.isInstance(thrown);
    const meant = isMeant ? thrown : byStatus(connection, response.status, scope, connection.provider.name);
    const error = refused(connection, response, scope, meant);
    return withCause(error, connection.redactor.cause(isMeant ? thrown.cause : thrown));
  }
}

/**
 * The error for an answer that did not come to its end. The status line is the provider's word: what it has refused is refused,
 * whatever became of the reasons.
 */
function refusedUnread(
  connection: Connection,
  { status, headers }: Response,
  scope: OperationScope,
  error: unknown,
): unknown {
  // A start that was sent is not cut off.
  const isCutOff = scope.safety !== "once" && scope.signal?.aborted;
  const isOfTheCaller = isCutOff || (ExportError.isInstance(error) && error.code === "CONFIG_INVALID");
  if (!isRefusal(status) || isOfTheCaller) return error;
  const refusal = judgeRefusal(connection, { status, headers, text: "", json: undefined }, scope);
  return withCause(refusal, error);
}

/** Not to be listed among the members, as JavaScript's own is not. */
function withCause(error: ExportError, cause: unknown): ExportError {
  return Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
}

/** Of a part that could not be loaded, or of an adapter that failed over the answer. */
function unread(connection: Connection, { operation }: OperationScope, cause: unknown): ExportError {
  return connection.error("RESPONSE_INVALID", `the answer to the ${operation} request could not be read`, {
    operation,
    cause,
  });
}

function notJson(connection: Connection, response: HttpResponse, scope: OperationScope): ExportError {
  const { status, headers, text } = response;
  const what = `${headers.get("content-type") ?? "no content type"}, ${text.length} characters`;
  return notReadable(connection, scope, status, `HTTP ${status} but no readable JSON (${what})`, {
    retryable: true,
  });
}

async function requestUrl(connection: Connection, request: HttpRequest, scope: OperationScope): Promise<URL> {
  const url = new URL(request.url);
  // A fetch of the caller's own may know how to ask there, and an address with a port is one of few.
  const mayBeBlocked = url.port !== "" && !connection.settings.ownFetch;
  const blocked = mayBeBlocked && (await loadPart(import("./blocked-port.js"))).isBlockedPort(url.port);
  const problem =
    urlProblem(url) ?? (blocked ? `has the port ${url.port}, which fetch refuses to use` : undefined);
  if (!problem) return url;
  throw connection.error("CONFIG_INVALID", `the address of connection "${connection.name}" ${problem}`, {
    operation: scope.operation,
  });
}

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
