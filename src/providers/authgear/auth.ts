import type { AuthorizationHeaders, RequestAttempt } from "../../provider/contract.js";
import { optionError } from "../../provider/options.js";
import { keySecrets } from "../../provider/pem.js";
import { CANNOT_SIGN } from "../../provider/signing-key.js";
import { tokenSigner } from "../../provider/token-signer.js";
import { bearer, tokenAuthorization } from "../../provider/token-source.js";
import type { AuthgearKeyOptions, AuthgearOptions } from "./options.js";

/** Makes the Authorization header of one attempt. */
export type Authorize = (attempt: RequestAttempt) => Promise<AuthorizationHeaders | undefined>;

// Servers before May 2026 allow no clock skew at all, so a token is dated back a little.
const DATED_BACK_S = 30;
const LIFETIME_S = 300;

export function createAuthorize(options: AuthgearOptions): Authorize {
  return options.token === undefined ? bySigning(options) : tokenAuthorization("authgear", options.token);
}

/** A token of our own for every attempt: RS256, `kid` in the header, the project as audience. */
function bySigning({ privateKey, projectId, keyId }: AuthgearKeyOptions): Authorize {
  const signer = tokenSigner(privateKey, () => optionError("authgear", "privateKey", CANNOT_SIGN));
  return async ({ now, renew }) => {
    // What was refused was made a moment ago; another one would be no different.
    if (renew) return undefined;
    const seconds = Math.floor(now / 1000);
    const claims = { aud: projectId, iat: seconds - DATED_BACK_S, exp: seconds + LIFETIME_S };
    return bearer(await signer.sign({ kid: keyId }, claims));
  };
}

/** What must never be shown. */
export function secretsOf({ privateKey, token }: AuthgearOptions): readonly string[] {
  if (typeof privateKey === "string") return keySecrets(privateKey);
  return typeof token === "string" ? [token] : [];
}
