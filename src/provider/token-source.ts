import { ExportError } from "../model/errors.js";
import type { AuthorizationHeaders, RequestAttempt } from "./contract.js";
import { optionError } from "./options.js";

/** A ready-made bearer token, or what returns one; called for every request. */
export type TokenSource = string | (() => string | Promise<string>);

/** What a bearer token is, in words. */
export const TOKEN_FORM =
  "the token alone: printable characters, no spaces or line breaks, no word Bearer before it";

/**
 * Whether a value can go into an `Authorization` header as a bearer token.
 *
 * @example
 * ```ts
 * isToken("t0ken"); // true
 * isToken("Bearer t0ken"); // false
 * ```
 */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

/**
 * The header of a bearer token.
 *
 * @example
 * ```ts
 * bearer("t0ken"); // { authorization: "Bearer t0ken" }
 * ```
 */
export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/**
 * A provider's `authorize` out of a token that comes from elsewhere.
 *
 * @example
 * ```ts
 * const authorize = tokenAuthorization("shop", async () => token);
 * ```
 *
 * @param adapter - the adapter's name; its option is called `token` in errors
 * @throws `UNAUTHORIZED` where the function fails, `CONFIG_INVALID` where it returns no token
 */
export function tokenAuthorization(
  adapter: string,
  source: TokenSource,
  failed = `${adapter}: token: the function that should return it failed`,
): (attempt: RequestAttempt) => Promise<AuthorizationHeaders | undefined> {
  const take = async (): Promise<unknown> => {
    if (typeof source === "string") return source;
    try {
      return await source();
    } catch (cause) {
      const context = { operation: "authorize", details: { field: "token" }, cause } as const;
      throw new ExportError("UNAUTHORIZED", failed, { ...context, provider: adapter });
    }
  };
  return async ({ refused }) => {
    const token = await take();
    if (!isToken(token)) {
      const more = typeof token === "string" ? "" : ". It must return a string";
      throw optionError(adapter, "token", `the function must return ${TOKEN_FORM}${more}`);
    }
    const headers = bearer(token);
    // Refused, and the source has nothing newer.
    return headers.authorization === refused?.authorization ? undefined : headers;
  };
}
