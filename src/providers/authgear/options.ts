import * as z from "zod/mini";
import { ExportError } from "../../errors.js";
import { describeIssues } from "../../issues.js";
import { distrust } from "../../transport/trusted-url.js";

/** A ready-made token for the Admin API, or what returns one; called for every request. */
export type TokenSource = string | (() => string | Promise<string>);

interface Endpoint {
  /** The project's own host, such as `https://myapp.authgearapps.com`, or its custom domain. */
  readonly endpoint: string;
}

/** Tokens are made here, short-lived and anew for every request. */
export interface AuthgearKeyOptions extends Endpoint {
  /** The project (app) id: the audience of the tokens. */
  readonly projectId: string;
  /** The id of the Admin API key, from the portal. */
  readonly keyId: string;
  /** The Admin API private key: PKCS#8 PEM (`BEGIN PRIVATE KEY`), or a `CryptoKey` that may sign RS256. */
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

const schema = () => {
  const words = z.string("must be a string").check(z.minLength(1, "must not be empty"));
  const endpoint = words.check(
    z.refine((text) => endpointProblem(text) === undefined, {
      error: (issue) => endpointProblem(String(issue.input)) ?? "",
    }),
  );
  const privateKey = z.custom<string | CryptoKey>((value) => keyProblem(value) === undefined, {
    error: (issue) => keyProblem(issue.input) ?? "",
  });
  const token = z.custom<TokenSource>(
    (value) => typeof value === "function" || (typeof value === "string" && value.trim() !== ""),
    "must be a token, or a function that returns one",
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

/** Checks the options; throws `CONFIG_INVALID` naming the field. */
export function checkOptions(options: AuthgearOptions): AuthgearOptions {
  const { keys, token } = schema();
  const ready = typeof options === "object" && options !== null && options.token !== undefined;
  const checked = (ready ? token : keys).safeParse(options);
  if (checked.success) return options;
  const [message, context] = describeIssues("authgear", checked.error.issues);
  throw new ExportError("CONFIG_INVALID", message, { ...context, provider: "authgear" });
}

function endpointProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "must be a URL such as https://myapp.authgearapps.com";
  }
  const problem = distrust(url);
  if (problem) return `the URL ${problem}`;
  return url.pathname === "/" && url.search === ""
    ? undefined
    : "must be the project's origin, without a path or query";
}

function keyProblem(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null && "algorithm" in value && "type" in value) {
    if (value.type !== "private") return "must be a private key";
    const algorithm = (value as CryptoKey).algorithm as {
      readonly name?: string;
      readonly hash?: { readonly name?: string };
    };
    if (algorithm.name === "RSASSA-PKCS1-v1_5" && algorithm.hash?.name === "SHA-256") return undefined;
    return "must be a key for RSASSA-PKCS1-v1_5 with SHA-256 (RS256)";
  }
  if (typeof value !== "string" || value.trim() === "") return "must be a PKCS#8 PEM string or a CryptoKey";
  if (value.includes("BEGIN RSA PRIVATE KEY")) {
    return "is PKCS#1; convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem -out key.pkcs8.pem";
  }
  if (value.includes("BEGIN ENCRYPTED PRIVATE KEY"))
    return "is encrypted; decrypt it first: openssl pkcs8 -in key.pem -out key.pkcs8.pem";
  if (value.includes("PUBLIC KEY") || value.includes("CERTIFICATE")) return "must be the private key";
  if (!/-----BEGIN PRIVATE KEY-----[\s\S]+-----END PRIVATE KEY-----/.test(value)) {
    return "must be PKCS#8 PEM: -----BEGIN PRIVATE KEY----- and so on, with its line breaks";
  }
  return undefined;
}
