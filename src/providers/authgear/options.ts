import * as z from "#zod";
import { baseUrlOf, baseUrlProblem } from "../../provider/base-url.js";
import { checkedBy, checkOptions, givenOptions, unwantedOption, wordOption } from "../../provider/options.js";
import { signingKeyProblem, type WebCryptoKey } from "../../provider/signing-key.js";
import { isToken, TOKEN_FORM, type TokenSource } from "../../provider/token-source.js";

export type { TokenSource };

interface Endpoint {
  /**
   * The project's own host, such as `https://myapp.authgearapps.com`, or its custom domain; also behind a path of a
   * gateway, such as `https://gateway.example/authgear`.
   */
  readonly endpoint: string | URL;
}

/** Tokens are made here, short-lived, one for each request. */
export interface AuthgearKeyOptions extends Endpoint {
  /** The project (app) id: the audience of the tokens. */
  readonly projectId: string;
  /** The id of the Admin API key, from the portal. */
  readonly keyId: string;
  /**
   * The Admin API private key: PKCS#8 PEM (`BEGIN PRIVATE KEY`), or a `CryptoKey` that may sign RS256. Line breaks may be
   * missing or written as `\n`, as they often are in environment variables.
   */
  readonly privateKey: string | WebCryptoKey;
  /** Give either a key or a token. */
  readonly token?: undefined;
}

/** Tokens come from elsewhere. */
export interface AuthgearTokenOptions extends Endpoint {
  /** A token for the Admin API, or a function that gives one for every request. */
  readonly token: TokenSource;
  /** Not with `token`. */
  readonly projectId?: undefined;
  /** Not with `token`. */
  readonly keyId?: undefined;
  /** The token is signed already. */
  readonly privateKey?: undefined;
}

/** Options of `authgear`. */
export type AuthgearOptions = AuthgearKeyOptions | AuthgearTokenOptions;

const schema = () => {
  const words = wordOption();
  const endpoint = checkedBy<string>(addressProblem);
  const privateKey = checkedBy<string | WebCryptoKey>(signingKeyProblem);
  const token = z.custom<TokenSource>(
    (value) => typeof value === "function" || isToken(value),
    `must be ${TOKEN_FORM}, or a function that returns it`,
  );
  return {
    keys: z.strictObject({
      endpoint,
      projectId: words,
      keyId: words,
      privateKey,
      token: z.optional(z.undefined()),
    }),
    token: z.strictObject({
      endpoint,
      token,
      projectId: unwantedOption("token"),
      keyId: unwantedOption("token"),
      privateKey: unwantedOption("token"),
    }),
  };
};

/** The options as they were given, with the address as text. */
export type AuthgearSettings = AuthgearOptions & { readonly endpoint: string };

/** Checks the options; throws `CONFIG_INVALID` naming the field. */
export function readOptions(given: AuthgearOptions): AuthgearSettings {
  const own = givenOptions(given, "endpoint");
  const options = checkOptions("authgear", () => schema()[own?.token === undefined ? "keys" : "token"], own);
  return Object.assign(options, { endpoint: baseUrlOf(String(options.endpoint)) });
}

function addressProblem(value: unknown): string | undefined {
  return baseUrlProblem(value, "https://myapp.authgearapps.com", /\/_api(\/.*)?$/);
}
