import type { JsonObject } from "../model/json.js";
import { isError } from "../model/realm.js";
import { checkFunctions, wrongOption } from "../model/wrong-option.js";
import { storeError } from "./store-error.js";
import {
  MAX_PARTS,
  MIN_PART_BYTES,
  type ObjectAbout,
  restKey,
  UPLOAD_MARK,
  type UploadTarget,
} from "./upload-target.js";

/** The part of Cloudflare's `R2Bucket` that is used. */
export interface R2BucketLike {
  /** Stores an object whole. */
  put(key: string, value: Uint8Array, options?: R2ObjectOptions): Promise<unknown>;
  /** Reads an object. */
  get(key: string): Promise<{
    /** All of its bytes. */
    arrayBuffer(): Promise<ArrayBuffer>;
  } | null>;
  /** Asks for what is known of an object. */
  head(key: string): Promise<{
    readonly size: number;
    readonly customMetadata?: { readonly [name: string]: string } | undefined;
  } | null>;
  /** Removes an object. */
  delete(key: string): Promise<void>;
  /** Begins an upload in parts. */
  createMultipartUpload(key: string, options?: R2ObjectOptions): Promise<R2UploadLike>;
  /** An upload that was started before. */
  resumeMultipartUpload(key: string, uploadId: string): R2UploadLike;
}

/** The part of Cloudflare's `R2MultipartUpload` that is used. */
export interface R2UploadLike {
  /** By which the upload is resumed. */
  readonly uploadId: string;
  /** Stores one part. */
  uploadPart(
    partNumber: number,
    value: Uint8Array,
  ): Promise<{ readonly partNumber: number; readonly etag: string }>;
  /** Makes the parts one object. */
  complete(parts: { partNumber: number; etag: string }[]): Promise<unknown>;
  /** Gives the upload up. */
  abort(): Promise<void>;
}

interface R2ObjectOptions {
  readonly httpMetadata?: { readonly contentType: string };
  readonly customMetadata?: { [name: string]: string };
}

/** What the binding says of an upload that was finished, aborted, or never was. */
const NO_SUCH_UPLOAD = 10_024;

/**
 * An object in a bucket of Cloudflare R2, by a Worker's binding.
 *
 * @example
 * ```ts
 * const target = r2Target(env.EXPORTS, `users/${job.id}.ndjson`);
 * const { complete, state } = await uploadExport(client, job, target, { format: "ndjson", state: known });
 * ```
 *
 * @throws `CONFIG_INVALID` for a bucket or a key that is none
 */
export function r2Target(bucket: R2BucketLike, key: string): UploadTarget {
  checkFunctions("r2Target", "bucket", bucket, ["createMultipartUpload"], "a binding of an R2 bucket");
  if (typeof key !== "string" || key === "")
    throw wrongOption("r2Target", "key", "must be the name of an object");
  const name = `r2:${key}`;
  /** Does it; `undefined` where the store knows no such upload. */
  const attempt = async <T>(action: string, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await call();
    } catch (cause) {
      const number = codeOf(cause);
      if (number === NO_SUCH_UPLOAD) return undefined;
      throw storeError(name, action, {
        status: statusOf(number),
        word: number === undefined ? undefined : `error ${number}`,
        cause,
      });
    }
  };
  const options = ({ contentType, upload }: ObjectAbout) => ({
    httpMetadata: { contentType },
    customMetadata: { [UPLOAD_MARK]: upload },
  });
  const upload = (uploadId: string) => bucket.resumeMultipartUpload(key, uploadId);
  return {
    name,
    minPartBytes: MIN_PART_BYTES,
    maxParts: MAX_PARTS,
    async put(body, about) {
      await attempt("store the object", () => bucket.put(key, body, options(about)));
    },
    async begin(about) {
      const begun = await attempt("begin an upload", () => bucket.createMultipartUpload(key, options(about)));
      if (!begun) throw storeError(name, "begin an upload", { status: 500 });
      return begun.uploadId;
    },
    part: (uploadId, number, body) =>
      attempt<JsonObject>(`take part ${number}`, async () => {
        const { partNumber, etag } = await upload(uploadId).uploadPart(number, body);
        return { partNumber, etag };
      }),
    finish: async (uploadId, parts) =>
      (await attempt("put the parts together", async () => {
        await upload(uploadId).complete(parts as unknown as { partNumber: number; etag: string }[]);
        return true;
      })) ?? false,
    async abort(uploadId) {
      await attempt("abort an upload", () => upload(uploadId).abort());
    },
    async head() {
      const found = await attempt("tell the size", () => bucket.head(key));
      return found ? { size: found.size, upload: found.customMetadata?.[UPLOAD_MARK] } : undefined;
    },
    async putRest(slot, body) {
      await attempt("store the bytes that fill no part yet", () => bucket.put(restKey(key, slot), body));
    },
    getRest: (slot) =>
      attempt("return the bytes that fill no part yet", async () => {
        const found = await bucket.get(restKey(key, slot));
        return found ? new Uint8Array(await found.arrayBuffer()) : undefined;
      }),
    async deleteRest(slot) {
      await attempt("delete the bytes that fill no part yet", () => bucket.delete(restKey(key, slot)));
    },
  };
}

/** R2 says what is wrong in words that end with a number in brackets. */
function codeOf(error: unknown): number | undefined {
  const found = isError(error) ? /\((\d{5})\)\s*$/.exec(error.message) : undefined;
  return found ? Number(found[1]) : undefined;
}

// Of Cloudflare's list: 10001 is an error of theirs, 10043 and 10054 a busy store, 10058 too many requests. What comes
// without a number is a connection that broke.
function statusOf(code: number | undefined): number | undefined {
  if (code === undefined) return undefined;
  if (code === 10_058) return 429;
  if (code === 10_001 || code === 10_043 || code === 10_054) return 503;
  return code === 10_006 ? 404 : 400;
}
