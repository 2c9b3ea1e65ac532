import type { Operation } from "../model/errors.js";

/**
 * Whether sending a request twice can do harm, which is a matter of the operation and not of the HTTP verb:
 * `safe` is sent again after any transient failure, `once` only if it certainly never took effect.
 */
export type SafetyClass = "safe" | "once";

/** One request an adapter asks the engine to make. Everything about sending it is the engine's business. */
export interface HttpRequest {
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** The whole URL. */
  readonly url: string;
  /** Header names in lower case; credentials do not belong here, see `Provider.authorize`. */
  readonly headers?: { readonly [name: string]: string } | undefined;
  /** The body, where there is one. */
  readonly body?: string | undefined;
  /** Statuses beside 2xx that the adapter wants to read itself instead of having them thrown. */
  readonly accept?: readonly number[] | undefined;
  /** What a 2xx answer must be. `"json"`, the default, takes anything else for a broken answer and asks again. */
  readonly expect?: "json" | "text" | undefined;
  /** The number of the page asked for, to be named in errors. Default for pages: the `page` of the cursor. */
  readonly page?: number | undefined;
  /** `false` sends the request without the provider's credentials, as a token request must be. Default `true`. */
  readonly authorize?: boolean | undefined;
}

/** An answer, read whole (bounded by `maxBufferedBytes`). */
export interface HttpResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers. */
  readonly headers: Headers;
  /** The whole body. */
  readonly text: string;
  /** The body as JSON, or `undefined` where it is not JSON (a plain-text refusal, a proxy's HTML page). */
  readonly json: unknown;
}

/** What `Provider.authorize` gets: one attempt, exactly as it goes out. */
export interface RequestAttempt {
  /** What the request is for. */
  readonly operation: Operation;
  /** The HTTP method. */
  readonly method: string;
  /** The very URL that is sent; sign its parts as they stand here. */
  readonly url: URL;
  /** The body, or an empty text. */
  readonly body: string;
  /** Milliseconds since the epoch, corrected by the clock skew learned from the provider. */
  readonly now: number;
  /** `true` once, after the provider refused the credentials: drop whatever was cached. */
  readonly renew: boolean;
  /** With `renew`: the headers that were refused. Others may have renewed what is cached in the meantime. */
  readonly refused?: { readonly [name: string]: string } | undefined;
  /** With `renew`: the HTTP status of the refusal, 401 or 403. */
  readonly status?: number | undefined;
  /** Aborted when the caller gives up. */
  readonly signal: AbortSignal | undefined;
}
