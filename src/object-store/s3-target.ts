import type { ExportError } from "../model/errors.js";
import { isObject } from "../model/json.js";
import { ownProperties } from "../model/own-properties.js";
import { wrongOption } from "../model/wrong-option.js";
import { type S3FetchClient, s3FetchTarget } from "./s3-fetch-target.js";
import { type S3SdkClient, s3SdkTarget } from "./s3-sdk-target.js";
import type { UploadTarget } from "./upload-target.js";

/** Where an object goes in an S3-compatible store. */
export interface S3TargetOptions {
  /** An `S3Client` of `@aws-sdk/client-s3`, or an `AwsClient` of `aws4fetch`, with your credentials. */
  readonly client: S3SdkClient | S3FetchClient;
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /**
   * For `aws4fetch` only: the store's URL, such as `https://ACCOUNT.r2.cloudflarestorage.com`, without the bucket. Default:
   * AWS, in the client's `region`.
   */
  readonly endpoint?: string | undefined;
  /**
   * What else the object is made with. For the AWS SDK members of its commands, such as `{ ServerSideEncryption: "aws:kms" }`;
   * for `aws4fetch` headers, such as `{ "x-amz-server-side-encryption": "aws:kms" }`.
   */
  readonly params?: { readonly [name: string]: string } | undefined;
}

/**
 * An object in Amazon S3 or a store that speaks its language (R2, MinIO, Ceph, Backblaze B2, Wasabi, …).
 *
 * The credentials need `s3:PutObject`, `s3:GetObject`, `s3:DeleteObject` and `s3:AbortMultipartUpload` on the key and on
 * `KEY.rest-0` and `KEY.rest-1`, where the bytes that fill no part yet lie between two invocations. Without `s3:ListBucket` a
 * store answers 403 for an object that is not there, which is taken for that.
 *
 * @example
 * ```ts
 * import { S3Client } from "@aws-sdk/client-s3";
 *
 * const target = s3Target({ client: new S3Client(), bucket: "exports", key: "users.ndjson" });
 * await uploadExport(client, job, target, { format: "ndjson" });
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option
 */
export function s3Target(options: S3TargetOptions): UploadTarget {
  if (!isObject(options)) throw invalid("options", "must be an object");
  const { client, bucket, key, endpoint, params, ...others } = ownProperties(options);
  for (const name of Object.keys(others))
    throw invalid(name, "is not a known field; check its spelling or remove it");
  if (params !== undefined && !(isObject(params) && Object.values(params).every(isText)))
    throw invalid("params", "must be an object of strings");
  if (typeof bucket !== "string" || !/^[^/?#\s]+$/.test(bucket))
    throw invalid("bucket", "must be the name of a bucket");
  if (typeof key !== "string" || key === "") throw invalid("key", "must be the name of an object");
  const object = { bucket, key, params };
  if (isFetchClient(client)) return s3FetchTarget(client, object, originOf(endpoint, client));
  if (typeof client?.send !== "function")
    throw invalid("client", "must be an S3Client of @aws-sdk/client-s3 or an AwsClient of aws4fetch");
  if (endpoint !== undefined) throw invalid("endpoint", "is for aws4fetch: give it to the S3Client");
  return s3SdkTarget(client, object);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isFetchClient(client: S3SdkClient | S3FetchClient): client is S3FetchClient {
  return typeof (client as Partial<S3FetchClient> | undefined)?.fetch === "function";
}

function originOf(endpoint: string | undefined, { region }: S3FetchClient): string {
  if (endpoint === undefined) {
    if (!region) throw invalid("endpoint", "give it, or a region to the AwsClient");
    return `https://s3.${region}.amazonaws.com`;
  }
  if (!isText(endpoint) || !URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    throw invalid("endpoint", "must be a URL, such as https://s3.eu-central-1.amazonaws.com");
  return endpoint.replace(/(?<!\/)\/+$/, "");
}

function invalid(field: string, problem: string): ExportError {
  return wrongOption("s3Target", field, problem);
}
