import * as z from "#zod";
import { baseUrlOf, baseUrlProblem } from "../../provider/base-url.js";
import { checkedBy, checkOptions, givenOptions, unwantedOption, wordOption } from "../../provider/options.js";

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
  /** The tenant's id, from which the API's address follows. */
  readonly tenantId: string;
  /** Give either a tenant or an address. */
  readonly baseUrl?: undefined;
}

/** The tenant by its address, for older tenants and test servers. */
export interface ZephrUrlOptions extends KeyPair {
  /**
   * An address such as `https://news.api.zephr.com`, also behind a path of a gateway, such as
   * `https://gateway.example/zephr`. The path is signed as it is sent, so the gateway must pass it on as it is.
   */
  readonly baseUrl: string | URL;
  /** Give either a tenant or an address. */
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
  const words = wordOption();
  const pair = {
    // It stands between colons in a header.
    accessKey: words.check(
      z.regex(/^[\x21-\x39\x3b-\x7e]*$/, "must be printable characters without a colon"),
    ),
    secretKey: words,
    apiVersion: z.optional(z.enum(["v3", "v4"], 'must be "v3" or "v4"')),
  };
  return {
    tenant: z.strictObject({
      ...pair,
      tenantId: words.check(
        z.regex(
          /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i,
          "must be the tenant's id alone, such as news; for an address use baseUrl",
        ),
      ),
      baseUrl: unwantedOption("tenantId"),
    }),
    url: z.strictObject({
      ...pair,
      baseUrl: checkedBy<string>(urlProblem),
      tenantId: unwantedOption("baseUrl"),
    }),
  };
};

/** Checks the options; throws `CONFIG_INVALID` naming the field. */
export function readOptions(given: ZephrOptions): ZephrSettings {
  const own = givenOptions(given, "baseUrl");
  const options = checkOptions("zephr", () => schema()[own?.baseUrl === undefined ? "tenant" : "url"], own);
  const { accessKey, secretKey, apiVersion = "v3", tenantId } = options;
  const { baseUrl = `https://${tenantId}.api.zephr.com` } = options as { readonly baseUrl?: string };
  return { baseUrl: baseUrlOf(baseUrl), accessKey, secretKey, apiVersion };
}

function urlProblem(value: unknown): string | undefined {
  return baseUrlProblem(value, "https://news.api.zephr.com", /\/v\d+(\/user-export)?$/);
}
