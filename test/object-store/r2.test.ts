import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import { createExportClient, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import {
  abortUpload,
  type R2BucketLike,
  r2Target,
  type UploadResult,
  type UploadState,
  uploadExport,
} from "exportkit/object-store";
import { authgearExportBytes, createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { collectBuffer } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

const token = "ready-made-token";
const MIB = 1024 * 1024;
const partBytes = 5 * MIB;

/** So many users make two parts and a smaller one; fewer, one and a smaller one. */
const [USERS, FEWER] = [11_500, 5_700];

let miniflare: Miniflare;
let bucket: R2BucketLike;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("upload-worker.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker"],
    alias: { "#once": fileURLToPath(new URL("../../src/transport/once/default.ts", import.meta.url)) },
    external: ["@aws-sdk/client-s3"],
    absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
    logLevel: "error",
  });
  miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? "",
    r2Buckets: ["BUCKET"],
    compatibilityDate: "2026-07-01",
    // Else Miniflare may ask Cloudflare for it.
    cf: false,
  });
  bucket = (await miniflare.getR2Bucket("BUCKET")) as unknown as R2BucketLike;
});
afterAll(() => miniflare.dispose());

async function exported(users = FEWER) {
  const emulator = createAuthgearEmulator({ tokens: [token], users, chunkBytes: 300_000 });
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: emulator.fetch,
  });
  const job = await client.pollExport(await client.startExport("users", { format: "ndjson" }));
  return { client, job: job as ExportJob<"users", { readonly format: "ndjson" }> };
}

const stored = async (key: string) =>
  Buffer.from((await (await bucket.get(key))?.arrayBuffer()) ?? new ArrayBuffer());

it("uploads to R2 in parts of one size, byte for byte, and leaves nothing beside the object", async () => {
  const { client, job } = await exported(USERS);
  const expected = await collectBuffer(authgearExportBytes({ format: "ndjson", users: USERS }));
  const states: UploadState[] = [];
  const { size } = await uploadExport(client, job, r2Target(bucket, "users.ndjson"), {
    partBytes,
    onState: (state) => {
      states.push(state);
    },
  });
  expect(size).toBe(expected.byteLength);
  expect(states.at(-1)?.parts).toHaveLength(3);
  expect((await stored("users.ndjson")).equals(expected)).toBe(true);
  expect(await bucket.head("users.ndjson")).toMatchObject({
    httpMetadata: { contentType: "application/x-ndjson" },
  });
  for (const slot of [0, 1]) expect(await bucket.head(`users.ndjson.rest-${slot}`)).toBeNull();
});

it("finishes what it finished before without telling anybody, and only that", async () => {
  const { client, job } = await exported();
  const target = r2Target(bucket, "killed.ndjson");
  let state: UploadState | undefined;
  const death = new Error("killed");
  const upload = (known: unknown, dies = false) =>
    uploadExport(client, job, target, {
      partBytes,
      state: known,
      onState: (told) => {
        if (dies && told.phase === "complete") throw death;
        state = JSON.parse(JSON.stringify(told));
      },
    });
  expect(await rejection(upload(undefined, true))).toBe(death);
  expect(state?.phase).toBe("finishing");
  const finishing = state;
  expect(await upload(finishing)).toMatchObject({ complete: true, size: finishing?.bytes });
  await upload(undefined);
  expect(await rejection(upload(finishing))).toMatchObject({ details: { reason: "upload-gone" } });
});

it("throws the parts of an upload away that is given up", async () => {
  const { client, job } = await exported();
  const target = r2Target(bucket, "given-up.ndjson");
  let state: UploadState | undefined;
  const options = {
    partBytes,
    onState: (told: UploadState) => {
      state = told;
      if (told.parts.length === 1) throw new Error("enough");
    },
  };
  await rejection(uploadExport(client, job, target, options));
  await abortUpload(target, state);
  expect(await bucket.head("given-up.ndjson.rest-0")).toBeNull();
  expect(await rejection(uploadExport(client, job, target, { partBytes, state }))).toMatchObject({
    code: "JOB_INVALID",
    details: { reason: "rest-gone" },
  });
  await abortUpload(target, state);
});

it("uploads from a Worker, in as many invocations as its budget takes", async () => {
  const emulator = createAuthgearEmulator({ tokens: [token], users: 3_000, chunkBytes: 50_000 });
  const served = await serveEmulator(emulator);
  onTestFinished(() => served.close());
  const { endpoint } = emulator;
  const client = createExportClient({ providers: { users: authgear({ endpoint, token }) } });
  const job = await client.pollExport(await client.startExport("users", { format: "ndjson" }));
  const download = await client.download(job);
  const csv = await collectBuffer(download.encode("csv"));
  let invocations = 0;
  let state: unknown;
  for (let complete = false; !complete; invocations += 1) {
    // The first ones have nothing to spend on the export itself.
    const body = JSON.stringify({ endpoint, token, job, state, requests: invocations < 2 ? 5 : undefined });
    const response = await miniflare.dispatchFetch("http://worker/", { method: "POST", body });
    expect(response.status).toBe(200);
    ({ complete, state } = (await response.json()) as UploadResult);
  }
  expect(invocations).toBe(3);
  expect(gunzipSync(await stored("from-worker.csv.gz")).equals(csv)).toBe(true);
}, 60_000);

it("asks for a bucket and a key", () => {
  expect(() => r2Target({} as never, "a")).toThrow(/bucket/);
  expect(() => r2Target(bucket, "")).toThrow(/key/);
});
