import { compactTime } from "./timestamp.js";

/** Whose object store is emulated. */
export type StoreKind = "gcs" | "s3" | "minio" | "azure";

/** A refusal as a store words it. */
export interface StoreRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What differs between the stores. */
export interface StoreDialect {
  /** The query parameter that carries the signature. */
  readonly signatureParameter: string;
  /** The other parameters of a link signed at `now`. */
  parameters(now: number, lifetimeMs: number): readonly (readonly [name: string, value: string])[];
  /** Whether the method is signed, so that a link for GET refuses HEAD. */
  readonly signsMethod: boolean;
  /** A link that is both over and tampered with is said to be over. */
  readonly expiryFirst?: boolean;
  /** `If-Range` is passed over: a range is answered with a part, whatever became of the file. */
  readonly ignoresIfRange?: boolean;
  /** A 416 does not tell the length of the file. */
  readonly bareUnsatisfiable?: boolean;
  readonly tampered: StoreRefusal;
  readonly expired: StoreRefusal;
  readonly missing: StoreRefusal;
}

const isoBasic = (ms: number) => `${compactTime(ms).slice(0, 8)}T${compactTime(ms).slice(8)}Z`;
const day = (ms: number) => compactTime(ms).slice(0, 8);
const noSuchKey = { status: 404, code: "NoSuchKey", message: "The specified key does not exist." };
const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

const amazon = (now: number, lifetimeMs: number): readonly (readonly [name: string, value: string])[] => [
  ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
  ["X-Amz-Credential", `EMULATOR/${day(now)}/us-east-1/s3/aws4_request`],
  ["X-Amz-Date", isoBasic(now)],
  ["X-Amz-Expires", String(Math.ceil(lifetimeMs / 1000))],
  ["X-Amz-SignedHeaders", "host"],
];
const amazonRefusals = {
  tampered: { status: 403, code: "SignatureDoesNotMatch", message: mismatch },
  expired: { status: 403, code: "AccessDenied", message: "Request has expired" },
  missing: noSuchKey,
};

export const storeDialects: { readonly [K in StoreKind]: StoreDialect } = {
  gcs: {
    signatureParameter: "X-Goog-Signature",
    signsMethod: false,
    parameters: (now, lifetimeMs) => [
      ["X-Goog-Algorithm", "GOOG4-RSA-SHA256"],
      [
        "X-Goog-Credential",
        `emulator@example.iam.gserviceaccount.com/${day(now)}/auto/storage/goog4_request`,
      ],
      ["X-Goog-Date", isoBasic(now)],
      // A minute shows as 59: the rest of the running second is cut off.
      ["X-Goog-Expires", String(Math.max(1, Math.ceil(lifetimeMs / 1000) - 1))],
      ["X-Goog-SignedHeaders", "host"],
    ],
    tampered: { status: 403, code: "SignatureDoesNotMatch", message: mismatch },
    expired: { status: 400, code: "ExpiredToken", message: "Invalid argument." },
    missing: noSuchKey,
  },
  s3: {
    ...amazonRefusals,
    signatureParameter: "X-Amz-Signature",
    signsMethod: true,
    parameters: (now, lifetimeMs) => [
      ...amazon(now, lifetimeMs),
      ["X-Amz-Checksum-Mode", "ENABLED"],
      ["x-id", "GetObject"],
    ],
  },
  minio: {
    ...amazonRefusals,
    signatureParameter: "X-Amz-Signature",
    signsMethod: true,
    expiryFirst: true,
    ignoresIfRange: true,
    bareUnsatisfiable: true,
    parameters: amazon,
  },
  azure: {
    signatureParameter: "sig",
    signsMethod: false,
    parameters: (now, lifetimeMs) => [
      ["sv", "2022-11-02"],
      ["st", `${new Date(now).toISOString().slice(0, 19)}Z`],
      ["se", `${new Date(now + lifetimeMs).toISOString().slice(0, 19)}Z`],
      ["sr", "b"],
      ["sp", "r"],
      ["spr", "https"],
    ],
    tampered: {
      status: 403,
      code: "AuthenticationFailed",
      message: "Server failed to authenticate the request. Signature did not match.",
    },
    expired: {
      status: 403,
      code: "AuthenticationFailed",
      message: "Server failed to authenticate the request. Signature not valid in the specified time frame.",
    },
    missing: { status: 404, code: "BlobNotFound", message: "The specified blob does not exist." },
  },
};
