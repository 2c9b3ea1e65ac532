import { createExportClient, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { abortUpload, s3Target, type UploadState, uploadExport } from "exportkit/object-store";
import { authgearExportBytes, createAuthgearEmulator } from "exportkit/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { collectBuffer } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { type ServedS3, serveS3 } from "./served-s3.js";

const token = "ready-made-token";
const MIB = 1024 * 1024;
const partBytes = 5 * MIB;
/** About 11 MiB: two parts and a smaller one. */
const users = 11_500;

let s3: ServedS3;
let expected: Buffer;

beforeAll(async () => {
  s3 = await serveS3();
  expected = await collectBuffer(authgearExportBytes({ format: "ndjson", users }));
  expect(expected.byteLength).toBeGreaterThan(2 * partBytes);
  expect(expected.byteLength % partBytes).toBeGreaterThan(0);
});
afterAll(() => s3.close());
beforeEach(() => {
  s3.requests.length = 0;
  s3.fault = () => undefined;
});

async function exported(count = users) {
  const emulator = createAuthgearEmulator({ tokens: [token], users: count, chunkBytes: 300_000 });
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: emulator.fetch,
  });
  const job = await client.pollExport(await client.startExport("users", { format: "ndjson" }));
  return { client, job: job as ExportJob<"users", { readonly format: "ndjson" }> };
}

const stored = async (key: string) => {
  s3.fault = () => undefined;
  return Buffer.from(await (await s3.get(key)).arrayBuffer());
};
const targets = {
  "@aws-sdk/client-s3": (key: string) => s3Target({ client: s3.sdk, bucket: s3.bucket, key }),
  aws4fetch: (key: string) => s3Target({ client: s3.aws, endpoint: s3.endpoint, bucket: s3.bucket, key }),
};
const clients = Object.keys(targets) as (keyof typeof targets)[];
const storeRetry = { minDelayMs: 0 };

describe.each(clients)("an upload to S3 by %s", (name) => {
  const targetOf = (key: string) => targets[name](`${name.replace(/\W/g, "")}/${key}`);
  const read = (key: string) => stored(`${name.replace(/\W/g, "")}/${key}`);

  it("is the export, byte for byte, in parts of one size", async () => {
    const { client, job } = await exported();
    const result = await uploadExport(client, job, targetOf("whole one.ndjson"), { partBytes });
    expect(result).toMatchObject({ complete: true, size: expected.byteLength });
    expect((await read("whole%20one.ndjson")).equals(expected)).toBe(true);
    expect(s3.requests.filter((line) => line === "PUT partNumber")).toHaveLength(3);
  });

  it("is made in one piece where it is smaller than a part, and has its type", async () => {
    const { client, job } = await exported(50);
    const result = await uploadExport(client, job, targetOf("small.csv"), { format: "csv" });
    expect(result).toMatchObject({ complete: true, records: 50 });
    expect(s3.requests).toEqual(["PUT"]);
    const key = `${name.replace(/\W/g, "")}/small.csv`;
    expect((await s3.get(key)).headers.get("content-type")).toMatch(/^text\/csv/);
    expect((await read("small.csv")).byteLength).toBe(result.size);
  });

  it.each(["503", "broken before", "broken after"] as const)(
    "outlasts every request that fails once (%s)",
    async (fault) => {
      const { client, job } = await exported();
      const failed = new Set<string>();
      const open = s3.openUploads() + (fault === "broken after" ? 1 : 0);
      // The second try of the same request gets through.
      s3.fault = (line) => {
        if (failed.has(line)) return undefined;
        failed.add(line);
        return fault;
      };
      const key = `outlasting ${fault}.ndjson`;
      const states: UploadState[] = [];
      const onState = (state: UploadState) => {
        states.push(state);
      };
      const result = await uploadExport(client, job, targetOf(key), { partBytes, storeRetry, onState });
      expect(result).toMatchObject({ complete: true, size: expected.byteLength });
      expect((await read(encodeURIComponent(key))).equals(expected)).toBe(true);
      expect(s3.openUploads()).toBe(open);
      expect([...failed]).toEqual(
        expect.arrayContaining(["POST uploads", "PUT partNumber", "POST uploadId", "PUT .rest-0"]),
      );
      expect(states.at(-1)?.phase).toBe("complete");
      expect((await read(`${encodeURIComponent(key)}.rest-0`)).toString()).toContain("NoSuchKey");
    },
  );

  it("was finished although nobody heard of it: the next call proves it by the object's mark", async () => {
    const { client, job } = await exported();
    let state: UploadState | undefined;
    s3.fault = (line) => (line === "POST uploadId" ? "broken after" : undefined);
    const options = { partBytes, storeRetry: { retries: 0 } };
    const error = await rejection(
      uploadExport(client, job, targetOf("finished.ndjson"), {
        ...options,
        onState: (told) => {
          state = told;
        },
      }),
    );
    expect(error).toMatchObject({ code: "NETWORK", retryable: true });
    expect(state?.phase).toBe("finishing");
    s3.fault = () => undefined;
    s3.requests.length = 0;
    const result = await uploadExport(client, job, targetOf("finished.ndjson"), { ...options, state });
    expect(result).toMatchObject({ complete: true, size: expected.byteLength });
    expect(s3.requests[0]).toBe("POST uploadId");
    expect(s3.requests[1]).toBe("HEAD");
  });

  it("cannot be resumed where the object at its key is another's", async () => {
    const { client, job } = await exported();
    let state: UploadState | undefined;
    s3.fault = (line) => (line === "POST uploadId" ? "broken before" : undefined);
    const target = targetOf("others.ndjson");
    const onState = (told: UploadState) => {
      state = told;
    };
    await rejection(uploadExport(client, job, target, { partBytes, storeRetry: { retries: 0 }, onState }));
    s3.fault = () => undefined;
    const open = s3.openUploads();
    await abortUpload(target, state);
    expect(s3.openUploads()).toBe(open - 1);
    await uploadExport(client, job, target, { partBytes });
    expect(await rejection(uploadExport(client, job, target, { partBytes, state }))).toMatchObject({
      code: "JOB_INVALID",
      details: { reason: "upload-gone" },
    });
    expect((await read("others.ndjson")).equals(expected)).toBe(true);
  });

  it("tells what a store refuses, without a secret", async () => {
    const { client, job } = await exported(50);
    const target =
      name === "aws4fetch"
        ? s3Target({ client: s3.aws, endpoint: s3.endpoint, bucket: "nowhere", key: "a" })
        : s3Target({ client: s3.sdk, bucket: "nowhere", key: "a" });
    const error = await rejection<Error>(uploadExport(client, job, target));
    expect(error).toMatchObject({ code: "NOT_FOUND", status: 404, details: { storeCode: "NoSuchBucket" } });
    expect(error.message).toContain("nowhere/a");
    expect(JSON.stringify(error)).not.toContain("Signature");
  });
});

it("asks for what it needs", () => {
  const client = s3.sdk;
  expect(() => s3Target({ client, bucket: "", key: "a" })).toThrow(/bucket/);
  expect(() => s3Target({ client, bucket: "b", key: "" })).toThrow(/key/);
  expect(() => s3Target({ client: {} as never, bucket: "b", key: "a" })).toThrow(/S3Client/);
  expect(() => s3Target({ client, bucket: "b", key: "a", endpoint: s3.endpoint })).toThrow(/endpoint/);
  const aws = s3.aws;
  expect(() => s3Target({ client: aws, bucket: "b", key: "a", endpoint: "x" })).toThrow(/endpoint/);
  expect(s3Target({ client: aws, bucket: "b", key: "a" }).name).toBe(
    "https://s3.us-east-1.amazonaws.com/b/a",
  );
});
