/**
 * What a request was for. `foreign` went to an origin that the emulator does not own, `unknown` to an address at the
 * vendor that means nothing.
 */
export type EmulatorOperation = "start" | "poll" | "page" | "artifact" | "token" | "unknown" | "foreign";

/** One request as the vendor saw it. Without the query and without header values: both can be secrets. */
export interface RecordedRequest {
  /** What the request is for. */
  readonly operation: EmulatorOperation;
  /** The HTTP method. */
  readonly method: string;
  /** The origin that it was sent to. */
  readonly origin: string;
  /** The path, without the query. */
  readonly path: string;
  /** The names of the headers, in lower case, sorted. */
  readonly headers: readonly string[];
  /** The `Range` header, which is not a secret. */
  readonly range?: string | undefined;
  /** The status of the answer; `undefined` where none was given. */
  readonly status: number | undefined;
  /** How many bytes of the answer's body were handed over so far. */
  readonly bytes: number;
  /** When it came, in ms since the epoch, by the emulator's clock. */
  readonly time: number;
}

/** A record that is still being written to. */
export interface OpenRecord extends RecordedRequest {
  status: number | undefined;
  bytes: number;
}

export function recordRequest(
  request: { readonly method: string; readonly url: URL; readonly headers: Headers },
  operation: EmulatorOperation,
  time: number,
): OpenRecord {
  return {
    operation,
    method: request.method,
    origin: request.url.origin,
    path: request.url.pathname,
    headers: [...request.headers.keys()].sort(),
    range: request.headers.get("range") ?? undefined,
    status: undefined,
    bytes: 0,
    time,
  };
}
