import { ExportError, type ExportErrorCode } from "../model/errors.js";
import { httpDate } from "../model/http-date.js";
import { isObject } from "../model/json.js";
import { checkFunctions, checkTexts } from "../model/wrong-option.js";
import type { AuthorizationHeaders, HttpResponse, ProviderContext, RequestAttempt } from "./contract.js";
import { bearer, isToken } from "./token-source.js";

/** What a refusal by a token endpoint means: one of the codes, and what to do in a sentence. */
export interface TokenRefusal {
  /** What the error's code is to be. */
  readonly code: ExportErrorCode;
  /** What the caller is to check. */
  readonly advice: string;
}

/** How an app signs in: with its secret, or with something signed in its place. */
export interface ClientCredentialsOptions {
  /** The vendor as messages call it. */
  readonly vendor: string;
  /** The token endpoint. It need not be among the provider's `origins`: nothing but this request goes there. */
  readonly tokenUrl: string;
  /** The client's id. */
  readonly clientId: string;
  /** Its secret; give this or an assertion. */
  readonly clientSecret?: string | undefined;
  /** In place of a secret: signs what proves who asks, see `clientAssertion`. `now` is the endpoint's time in ms. */
  readonly assertion?: ((now: number) => Promise<string>) | undefined;
  /** What else the endpoint wants, such as `{ scope }` or `{ audience }`. */
  readonly parameters?: { readonly [name: string]: string } | undefined;
  /** What the endpoint's `error` means at this vendor; `undefined` leaves it to RFC 6749. */
  readonly describeRefusal?: ((error: string) => TokenRefusal | undefined) | undefined;
}

interface AccessToken {
  readonly value: string;
  /** In ms since the epoch, by the provider's clock; some time before the token's true end. */
  readonly usableUntil: number;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// A request that is under way when its token ends would be refused.
const MARGIN_MS = 60_000;
// RFC 6749 section 5.1 only recommends expires_in; without it a token is not trusted for long.
const DEFAULT_LIFETIME_S = 300;
const SMALLEST_SKEW_MS = 5_000;

/**
 * A provider's `authorize` by OAuth 2.0 client credentials (RFC 6749 section 4.4): one token for many requests, until
 * shortly before its end, and another one where it is refused. The secret, or an assertion, goes in the body.
 *
 * @example
 * ```ts
 * const authorize = clientCredentials({
 *   vendor: "Auth0",
 *   tokenUrl: `${origin}/oauth/token`,
 *   clientId,
 *   clientSecret,
 *   parameters: { audience: `${origin}/api/v2/` },
 * });
 * const secrets = () => secretForms(clientSecret);
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option that is missing
 */
export function clientCredentials(
  options: ClientCredentialsOptions,
): (attempt: RequestAttempt, context: ProviderContext) => Promise<AuthorizationHeaders | undefined> {
  checkTexts("clientCredentials", options, "vendor", "tokenUrl", "clientId");
  if (options.assertion === undefined) checkTexts("clientCredentials", options, "clientSecret");
  else checkFunctions("clientCredentials", "assertion", options, ["assertion"], "a function");
  const fetchToken = tokenFetcher(options);
  // Kept as a value and not as a promise, for a promise must not be shared between requests on Workers: requests that begin
  // together may each fetch one.
  let cached: (AccessToken & { uses: number }) | undefined;
  return async ({ now, renew, refused, status }, context) => {
    if (renew && cached && refused?.authorization === bearer(cached.value).authorization) {
      const isNew = cached.uses === 1;
      cached = undefined;
      // Fetched for this very attempt. The token server can be ahead of the service, which then does not know it yet; but
      // to a token that may not do this a second one is no different.
      if (isNew && status === 403) return undefined;
    }
    if (!cached || now >= cached.usableUntil) cached = { ...(await fetchToken(context, now)), uses: 0 };
    cached.uses += 1;
    return bearer(cached.value);
  };
}

/**
 * The forms in which secrets are sent, and in which JSON within a text quotes them, so that an echo of a request shows none of
 * them: for a provider's `secrets`.
 *
 * @example
 * ```ts
 * secretForms("a b&c"); // ["a b&c", "a+b%26c", "a%20b%26c", "a b\\u0026c"]
 * ```
 */
export function secretForms(...secrets: readonly unknown[]): readonly string[] {
  return secrets.flatMap((secret) => {
    if (typeof secret !== "string") return [];
    const form = new URLSearchParams({ secret }).toString().slice("secret=".length);
    const json = JSON.stringify(secret).slice(1, -1);
    // Python and PHP, then Go and Rails, then .NET.
    const ascii = json.replace(/[^ -~]/g, numbered);
    const html = json.replace(/[<>&]/g, numbered);
    const dotNet = secret.replace(/[^ !#-%(-*,-;=?-[\]-_a-~]/g, (sign) =>
      sign === "\\" ? "\\\\" : `\\u${numbered(sign).slice(2).toUpperCase()}`,
    );
    // PHP writes a slash with a backslash before it, too.
    const php = [json, ascii].map((text) => text.replaceAll("/", "\\/"));
    return [...new Set([secret, form, encodeURIComponent(secret), json, ascii, ...php, html, dotNet])];
  });
}

function tokenFetcher(
  options: ClientCredentialsOptions,
): (context: ProviderContext, now: number) => Promise<AccessToken> {
  const { tokenUrl: url, clientId, clientSecret = "", assertion, parameters } = options;
  // The token endpoint is another service than the API, with a clock of its own.
  let skewMs = 0;
  const ask = async (context: ProviderContext, now: number): Promise<HttpResponse> => {
    const proof = assertion
      ? { client_assertion_type: ASSERTION_TYPE, client_assertion: await assertion(now + skewMs) }
      : { client_id: clientId, client_secret: clientSecret };
    return context.request({
      method: "POST",
      url,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ grant_type: "client_credentials", ...parameters, ...proof }).toString(),
      accept: [400, 401, 403],
      authorize: false,
    });
  };
  return async (context, now) => {
    let response = await ask(context, now);
    if (response.status >= 400 && assertion) {
      // An assertion is good for minutes only, so a wrong clock here spoils it; the answer tells the right time.
      const theirs = httpDate(response.headers.get("date"));
      if (theirs !== undefined && Math.abs(theirs - now - skewMs) >= SMALLEST_SKEW_MS) {
        skewMs = theirs - now;
        response = await ask(context, now);
      }
    }
    if (response.status >= 400) throw refusedBy(options, response);
    return readToken(options, response, now);
  };
}

function readToken({ vendor }: ClientCredentialsOptions, { json }: HttpResponse, now: number): AccessToken {
  const { access_token: value, token_type: type, expires_in: expiresIn } = isObject(json) ? json : {};
  const unusable = (problem: string) =>
    new ExportError("RESPONSE_INVALID", `${vendor}'s token endpoint answered ${problem}; check tokenUrl`, {
      operation: "authorize",
    });
  if (!isToken(value)) throw unusable("without a usable access_token");
  if (typeof type === "string" && type.toLowerCase() !== "bearer")
    throw unusable("with a token that is not a bearer token");
  // Some servers write the number as a string.
  const seconds = typeof expiresIn === "number" || typeof expiresIn === "string" ? Number(expiresIn) : 0;
  const lifetimeMs = (seconds > 0 ? seconds : DEFAULT_LIFETIME_S) * 1000;
  return { value, usableUntil: now + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 10) };
}

/** The error for a refused token request: `{ error, error_description }` of RFC 6749 section 5.2. */
function refusedBy(options: ClientCredentialsOptions, { status, json }: HttpResponse): ExportError {
  const { error, error_description: description } = isObject(json) ? json : {};
  const word = typeof error === "string" ? error : "";
  const said = typeof description === "string" ? description : "";
  const { code, advice } =
    options.describeRefusal?.(word) ?? meaningOf(word, options.assertion !== undefined);
  return new ExportError(
    code,
    `${options.vendor}'s token endpoint refused to issue a token (${word || `HTTP ${status}`}): ${advice}`,
    {
      operation: "authorize",
      status,
      details: { ...(word && { error: word }), ...(said && { description: said }) },
    },
  );
}

function meaningOf(error: string, isSigned: boolean): TokenRefusal {
  if (error === "unsupported_grant_type" || error === "invalid_request")
    return { code: "CONFIG_INVALID", advice: "it does not take this kind of sign-in; check tokenUrl" };
  const advice =
    error === "unauthorized_client"
      ? "the app may not sign in by client credentials"
      : error === "invalid_scope"
        ? "the app lacks a permission that is asked for"
        : isSigned
          ? "check that clientId is right and that the key is registered with the app and has not expired"
          : "check that clientId and clientSecret belong together, and that the secret has not expired";
  return { code: "UNAUTHORIZED", advice };
}

/** A sign as JSON can write any: by its number. */
function numbered(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
