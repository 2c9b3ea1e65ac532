import { isObject } from "../../model/json.js";
import type { ProviderContext } from "../../spec/context.js";
import type { HttpResponse } from "../../spec/http.js";
import { httpDate } from "../../transport/retry-after.js";
import { createAssertionSigner } from "./client-assertion.js";
import type { AvepointCertificateOptions, AvepointSecretOptions } from "./options.js";
import { tokenProblem, tokenRefused } from "./token-failures.js";

/** An access token and when to stop using it. */
export interface AccessToken {
  readonly value: string;
  /** In ms since the epoch, by the provider's clock; some time before the token's true end. */
  readonly usableUntil: number;
}

/** Asks for a new token. `now` is the provider's time in ms. */
export type FetchToken = (context: ProviderContext, now: number) => Promise<AccessToken>;

const SCOPE = "insights.graph.readwrite.all";
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// A request that is under way when its token ends would be refused.
const MARGIN_MS = 60_000;
// RFC 6749 section 5.1 only recommends expires_in; without it a token is not trusted for long.
const DEFAULT_LIFETIME_S = 300;
const SMALLEST_SKEW_MS = 5_000;

/** OAuth 2.0 client credentials (RFC 6749 section 4.4): the secret, or a signed assertion, goes in the body. */
export function createTokenFetcher(
  options: AvepointSecretOptions | AvepointCertificateOptions,
  tokenUrl: string,
): FetchToken {
  const { clientId, certificate } = options;
  const sign = certificate && createAssertionSigner(clientId, tokenUrl, certificate);
  // The token endpoint is another service than the API, with a clock of its own.
  let skewMs = 0;

  const ask = async (context: ProviderContext, now: number): Promise<HttpResponse> =>
    context.request({
      method: "POST",
      url: tokenUrl,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        scope: SCOPE,
        ...(sign
          ? { client_assertion_type: ASSERTION_TYPE, client_assertion: await sign(now + skewMs) }
          : { client_id: clientId, client_secret: options.clientSecret ?? "" }),
      }).toString(),
      accept: [400, 401, 403],
      authorize: false,
    });

  return async (context, now) => {
    let response = await ask(context, now);
    if (response.status >= 400 && sign) {
      // An assertion is good for minutes only, so a wrong clock here spoils it; the answer tells the right time.
      const theirs = httpDate(response.headers.get("date"));
      if (theirs !== undefined && Math.abs(theirs - now - skewMs) >= SMALLEST_SKEW_MS) {
        skewMs = theirs - now;
        response = await ask(context, now);
      }
    }
    if (response.status >= 400) throw tokenRefused(response, sign !== undefined);
    return readToken(response, now);
  };
}

function readToken({ json }: HttpResponse, now: number): AccessToken {
  const { access_token: value, token_type: type, expires_in: expiresIn } = isObject(json) ? json : {};
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) {
    throw tokenProblem("answered without a usable access_token; check tokenUrl");
  }
  if (typeof type === "string" && type.toLowerCase() !== "bearer") {
    throw tokenProblem("answered with a token that is no bearer token; check tokenUrl");
  }
  // Some servers write the number as a string.
  const seconds = typeof expiresIn === "number" || typeof expiresIn === "string" ? Number(expiresIn) : 0;
  const lifetimeMs = (seconds > 0 ? seconds : DEFAULT_LIFETIME_S) * 1000;
  return { value, usableUntil: now + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 10) };
}
