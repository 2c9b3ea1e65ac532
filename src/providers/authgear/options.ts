import * as z from "zod/mini";
import { ExportError } from "../../model/errors.js";
import { describeIssues } from "../../model/issues.js";
import { isObject } from "../../model/json.js";
import { ownProperties, unpolluted } from "../../model/own-properties.js";
import { addressText, baseUrlOf, baseUrlProblem } from "../base-url.js";
import { signingKeyProblem } from "../signing-key.js";

/** A ready-made token for the Admin API, or what returns one; called for every request. */
export type TokenSource = string | (() => string | Promise<string>);

interface Endpoint {
  /**
   * The project's own host, such as `https://myapp.authgearapps.com`, or its custom domain; also behind a path of a
   * gateway, such as `https://gateway.example/authgear`.
   */
  readonly endpoint: string | URL;
}

/** Tokens are made here, short-lived and anew for every request. */
export interface AuthgearKeyOptions extends Endpoint {
  /** The project (app) id: the audience of the tokens. */
  readonly projectId: string;
  /** The id of the Admin API key, from the portal. */
  readonly keyId: string;
  /**
   * The Admin API private key: PKCS#8 PEM (`BEGIN PRIVATE KEY`), or a `CryptoKey` that may sign RS256. Line breaks may be
   * missing or written as `\n`, as they often are in environment variables.
   */
  readonly privateKey: string | CryptoKey;
  readonly token?: undefined;
}

/** Tokens come from elsewhere. */
export interface AuthgearTokenOptions extends Endpoint {
  readonly token: TokenSource;
  readonly projectId?: undefined;
  readonly keyId?: undefined;
  readonly privateKey?: undefined;
}

/** Options of `authgear`. */
export type AuthgearOptions = AuthgearKeyOptions | AuthgearTokenOptions;

/** What a bearer token is, in words. */
export const TOKEN_FORM =
  "the token alone: printable characters, no spaces or line breaks, no word Bearer before it";

/** Whether a value can go into an `Authorization` header as a bearer token. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

const schema = () => {
  const words = z
    .string("must be a string")
    .check(z.minLength(1, "must not be empty"))
    // What a line break at the end of an environment variable leads to is a 403 without an explanation.
    .check(z.refine((text) => text === text.trim(), "must not begin or end with white space"));
  const endpoint = z.custom<string>((value) => endpointProblem(value) === undefined, {
    error: (issue) => endpointProblem(issue.input) ?? "",
  });
  const privateKey = z.custom<string | CryptoKey>((value) => signingKeyProblem(value) === undefined, {
    error: (issue) => signingKeyProblem(issue.input) ?? "",
  });
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
      projectId: z.optional(z.undefined("does not go together with token")),
      keyId: z.optional(z.undefined("does not go together with token")),
      privateKey: z.optional(z.undefined("does not go together with token")),
    }),
  };
};

/** The options as they were given, with the address as text. */
export type AuthgearSettings = AuthgearOptions & { readonly endpoint: string };

/** Checks the options; throws `CONFIG_INVALID` naming the field. */
export function checkOptions(given: AuthgearOptions): AuthgearSettings {
  const { keys, token } = unpolluted(schema);
  const own = ownProperties(given);
  const options = isObject(own) ? Object.assign(own, { endpoint: addressText(own.endpoint) }) : own;
  const checked = unpolluted(() => (options?.token === undefined ? keys : token).safeParse(options));
  if (checked.success) return Object.assign(options, { endpoint: baseUrlOf(checked.data.endpoint) });
  const [message, context] = describeIssues("authgear", checked.error.issues);
  throw new ExportError("CONFIG_INVALID", message, { ...context, provider: "authgear" });
}

function endpointProblem(value: unknown): string | undefined {
  return baseUrlProblem(value, "https://myapp.authgearapps.com", /\/_api(\/.*)?$/);
}
