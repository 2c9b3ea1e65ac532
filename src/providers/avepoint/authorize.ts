import { ExportError } from "../../model/errors.js";
import type { ProviderContext } from "../../spec/context.js";
import type { RequestAttempt } from "../../spec/http.js";
import type { AuthorizationHeaders } from "../../spec/provider.js";
import { type AccessToken, createTokenFetcher, type FetchToken } from "./access-token.js";
import type { Settings, TokenSource } from "./options.js";

/** Makes the Authorization header of one attempt. */
export type Authorize = (
  attempt: RequestAttempt,
  context: ProviderContext,
) => Promise<AuthorizationHeaders | undefined>;

export function createAuthorize({ options, tokenUrl }: Settings): Authorize {
  return options.token === undefined
    ? bySigningIn(createTokenFetcher(options, tokenUrl))
    : byToken(options.token);
}

interface CachedToken extends AccessToken {
  /** How many attempts it was made out to. */
  uses: number;
}

/**
 * One token for many requests, until shortly before its end. Kept as a value and not as a promise, for a promise must
 * not be shared between requests on Workers: requests that begin together may each fetch one.
 */
function bySigningIn(fetchToken: FetchToken): Authorize {
  let cached: CachedToken | undefined;
  return async ({ now, renew, refused, status }, context) => {
    if (renew && cached && refused?.authorization === bearer(cached.value).authorization) {
      const isNew = cached.uses === 1;
      cached = undefined;
      // Fetched for this very attempt. The token server can be ahead of the service, which then does not know it yet; but
      // to a token that may not do this a second one is no different.
      if (isNew && status === 403) return undefined;
    }
    if (!cached || now >= cached.usableUntil) {
      cached = { ...(await fetchToken(context, now)), uses: 0 };
    }
    cached.uses += 1;
    return bearer(cached.value);
  };
}

function byToken(source: TokenSource): Authorize {
  return async ({ renew, refused }) => {
    const token = typeof source === "string" ? source : await call(source);
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw invalidToken("must be a token of printable characters without spaces");
    }
    // Refused, and the source has nothing newer.
    if (renew && refused?.authorization === bearer(token).authorization) return undefined;
    return bearer(token);
  };
}

async function call(source: () => string | Promise<string>): Promise<string> {
  let token: unknown;
  try {
    token = await source();
  } catch (cause) {
    throw new ExportError("UNAUTHORIZED", "avepoint: the token function failed", {
      provider: "avepoint",
      operation: "authorize",
      details: { field: "token" },
      cause,
    });
  }
  if (typeof token !== "string") throw invalidToken("must return a string");
  return token;
}

function invalidToken(problem: string): ExportError {
  return new ExportError("CONFIG_INVALID", `avepoint: token: ${problem}`, {
    provider: "avepoint",
    operation: "authorize",
    details: { field: "token" },
  });
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}
