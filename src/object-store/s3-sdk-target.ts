import { documentedError } from "../model/documented-error.js";
import { isObject, type JsonObject } from "../model/json.js";
import { storeError } from "./store-error.js";
import {
  MAX_PARTS,
  MIN_PART_BYTES,
  type ObjectAbout,
  restKey,
  type S3Object,
  type TargetCall,
  UPLOAD_MARK,
  type UploadTarget,
} from "./upload-target.js";

/** The part of an `S3Client` of `@aws-sdk/client-s3` that is used. */
export interface S3SdkClient {
  /** Sends one of the SDK's commands. */
  send(command: never, options?: never): Promise<unknown>;
}

/** A command's output, as far as anybody knows. */
type Output = { readonly [member: string]: unknown };

/** What the store adds up over a part, and wants to hear again where the parts are put together. */
const CHECKSUMS = ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"];

/** An object of a store, by the commands of the AWS SDK. */
export function s3SdkTarget(client: S3SdkClient, { bucket, key, params }: S3Object): UploadTarget {
  const name = `s3://${bucket}/${key}`;
  /** Sends a command; `undefined` where it failed with one of the expected words. */
  const send = async (
    action: string,
    command: string,
    input: object,
    { signal }: TargetCall,
    expected: readonly string[] = [],
  ): Promise<Output | undefined> => {
    const made = await commandOf(command, { Bucket: bucket, Key: key, ...input });
    try {
      // By shape: what a command is, is between the two of them.
      const sending = client.send as unknown as (command: object, options: object) => Promise<Output>;
      return await sending.call(client, made, { abortSignal: signal });
    } catch (cause) {
      const { word, status } = describe(cause);
      if (word !== undefined && expected.includes(word)) return undefined;
      throw storeError(name, action, { word, status, cause });
    }
  };
  const making = ({ contentType, upload }: ObjectAbout) => ({
    ...params,
    ContentType: contentType,
    Metadata: { [UPLOAD_MARK]: upload },
  });
  return {
    name,
    minPartBytes: MIN_PART_BYTES,
    maxParts: MAX_PARTS,
    async put(body, about, call) {
      await send("store the object", "PutObjectCommand", { Body: body, ...making(about) }, call);
    },
    async begin(about, call) {
      const action = "begin an upload";
      const begun = await send(action, "CreateMultipartUploadCommand", making(about), call);
      const uploadId = begun?.UploadId;
      if (typeof uploadId !== "string") throw storeError(name, action, { status: 500, word: "no UploadId" });
      return uploadId;
    },
    async part(UploadId, PartNumber, Body, call) {
      const action = `take part ${PartNumber}`;
      const input = { UploadId, PartNumber, Body };
      const taken = await send(action, "UploadPartCommand", input, call, ["NoSuchUpload"]);
      if (!taken) return undefined;
      if (typeof taken.ETag !== "string") throw storeError(name, action, { status: 500, word: "no ETag" });
      const sums = CHECKSUMS.filter((sum) => typeof taken[sum] === "string");
      return {
        PartNumber,
        ETag: taken.ETag,
        ...Object.fromEntries(sums.map((sum) => [sum, taken[sum]])),
      } as JsonObject;
    },
    async finish(UploadId, parts, call) {
      const input = { UploadId, MultipartUpload: { Parts: parts } };
      const command = "CompleteMultipartUploadCommand";
      return (await send("put the parts together", command, input, call, ["NoSuchUpload"])) !== undefined;
    },
    async abort(UploadId, call) {
      await send("abort an upload", "AbortMultipartUploadCommand", { UploadId }, call, ["NoSuchUpload"]);
    },
    async head(call) {
      // Without the right to list, a store says 403 of what is not there.
      const missing = ["NotFound", "NoSuchKey", "Forbidden", "403", "AccessDenied"];
      const found = await send("tell the size", "HeadObjectCommand", {}, call, missing);
      if (!found) return undefined;
      const metadata = isObject(found.Metadata) ? found.Metadata : {};
      const upload = metadata[UPLOAD_MARK];
      return { size: Number(found.ContentLength), upload: typeof upload === "string" ? upload : undefined };
    },
    async putRest(slot, Body, call) {
      const input = { ...params, Key: restKey(key, slot), Body };
      await send("store the bytes that fill no part yet", "PutObjectCommand", input, call);
    },
    async getRest(slot, call) {
      const action = "return the bytes that fill no part yet";
      const input = { Key: restKey(key, slot) };
      const missing = ["NoSuchKey", "NotFound", "AccessDenied"];
      const found = await send(action, "GetObjectCommand", input, call, missing);
      if (!found) return undefined;
      const body = found.Body as { transformToByteArray(): Promise<Uint8Array> };
      try {
        return await body.transformToByteArray();
      } catch (cause) {
        throw storeError(name, action, { cause });
      }
    },
    async deleteRest(slot, call) {
      const input = { Key: restKey(key, slot) };
      await send("delete the bytes that fill no part yet", "DeleteObjectCommand", input, call, ["NoSuchKey"]);
    },
  };
}

/** The user's own copy of the SDK makes the commands. */
async function commandOf(name: string, input: object): Promise<object> {
  const sdk = await import("@aws-sdk/client-s3").catch((cause: unknown) => {
    throw documentedError(
      "CONFIG_INVALID",
      "s3Target: client: @aws-sdk/client-s3 cannot be loaded. Install it beside exportkit, or give an AwsClient of aws4fetch",
      { details: { field: "client" }, cause },
    );
  });
  const commands = sdk as unknown as { readonly [name: string]: new (input: object) => object };
  const Command = commands[name];
  if (!Command) throw new TypeError(`@aws-sdk/client-s3 has no ${name}`);
  return new Command(input);
}

function describe(error: unknown): {
  readonly word: string | undefined;
  readonly status: number | undefined;
} {
  if (!isObject(error)) return { word: undefined, status: undefined };
  const metadata = isObject(error.$metadata) ? error.$metadata : {};
  const status = metadata.httpStatusCode;
  const word = typeof error.name === "string" && error.name !== "Error" ? error.name : undefined;
  if (typeof status === "number") return { word, status };
  // Where no answer came, the name is that of a broken connection, or of credentials that could not be had.
  return word?.startsWith("Credentials") ? { word, status: 401 } : { word: undefined, status: undefined };
}
