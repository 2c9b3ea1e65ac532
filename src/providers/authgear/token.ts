import { importPKCS8, SignJWT } from "jose";
import type { AuthorizationHeaders } from "../../contract/provider.js";
import type { RequestAttempt } from "../../contract/request.js";
import { ExportError } from "../../errors.js";
import type { AuthgearKeyOptions, AuthgearOptions, TokenSource } from "./options.js";

/** Makes the Authorization header of one attempt. */
export type Authorize = (attempt: RequestAttempt) => Promise<AuthorizationHeaders | undefined>;

// Servers before May 2026 allow no clock skew at all, so a token is dated back a little.
const DATED_BACK_S = 30;
const LIFETIME_S = 300;

export function createAuthorize(options: AuthgearOptions): Authorize {
  return options.token === undefined ? bySigning(options) : byToken(options.token);
}

/** A token of our own for every attempt: RS256, `kid` in the header, the project as audience. */
function bySigning(options: AuthgearKeyOptions): Authorize {
  let key: CryptoKey | undefined = typeof options.privateKey === "string" ? undefined : options.privateKey;
  return async ({ now, renew }) => {
    // What was refused was made a moment ago; another one would be no different.
    if (renew) return undefined;
    key ??= await importKey(options.privateKey as string);
    const seconds = Math.floor(now / 1000);
    const token = await new SignJWT()
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: options.keyId })
      .setAudience(options.projectId)
      .setIssuedAt(seconds - DATED_BACK_S)
      .setExpirationTime(seconds + LIFETIME_S)
      .sign(key);
    return { authorization: `Bearer ${token}` };
  };
}

async function importKey(pem: string): Promise<CryptoKey> {
  try {
    return await importPKCS8(pem.trim(), "RS256");
  } catch {
    // The cause is left out: a parser's message may quote the key.
    throw new ExportError("CONFIG_INVALID", "authgear: privateKey: is no readable PKCS#8 PEM of an RSA key", {
      provider: "authgear",
      details: { field: "privateKey" },
    });
  }
}

function byToken(source: TokenSource): Authorize {
  let last: string | undefined;
  return async ({ renew }) => {
    const token = typeof source === "string" ? source : await call(source);
    // Refused, and the source has nothing newer.
    if (renew && token === last) return undefined;
    last = token;
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new ExportError(
        "CONFIG_INVALID",
        "authgear: token: must be a token of printable characters without spaces",
        {
          provider: "authgear",
          details: { field: "token" },
        },
      );
    }
    return { authorization: `Bearer ${token}` };
  };
}

async function call(source: () => string | Promise<string>): Promise<string> {
  let token: unknown;
  try {
    token = await source();
  } catch (cause) {
    throw new ExportError("UNAUTHORIZED", "authgear: the token function failed", {
      provider: "authgear",
      details: { field: "token" },
      cause,
    });
  }
  return typeof token === "string" ? token : "";
}
