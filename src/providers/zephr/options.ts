import * as z from "zod/mini";
import { ExportError } from "../../model/errors.js";
import { describeIssues } from "../../model/issues.js";
import { isObject } from "../../model/json.js";
import { ownProperties, unpolluted } from "../../model/own-properties.js";
import { addressText, baseUrlOf, baseUrlProblem } from "../base-url.js";

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
  /**
   * An address such as `https://news.api.zephr.com`, also behind a path of a gateway, such as
   * `https://gateway.example/zephr`. The path is signed as it is sent, so the gateway must pass it on as it is.
   */
  readonly baseUrl: string | URL;
  readonly tenantId?: undefined;
}

/** Options of `zephr`. */
export type ZephrOptions = ZephrTenantOptions | ZephrUrlOptions;

/** Options with everything filled in. */
export interface ZephrSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
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
      baseUrl: z.custom<string>((value) => urlProblem(value) === undefined, {
        error: (issue) => urlProblem(issue.input) ?? "",
      }),
      tenantId: z.optional(z.undefined(`${other} baseUrl`)),
    }),
  };
};

/** Checks the options; throws `CONFIG_INVALID` naming the field. */
export function resolveOptions(given: ZephrOptions): ZephrSettings {
  const { tenant, url } = unpolluted(schema);
  const own = ownProperties(given);
  const options = isObject(own) ? Object.assign(own, { baseUrl: addressText(own.baseUrl) }) : own;
  const checked = unpolluted(() => (options?.baseUrl === undefined ? tenant : url).safeParse(options));
  if (!checked.success) {
    const [message, context] = describeIssues("zephr", checked.error.issues);
    throw new ExportError("CONFIG_INVALID", message, { ...context, provider: "zephr" });
  }
  const { accessKey, secretKey, apiVersion = "v3", tenantId } = options;
  const { baseUrl = `https://${tenantId}.api.zephr.com` } = options as { readonly baseUrl?: string };
  return { baseUrl: baseUrlOf(baseUrl), accessKey, secretKey, apiVersion };
}

function urlProblem(value: unknown): string | undefined {
  return baseUrlProblem(value, "https://news.api.zephr.com", /\/v\d+(\/user-export)?$/);
}
