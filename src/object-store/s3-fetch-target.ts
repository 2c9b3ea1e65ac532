import { sha256Hex } from "../model/hex.js";
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

/** The part of an `AwsClient` of `aws4fetch` that is used: a `fetch` that signs. */
export interface S3FetchClient {
  /** Signs a request and sends it. */
  fetch(url: string, init: RequestInit & { aws?: { service?: string } }): Promise<Response>;
  /** The region that requests are signed for. */
  readonly region?: string | undefined;
}

interface S3Call extends TargetCall {
  readonly method: string;
  /** Default: the object's own. */
  readonly key?: string;
  readonly query?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array | string;
}

/** What a store answered, read to its end. */
interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The code of an error, which S3 also sends with a 200 where it noticed late. */
  readonly word: string | undefined;
}

/** An object of a store, by requests that the client signs. */
export function s3FetchTarget(
  client: S3FetchClient,
  { bucket, key, params }: S3Object,
  origin: string,
): UploadTarget {
  const name = `${origin}/${bucket}/${key}`;
  /** Sends it; rejects for every answer that is neither a success nor has one of the expected words. */
  const send = async (action: string, call: S3Call, expected: readonly string[] = []): Promise<S3Answer> => {
    let answer: S3Answer;
    try {
      const url = `${origin}/${bucket}/${(call.key ?? key).split("/").map(escapeSegment).join("/")}`;
      const body = typeof call.body === "string" ? new TextEncoder().encode(call.body) : call.body;
      const response = await client.fetch(`${url}${call.query ?? ""}`, {
        method: call.method,
        signal: call.signal,
        // The store checks the body against it.
        headers: { ...call.headers, "x-amz-content-sha256": await sha256Hex(body ?? new Uint8Array()) },
        aws: { service: "s3" },
        ...(body && { body: body as Uint8Array<ArrayBuffer> }),
      });
      answer = await read(response);
    } catch (cause) {
      throw storeError(name, action, { cause });
    }
    const { status, word } = answer;
    const isFine = status >= 200 && status < 300 && word === undefined;
    if (isFine || expected.includes(word ?? String(status))) return answer;
    // A late error of the store's own counts as one.
    throw storeError(name, action, { status: status < 300 ? 500 : status, word });
  };
  const making = ({ contentType, upload }: ObjectAbout) => ({
    ...params,
    "content-type": contentType,
    [`x-amz-meta-${UPLOAD_MARK}`]: upload,
  });
  const upload = (uploadId: string) => `uploadId=${encodeURIComponent(uploadId)}`;
  const gone = "NoSuchUpload";
  return {
    name,
    minPartBytes: MIN_PART_BYTES,
    maxParts: MAX_PARTS,
    async put(body, about, call) {
      await send("store the object", { ...call, method: "PUT", body, headers: making(about) });
    },
    async begin(about, call) {
      const action = "begin an upload";
      const answer = await send(action, {
        ...call,
        method: "POST",
        query: "?uploads=",
        headers: making(about),
      });
      const uploadId = tag(answer, "UploadId");
      if (!uploadId) throw storeError(name, action, { status: 500, word: "no UploadId" });
      return uploadId;
    },
    async part(uploadId, number, body, call) {
      const action = `take part ${number}`;
      const query = `?partNumber=${number}&${upload(uploadId)}`;
      const answer = await send(action, { ...call, method: "PUT", query, body }, [gone]);
      if (answer.word === gone) return undefined;
      const etag = answer.headers.get("etag");
      if (!etag) throw storeError(name, action, { status: 500, word: "no ETag" });
      return { number, etag };
    },
    async finish(uploadId, parts, call) {
      const list = parts.map(
        ({ number, etag }) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(String(etag))}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`;
      const query = `?${upload(uploadId)}`;
      const headers = { "content-type": "application/xml" };
      const answer = await send("put the parts together", { ...call, method: "POST", query, body, headers }, [
        gone,
      ]);
      return answer.word !== gone;
    },
    async abort(uploadId, call) {
      await send("abort an upload", { ...call, method: "DELETE", query: `?${upload(uploadId)}` }, [gone]);
    },
    async head(call) {
      // Without the right to list, a store says 403 of what is not there. An answer to HEAD has no body with a word.
      const answer = await send("tell the size", { ...call, method: "HEAD" }, ["404", "403"]);
      if (answer.status > 299) return undefined;
      const size = Number(answer.headers.get("content-length"));
      return { size, upload: answer.headers.get(`x-amz-meta-${UPLOAD_MARK}`) ?? undefined };
    },
    async putRest(slot, body, call) {
      const { "content-type": _, ...headers } = { "content-type": "", ...params };
      await send("store the bytes that fill no part yet", {
        ...call,
        method: "PUT",
        key: restKey(key, slot),
        body,
        headers,
      });
    },
    async getRest(slot, call) {
      const action = "return the bytes that fill no part yet";
      const at = restKey(key, slot);
      const answer = await send(action, { ...call, method: "GET", key: at }, ["NoSuchKey", "AccessDenied"]);
      return answer.status === 200 ? answer.bytes : undefined;
    },
    async deleteRest(slot, call) {
      await send(
        "delete the bytes that fill no part yet",
        { ...call, method: "DELETE", key: restKey(key, slot) },
        ["NoSuchKey"],
      );
    },
  };
}

async function read(response: Response): Promise<S3Answer> {
  const { status, headers } = response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const mayFail = status >= 300 || /xml/.test(headers.get("content-type") ?? "");
  const text = mayFail ? new TextDecoder().decode(bytes.subarray(0, 4_096)) : "";
  const word = /<Error>/.test(text) ? (/<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? "Error") : undefined;
  return { status, headers, bytes, word };
}

function tag({ bytes }: S3Answer, name: string): string | undefined {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(new TextDecoder().decode(bytes));
  return found?.[1]?.replace(/&lt;|&gt;|&quot;|&apos;|&amp;/g, (entity) => ENTITIES[entity] ?? entity);
}

const ENTITIES: { readonly [entity: string]: string } = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}

/** As the signature wants it: everything but letters, digits and `-_.~`. */
function escapeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
