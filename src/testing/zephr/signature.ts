import type { EmulatorRequest } from "../emulator.js";

/** What requests are checked against. */
export interface SignaturePolicy {
  readonly keys: { readonly [accessKey: string]: string };
  readonly clockToleranceMs: number;
}

/** Checks signatures and remembers the nonces; answers why a request is refused, or `undefined`. */
export interface SignatureCheck {
  refusal(request: EmulatorRequest, now: number): Promise<string | undefined>;
  reset(): void;
}

const FORM = /^ZEPHR-HMAC-SHA256 ([^:\s]+):(\d{1,16}):([^:\s]+):([0-9a-f]{64})$/;

export function createSignatureCheck({ keys, clockToleranceMs }: SignaturePolicy): SignatureCheck {
  const nonces = new Map<string, number>();

  return {
    async refusal(request, now) {
      const [, accessKey = "", timestamp = "", nonce = "", hash] =
        FORM.exec(request.headers.get("authorization") ?? "") ?? [];
      if (hash === undefined) return "Authorization is missing or malformed";
      const secret = Object.hasOwn(keys, accessKey) ? keys[accessKey] : undefined;
      if (secret === undefined) return "Unknown access key";
      if ((await expectedHash(secret, request, timestamp, nonce)) !== hash) return "Signature does not match";
      if (Math.abs(now - Number(timestamp)) > clockToleranceMs) return "Request has expired";
      if (nonces.has(nonce)) return "Nonce has been used";
      nonces.set(nonce, Number(timestamp));
      forgetOld(now);
      return undefined;
    },
    reset: () => nonces.clear(),
  };

  /** A nonce whose time is refused anyway need not be remembered. */
  function forgetOld(now: number): void {
    for (const [nonce, time] of nonces) {
      if (nonces.size < 10_000 || Math.abs(now - time) <= clockToleranceMs) return;
      nonces.delete(nonce);
    }
  }
}

/** SHA-256 over the secret and the parts of the request as they came in, with nothing between. */
async function expectedHash(
  secret: string,
  request: EmulatorRequest,
  timestamp: string,
  nonce: string,
): Promise<string> {
  const { method, url, body } = request;
  const target = request.target ?? url.pathname + url.search;
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  const utf8 = new TextEncoder();
  const before = utf8.encode(secret);
  const after = utf8.encode(path + query + method + timestamp + nonce);
  const signed = new Uint8Array(before.byteLength + body.byteLength + after.byteLength);
  signed.set(before);
  signed.set(body, before.byteLength);
  signed.set(after, before.byteLength + body.byteLength);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", signed));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
