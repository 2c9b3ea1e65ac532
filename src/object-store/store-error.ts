import { documentedError } from "../model/documented-error.js";
import type { ExportError, ExportErrorCode } from "../model/errors.js";

/** What a store said, as far as it said anything. */
export interface StoreAnswer {
  readonly status?: number | undefined;
  /** The store's own word, such as `AccessDenied`. */
  readonly word?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The error for a request that a store did not do. A store that did not answer, or has trouble of its own, may do it
 * later.
 *
 * @param action - what it was to do, such as `"take part 3"`
 */
export function storeError(
  target: string,
  action: string,
  { status, word, cause }: StoreAnswer,
): ExportError {
  const code = codeFor(status, word);
  const said = [status, word].filter((part) => part !== undefined && part !== "").join(" ");
  const retryable = code === "NETWORK" || code === "PROVIDER_UNAVAILABLE" || code === "RATE_LIMITED";
  return documentedError(
    code,
    `the store did not ${action} of ${target}: ${said === "" ? "no answer came" : said}. ${adviceFor(code)}`,
    {
      retryable,
      status,
      details: { target, action, ...(word !== undefined && { storeCode: word }) },
      cause,
    },
  );
}

function codeFor(status: number | undefined, word: string | undefined): ExportErrorCode {
  if (status === undefined) return "NETWORK";
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "NOT_FOUND";
  if (status === 429 || word === "SlowDown" || word === "TooManyRequests") return "RATE_LIMITED";
  if (status >= 500 || status === 408 || word === "RequestTimeout" || status < 400)
    return "PROVIDER_UNAVAILABLE";
  return "REQUEST_INVALID";
}

function adviceFor(code: ExportErrorCode): string {
  switch (code) {
    case "UNAUTHORIZED":
    case "FORBIDDEN":
      return "Check the store's credentials and what they may do";
    case "NOT_FOUND":
      return "Check the bucket's name and the endpoint";
    case "REQUEST_INVALID":
      return "Check the target's options";
    default:
      return "Call uploadExport again with the state: it resumes";
  }
}
