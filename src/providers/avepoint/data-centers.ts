/** The data centres of AvePoint Insights by the names the vendor gives them, and its FedRAMP cloud as `fedramp`. */
export const DATA_CENTERS = [
  "au",
  "sg",
  "ca",
  "ne",
  "we",
  "fr",
  "de",
  "jp",
  "kr",
  "ch",
  "uk",
  "us",
  "uae",
  "za",
  "qa",
  "gov",
  "aos2",
  "gcp-au",
  "gcp-jp",
  "gcp-us",
  "gcp-we",
  "gcp-kr",
  "fedramp",
] as const;

/** The data centre a tenant lives in. */
export type AvepointDataCenter = (typeof DATA_CENTERS)[number];

/** Where a data centre answers. */
export interface Hosts {
  /** The API, without a path. */
  readonly baseUrl: string;
  /** The OAuth 2.0 token endpoint. */
  readonly tokenUrl: string;
}

// These have sign-in services of their own; all others share the commercial one.
const IDENTITY_HOSTS: { readonly [dataCenter: string]: string | undefined } = {
  gov: "identity-gov.avepointonlineservices.com",
  aos2: "identity-aos2.avepointonlineservices.com",
  fedramp: "identity.online15.net",
};

export function hostsOf(dataCenter: AvepointDataCenter): Hosts {
  const identity = IDENTITY_HOSTS[dataCenter] ?? "identity.avepointonlineservices.com";
  const api =
    dataCenter === "fedramp"
      ? "graphusgovapi.online15.net"
      : `graph-${dataCenter}.avepointonlineservices.com`;
  return { baseUrl: `https://${api}`, tokenUrl: `https://${identity}/connect/token` };
}
