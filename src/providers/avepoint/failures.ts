import type {
  ExportErrorCode,
  HttpResponse,
  JsonValue,
  Operation,
  ProviderFailure,
} from "../../provider/contract.js";
import { isObject } from "../../provider/values.js";
import { readAnswer } from "./answer.js";

/**
 * What a refusal of the API means: `{ statusCode, message, requestId, timestamp, traceId, errors? }` where it comes from
 * AvePoint's gateway, `{ status, message }` inside a 200 where it comes from the report service.
 */
export function describeFailure(
  response: HttpResponse,
  _now: number,
  operation: Operation,
): ProviderFailure | undefined {
  // Refused tokens are described where they are asked for.
  if (operation === "authorize") return undefined;
  const answer = readAnswer(response);
  const status = response.status === 200 ? (answer?.status ?? 200) : response.status;
  const said = answer?.message ?? "";
  const { requestId, traceId } = answer?.body ?? {};
  const errors = readErrors(answer?.body.errors);
  const failure = (code: ExportErrorCode, message: string): ProviderFailure => ({
    code,
    message: `AvePoint: ${message}`,
    requestId: [requestId, traceId].find((id) => typeof id === "string" && id !== "") as string | undefined,
    details: {
      ...(said && { message: said }),
      ...(errors.length > 0 && { errors }),
      ...(status !== response.status && { bodyStatus: status }),
    },
  });
  const quoted = said && ` ("${said}")`;

  if (operation === "start" && isJobLimit(status, said, errors, response.headers)) {
    return failure(
      "CONCURRENCY_LIMIT",
      `it does not start another export now${quoted}. At most five of a tenant run at the same time: start again when one has ` +
        "ended, or give maxRunningJobs so that this client keeps to fewer",
    );
  }
  switch (status) {
    case 401:
      return failure(
        "UNAUTHORIZED",
        `the access token was refused${quoted}. Check that it is for this data centre, and that its scope is ` +
          "insights.graph.readwrite.all",
      );
    case 403:
      return failure(
        "FORBIDDEN",
        `the app may not do this${quoted}. Check that its registration has the permission ` +
          "insights.graph.readwrite.all and that the tenant has AvePoint Insights",
      );
    case 404:
      // Of some gateway, which does not name the status in the body.
      if (operation === "poll" && answer?.status !== 404) return undefined;
      return notFound(failure, operation, quoted);
    case 429:
      return failure("RATE_LIMITED", `too many requests, slow down${quoted}`);
  }
  // "Too slow", "too early", and a proxy that no longer waits (460, 499): no judgement of the request.
  if ([408, 425, 460, 499].includes(status)) return undefined;
  if (status >= 500)
    return failure("PROVIDER_UNAVAILABLE", `the server failed (${status})${quoted}; try again later`);
  if (status >= 400)
    return failure("REQUEST_INVALID", `the request was refused: ${reasons(errors) || said || status}`);
  return failure("RESPONSE_INVALID", `it answered the ${operation} request with status ${status}${quoted}`);
}

function notFound(
  failure: (code: ExportErrorCode, message: string) => ProviderFailure,
  operation: Operation,
  quoted: string,
): ProviderFailure {
  if (operation === "artifact") {
    return failure(
      "ARTIFACT_MISSING",
      `the job's file is not there, or no longer there${quoted}. Start a new export`,
    );
  }
  return operation === "start"
    ? failure(
        "NOT_FOUND",
        `it does not know the object of the report${quoted}. Check it, and the data centre`,
      )
    : failure(
        "NOT_FOUND",
        `it does not know this job${quoted}. Check the data centre, or start a new export`,
      );
}

/**
 * Whether a start was refused for the five exports that run already. What AvePoint answers then is not documented, so
 * either status is taken: 429, unless it speaks of request rates, and 400 with words about running jobs. (418, among the
 * documented codes, is the word of another product's record calls.)
 */
function isJobLimit(status: number, said: string, errors: readonly FieldError[], headers: Headers): boolean {
  const words = [said, ...errors.map(({ message }) => message)].join(" ");
  const jobs = /\b(jobs?|tasks?|exports?|reports?)\b/i.test(words);
  const running =
    /\b(concurren\w*|simultaneous\w*|parallel|running|in progress|at (the same|a) time|queue\w*)\b/i.test(
      words,
    );
  if (status === 429) {
    if (jobs && running) return true;
    const rate = /\b(rates?|throttl\w*|too many requests|frequen\w*|per (second|minute|hour))\b/i.test(words);
    return !rate && !headers.has("retry-after") && !headers.has("ratelimit-reset");
  }
  // The limits of lists are told by 400 too, and may be worded alike.
  const lists =
    errors.some(({ field }) => field !== "") || /\b(sites?|site ?urls?|drives?|drive ?ids?)\b/i.test(words);
  return (status === 400 || status === 409) && jobs && running && !lists;
}

/** One of the `errors` beside a 400. */
interface FieldError {
  readonly [key: string]: JsonValue;
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

function readErrors(errors: unknown): readonly FieldError[] {
  if (!Array.isArray(errors)) return [];
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return errors
    .filter(isObject)
    .slice(0, 20)
    .map(({ code, field, message }) => ({ code: text(code), field: text(field), message: text(message) }));
}

function reasons(errors: readonly FieldError[]): string {
  return errors
    .map(({ code, field, message }) => [field, message || code].filter((part) => part !== "").join(": "))
    .join("; ");
}
