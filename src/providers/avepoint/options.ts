import * as z from "#zod";
import type { XlsxOptions } from "../../provider/archives.js";
import { baseUrlOf, baseUrlProblem, endpointProblem } from "../../provider/base-url.js";
import {
  checkedBy,
  checkOptions,
  givenOptions,
  optionError,
  unwantedOption,
} from "../../provider/options.js";
import { keyFormProblem } from "../../provider/signing-key.js";
import type { TokenSource } from "../../provider/token-source.js";
import { ownProperties } from "../../provider/values.js";
import {
  type AvepointCertificate,
  certificateProblem,
  pairProblem,
  thumbprintProblem,
} from "./certificate.js";
import { type AvepointDataCenter, DATA_CENTERS, hostsOf } from "./data-centers.js";

export type { TokenSource };

/** Which AvePoint is asked: a data centre by name (either host may be another one), or both hosts. */
export type AvepointAddress =
  | {
      readonly dataCenter: AvepointDataCenter;
      /** The API's address, also behind a path of a gateway. Default: the data centre's. */
      readonly baseUrl?: string | URL | undefined;
      /** The token endpoint. Default: the data centre's. */
      readonly tokenUrl?: string | URL | undefined;
    }
  | { readonly dataCenter?: undefined; readonly baseUrl: string | URL; readonly tokenUrl: string | URL };

interface Common {
  /**
   * How many exports may run at the same time. AvePoint allows five a tenant. A start over this number is refused here
   * with `CONCURRENCY_LIMIT`, before anything is sent; `runExport` waits for its turn. The client's `limits.jobs` holds where
   * it is lower. Default: no limit of our own.
   *
   * What counts is what this very object knows to run: exports started or polled through it that have not been seen to
   * end. One without news for an hour is followed by nobody here and no longer counts. Other processes are not seen.
   */
  readonly maxRunningJobs?: number | undefined;
  /** How workbooks are read: which sheets, which row is the header, how much memory. See `XlsxOptions`. */
  readonly workbooks?: XlsxOptions | undefined;
}

/** Signs in as an app with a client secret. */
export type AvepointSecretOptions = Common &
  AvepointAddress & {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly certificate?: undefined;
    readonly token?: undefined;
  };

/** Signs in as an app with a certificate: the private key signs, and never leaves this process. */
export type AvepointCertificateOptions = Common &
  AvepointAddress & {
    readonly clientId: string;
    readonly certificate: AvepointCertificate;
    readonly clientSecret?: undefined;
    readonly token?: undefined;
  };

/** Access tokens come from elsewhere; the token endpoint is not asked, and need not be named. */
export type AvepointTokenOptions = Common &
  (
    | AvepointAddress
    | {
        readonly dataCenter?: undefined;
        readonly baseUrl: string | URL;
        readonly tokenUrl?: string | URL | undefined;
      }
  ) & {
    readonly token: TokenSource;
    readonly clientId?: undefined;
    readonly clientSecret?: undefined;
    readonly certificate?: undefined;
  };

/** Options of `avepoint`. */
export type AvepointOptions = AvepointSecretOptions | AvepointCertificateOptions | AvepointTokenOptions;

/** The options with the addresses filled in. */
export interface Settings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly options: AvepointOptions;
}

const TOKEN_URL = "https://identity.avepointonlineservices.com/connect/token";

const schema = () => {
  const words = z.string("must be a string").check(z.minLength(1, "must not be empty"));
  const names = DATA_CENTERS.join(", ");
  const common = {
    dataCenter: z.optional(
      z.enum(DATA_CENTERS, `must be one of ${names}; for another one give baseUrl and tokenUrl instead`),
    ),
    baseUrl: z.optional(
      checkedBy((value) =>
        baseUrlProblem(value, "https://graph-us.avepointonlineservices.com", /\/insights$/i),
      ),
    ),
    tokenUrl: z.optional(checkedBy((value) => endpointProblem(value, TOKEN_URL))),
    maxRunningJobs: z.optional(
      z.int("must be a whole number").check(z.gte(1, "must be 1 or more; leave it out for no limit")),
    ),
    // What each may be, the decoders say.
    workbooks: z.optional(
      z.strictObject(
        {
          headerRow: z.optional(z.unknown()),
          sheets: z.optional(
            checkedBy((value) => (typeof value === "function" ? undefined : "must be a function")),
          ),
          memoryBytes: z.optional(z.unknown()),
          maxRatio: z.optional(z.unknown()),
          maxInflatedBytes: z.optional(z.unknown()),
        },
        "must be an object, such as { sheets: (name) => … }",
      ),
    ),
  };
  return {
    secret: z.strictObject({
      ...common,
      clientId: words,
      clientSecret: z
        .string("must be a string; or give certificate or token instead")
        .check(z.minLength(1, "must not be empty")),
      certificate: unwantedOption("clientSecret"),
      token: unwantedOption("clientSecret"),
    }),
    certificate: z.strictObject({
      ...common,
      clientId: words,
      certificate: z
        .strictObject(
          {
            privateKey: checkedBy(keyFormProblem),
            thumbprint: z.optional(checkedBy(thumbprintProblem)),
            certificate: z.optional(checkedBy(certificateProblem)),
          },
          "must be { privateKey, thumbprint } or { privateKey, certificate }",
        )
        .check(
          z.refine(
            ({ thumbprint, certificate }) => (thumbprint === undefined) !== (certificate === undefined),
            "needs either thumbprint or certificate beside privateKey",
          ),
        ),
      clientSecret: unwantedOption("certificate"),
      token: unwantedOption("certificate"),
    }),
    token: z.strictObject({
      ...common,
      token: z.custom<TokenSource>(
        (value) => typeof value === "function" || (typeof value === "string" && value.trim() !== ""),
        "must be a token, or a function that returns one",
      ),
      clientId: unwantedOption("token"),
      clientSecret: unwantedOption("token"),
      certificate: unwantedOption("token"),
    }),
  };
};

/** Checks the options and fills in the addresses; throws `CONFIG_INVALID` naming the field. */
export function readOptions(given: AvepointOptions): Settings {
  const own = givenOptions(given, "baseUrl", "tokenUrl");
  if (own?.certificate) Object.assign(own, { certificate: ownProperties(own.certificate) });
  const kind = own?.token !== undefined ? "token" : own?.certificate !== undefined ? "certificate" : "secret";
  const options = checkOptions("avepoint", () => schema()[kind], own);
  const unfit = options.certificate && pairProblem(options.certificate);
  if (unfit) throw optionError("avepoint", "certificate.privateKey", unfit);
  const hosts = options.dataCenter && hostsOf(options.dataCenter);
  const { baseUrl = hosts?.baseUrl, tokenUrl = hosts?.tokenUrl } = options as AddressText;
  if (baseUrl === undefined) throw missing(options.tokenUrl === undefined ? "dataCenter" : "baseUrl");
  if (tokenUrl === undefined && options.token === undefined) throw missing("tokenUrl");
  return { baseUrl: baseUrlOf(baseUrl), tokenUrl: tokenUrl ?? "", options };
}

interface AddressText {
  readonly baseUrl?: string | undefined;
  readonly tokenUrl?: string | undefined;
}

function missing(field: "dataCenter" | "baseUrl" | "tokenUrl"): Error {
  return optionError(
    "avepoint",
    field,
    'is missing; give dataCenter, such as "us", or both baseUrl and tokenUrl',
  );
}
