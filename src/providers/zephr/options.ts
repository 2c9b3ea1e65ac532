import * as z from "zod/mini";
import { ExportError } from "../../errors.js";
import { describeIssues } from "../../issues.js";
import { distrust } from "../../transport/trusted-url.js";

/** Which of Zephr's user exports is asked: `/v3/user-export` or `/v4/user-export`. */
export type ZephrApiVersion = "v3" | "v4";

interface KeyPair {
  /** The access key of a key pair, from the admin console. */
  readonly accessKey: string;
  /** The secret key that was shown when the pair was made. It signs every request and is never sent. */
  readonly secretKey: string;
  /** Default `"v3"`. */
  readonly apiVersion?: ZephrApiVersion | undefined;
}

/** The tenant by its id: requests go to `https://{tenantId}.api.zephr.com`. */
export interface ZephrTenantOptions extends KeyPair {
  readonly tenantId: string;
  readonly baseUrl?: undefined;
}

/** The tenant by its address, for older tenants and test servers. */
export interface ZephrUrlOptions extends KeyPair {
  /** An origin, such as `https://news.api.zephr.com`. */
  readonly baseUrl: string;
  readonly tenantId?: undefined;
}

/** Options of `zephr`. */
export type ZephrOptions = ZephrTenantOptions | ZephrUrlOptions;

/** Options with everything filled in. */
export interface ZephrSettings {
  readonly origin: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly apiVersion: ZephrApiVersion;
}

const schema = () => {
  const words = z
    .string("must be a string")
    .check(z.minLength(1, "must not be empty"))
    // What a line break at the end of an environment variable leads to is a 401 without an explanation.
    .check(z.refine((text) => text === text.trim(), "must not begin or end with white space"));
  const pair = {
    // It stands between colons in a header.
    accessKey: words.check(
      z.regex(/^[\x21-\x39\x3b-\x7e]*$/, "must be printable characters without a colon"),
    ),
    secretKey: words,
    apiVersion: z.optional(z.enum(["v3", "v4"], 'must be "v3" or "v4"')),
  };
  const other = "does not go together with";
  return {
    tenant: z.strictObject({
      ...pair,
      tenantId: words.check(
        z.regex(
          /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i,
          "must be the tenant's id alone, such as news; for an address use baseUrl",
        ),
      ),
      baseUrl: z.optional(z.undefined(`${other} tenantId`)),
    }),
    url: z.strictObject({
      ...pair,
      baseUrl: words.check(
        z.refine((text) => urlProblem(text) === undefined, {
          error: (issue) => urlProblem(String(issue.input)) ?? "",
        }),
      ),
      tenantId: z.optional(z.undefined(`${other} baseUrl`)),
    }),
  };
};

/** Checks the options; throws `CONFIG_INVALID` naming the field. */
export function resolveOptions(options: ZephrOptions): ZephrSettings {
  const { tenant, url } = schema();
  const byUrl = typeof options === "object" && options !== null && options.baseUrl !== undefined;
  const checked = (byUrl ? url : tenant).safeParse(options);
  if (!checked.success) {
    const [message, context] = describeIssues("zephr", checked.error.issues);
    throw new ExportError("CONFIG_INVALID", message, { ...context, provider: "zephr" });
  }
  const { accessKey, secretKey, apiVersion = "v3", baseUrl, tenantId } = options;
  const { origin } = new URL(baseUrl ?? `https://${tenantId}.api.zephr.com`);
  return { origin, accessKey, secretKey, apiVersion };
}

function urlProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "must be a URL such as https://news.api.zephr.com";
  }
  const problem = distrust(url);
  if (problem) return `the URL ${problem}`;
  return url.pathname === "/" && url.search === "" && url.hash === ""
    ? undefined
    : "must be an origin, without a path or query";
}
