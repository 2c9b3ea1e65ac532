import type { AuthorizationHeaders, RequestAttempt } from "../../provider/contract.js";
import { toHex } from "../../provider/values.js";

/** What a signature covers. */
export interface SignedRequest {
  readonly secretKey: string;
  readonly method: string;
  /** The very URL that is sent: its path and query are signed as they stand there. */
  readonly url: URL;
  /** The text of the body that is sent; empty without one. */
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly nonce: string;
}

/**
 * Zephr's request signature, in lower-case hex. The scheme is called ZEPHR-HMAC-SHA256 and is no HMAC: it is SHA-256 over
 * the secret and the parts of the request, one behind the other.
 */
export async function signature(request: SignedRequest): Promise<string> {
  const { secretKey, method, url, body, timestamp, nonce } = request;
  // URLSearchParams would write the query again, and not always in the same way.
  const query = url.search.slice(1);
  const text = `${secretKey}${body}${url.pathname}${query}${method.toUpperCase()}${timestamp}${nonce}`;
  return sha256(text);
}

interface NodeCrypto {
  readonly hash?: (algorithm: string, text: string) => string;
}

/** In hex. WebCrypto hands each text to another thread, for 60 µs and more; Node's own hash, where there is one, takes two. */
async function sha256(text: string): Promise<string> {
  const { process } = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => NodeCrypto | undefined };
  };
  const hex = process?.getBuiltinModule?.("crypto")?.hash?.("sha256", text);
  return hex ?? toHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

// The engine takes smaller differences of the clocks for none.
const NOTABLE_SKEW_MS = 5_000;

/** Signs each attempt by itself: Zephr accepts a nonce once. */
export function createAuthorize(
  accessKey: string,
  secretKey: string,
): (attempt: RequestAttempt) => Promise<AuthorizationHeaders | undefined> {
  return async ({ method, url, body, now, renew, refused }) => {
    const timestamp = Math.trunc(now);
    // Nothing but the time can be better than in what was refused a moment ago. The time may have been corrected by
    // another request that went out together with this one.
    if (renew && Math.abs(timestamp - timestampOf(refused)) < NOTABLE_SKEW_MS) return undefined;
    const nonce = crypto.randomUUID();
    const hash = await signature({ secretKey, method, url, body, timestamp, nonce });
    return { authorization: `ZEPHR-HMAC-SHA256 ${accessKey}:${timestamp}:${nonce}:${hash}` };
  };
}

function timestampOf(headers: RequestAttempt["refused"]): number {
  return Number(headers?.authorization?.split(":")[1]);
}
