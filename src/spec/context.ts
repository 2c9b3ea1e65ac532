import type { HttpRequest, HttpResponse } from "./http.js";

/** What the engine hands to an adapter's functions. */
export interface ProviderContext {
  /** The caller's name of this connection. */
  readonly connection: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Sends one request with the safety class of the operation at hand; authorizes each attempt by itself, retries where that
   * is allowed, and throws a classified `ExportError` for a status that is neither 2xx nor accepted. Await it: once the
   * function has returned, or its time is up, requests are refused and nothing is sent.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** The error for a refused answer, as `request` would have thrown it. */
  failure(response: HttpResponse): Error;
  /**
   * A `RESPONSE_INVALID` error for an answer that is not what the provider's reference promises (for a start:
   * `START_OUTCOME_UNKNOWN`), with what it came from as its cause.
   */
  invalidResponse(message: string, cause?: unknown): Error;
}
