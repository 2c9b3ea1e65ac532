import { ExportError } from "../../model/errors.js";
import type { RequestAttempt } from "../../spec/http.js";
import type { AuthorizationHeaders } from "../../spec/provider.js";
import { CANNOT_SIGN, signingKeyPem } from "../signing-key.js";
import {
  type AuthgearKeyOptions,
  type AuthgearOptions,
  isToken,
  TOKEN_FORM,
  type TokenSource,
} from "./options.js";

/** Makes the Authorization header of one attempt. */
export type Authorize = (attempt: RequestAttempt) => Promise<AuthorizationHeaders | undefined>;

// Servers before May 2026 allow no clock skew at all, so a token is dated back a little.
const DATED_BACK_S = 30;
const LIFETIME_S = 300;

export function createAuthorize(options: AuthgearOptions): Authorize {
  return options.token === undefined ? bySigning(options) : byToken(options.token);
}

/** A token of our own for every attempt: RS256, `kid` in the header, the project as audience. */
function bySigning({ privateKey, projectId, keyId }: AuthgearKeyOptions): Authorize {
  let key: CryptoKey | undefined = typeof privateKey === "string" ? undefined : privateKey;
  return async ({ now, renew }) => {
    // What was refused was made a moment ago; another one would be no different.
    if (renew) return undefined;
    const seconds = Math.floor(now / 1000);
    const { importKey, signToken } = await import("../rs256.js");
    try {
      key ??= await importKey(signingKeyPem(String(privateKey)));
      const claims = { aud: projectId, iat: seconds - DATED_BACK_S, exp: seconds + LIFETIME_S };
      const token = await signToken(key, { kid: keyId }, claims);
      return { authorization: `Bearer ${token}` };
    } catch {
      throw invalid("privateKey", CANNOT_SIGN);
    }
  };
}

function byToken(source: TokenSource): Authorize {
  return async ({ refused }) => {
    const token = typeof source === "string" ? source : await call(source);
    if (!isToken(token)) throw invalid("token", `the function must return ${TOKEN_FORM}`);
    const authorization = `Bearer ${token}`;
    // Refused, and the source has nothing newer.
    return authorization === refused?.authorization ? undefined : { authorization };
  };
}

async function call(source: () => string | Promise<string>): Promise<unknown> {
  try {
    return await source();
  } catch (cause) {
    throw new ExportError("UNAUTHORIZED", "authgear: token: the function that should return it failed", {
      provider: "authgear",
      details: { field: "token" },
      cause,
    });
  }
}

function invalid(field: string, problem: string): ExportError {
  return new ExportError("CONFIG_INVALID", `authgear: ${field}: ${problem}`, {
    provider: "authgear",
    details: { field },
  });
}
