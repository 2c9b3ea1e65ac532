import type { AnyProvider } from "exportkit";
import type { AuthgearOptions } from "exportkit/authgear";
import type { AvepointOptions } from "exportkit/avepoint";
import type { ZephrOptions } from "exportkit/zephr";
import type { Saving } from "./saving.js";

/** The environment: credentials come from there, because command lines are seen by every user of a machine. */
export type Environment = { readonly [name: string]: string | undefined };

/** Marks an environment that is a profile's. */
export const PROFILE = Symbol("exportkit profile");

export type Workbooks = Pick<Saving, "sheets" | "headerRow">;

/** A vendor as the command line knows it. */
export interface Vendor {
  /** The option of the adapter that each variable sets, as a path. */
  readonly variables: { readonly [variable: string]: string };
  /** What must be set: of each entry one of its sets, whole. */
  readonly needs: readonly (readonly (readonly string[])[])[];
  readonly example: string;
  /** Loads the adapter, and no other. */
  connect(options: object, workbooks: Workbooks): Promise<AnyProvider>;
}

export const vendors = {
  authgear: {
    variables: {
      AUTHGEAR_ENDPOINT: "endpoint",
      AUTHGEAR_PROJECT_ID: "projectId",
      AUTHGEAR_KEY_ID: "keyId",
      AUTHGEAR_PRIVATE_KEY: "privateKey",
      AUTHGEAR_TOKEN: "token",
    },
    needs: [
      [["AUTHGEAR_ENDPOINT"]],
      [["AUTHGEAR_PROJECT_ID", "AUTHGEAR_KEY_ID", "AUTHGEAR_PRIVATE_KEY"], ["AUTHGEAR_TOKEN"]],
    ],
    example: "exportkit authgear format=ndjson --out users.ndjson",
    connect: async (options) => (await import("exportkit/authgear")).authgear(options as AuthgearOptions),
  },
  avepoint: {
    variables: {
      AVEPOINT_DATA_CENTER: "dataCenter",
      AVEPOINT_BASE_URL: "baseUrl",
      AVEPOINT_TOKEN_URL: "tokenUrl",
      AVEPOINT_CLIENT_ID: "clientId",
      AVEPOINT_CLIENT_SECRET: "clientSecret",
      AVEPOINT_PRIVATE_KEY: "certificate.privateKey",
      AVEPOINT_CERTIFICATE: "certificate.certificate",
      AVEPOINT_THUMBPRINT: "certificate.thumbprint",
      AVEPOINT_TOKEN: "token",
    },
    needs: [
      [
        ["AVEPOINT_DATA_CENTER"],
        ["AVEPOINT_BASE_URL", "AVEPOINT_TOKEN_URL"],
        ["AVEPOINT_BASE_URL", "AVEPOINT_TOKEN"],
      ],
      [
        ["AVEPOINT_CLIENT_ID", "AVEPOINT_CLIENT_SECRET"],
        ["AVEPOINT_CLIENT_ID", "AVEPOINT_PRIVATE_KEY", "AVEPOINT_CERTIFICATE"],
        ["AVEPOINT_CLIENT_ID", "AVEPOINT_PRIVATE_KEY", "AVEPOINT_THUMBPRINT"],
        ["AVEPOINT_TOKEN"],
      ],
    ],
    example: `exportkit avepoint report=userAccess email=ada@contoso.com dataSources:='["OneDrive"]' --out report.zip`,
    async connect(options, { sheets, headerRow }) {
      const { avepoint } = await import("exportkit/avepoint");
      const workbooks = {
        ...(headerRow !== undefined && { headerRow }),
        ...(sheets && { sheets: (sheet: string) => sheets.includes(sheet) }),
      };
      return avepoint({ ...(options as AvepointOptions), workbooks });
    },
  },
  zephr: {
    variables: {
      ZEPHR_TENANT_ID: "tenantId",
      ZEPHR_BASE_URL: "baseUrl",
      ZEPHR_ACCESS_KEY: "accessKey",
      ZEPHR_SECRET_KEY: "secretKey",
      ZEPHR_API_VERSION: "apiVersion",
    },
    needs: [[["ZEPHR_TENANT_ID"], ["ZEPHR_BASE_URL"]], [["ZEPHR_ACCESS_KEY", "ZEPHR_SECRET_KEY"]]],
    example: "exportkit zephr grants:=true since=2024-01-01 --out readers.csv --as csv",
    connect: async (options) =>
      (await import("exportkit/zephr")).zephr(options as ZephrOptions & { readonly apiVersion?: "v3" }),
  },
} satisfies { readonly [name: string]: Vendor };

export type VendorName = keyof typeof vendors;

export function isVendorName(name: string): name is VendorName {
  return Object.hasOwn(vendors, name);
}

/** The variables that set an option of the adapter: of `certificate`, each of its parts. */
export function variablesFor(name: VendorName, field: string): readonly string[] {
  const vendor: Vendor = vendors[name];
  return Object.entries(vendor.variables)
    .filter(([, path]) => path === field || path.startsWith(`${field}.`))
    .map(([variable]) => variable);
}
