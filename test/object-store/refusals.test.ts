import { gunzipSync } from "node:zlib";
import { createExportClient } from "exportkit";
import {
  abortUpload,
  s3Target,
  type UploadOptions,
  type UploadState,
  uploadExport,
} from "exportkit/object-store";
import { createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { rejection, thrown } from "../support/outcome.js";
import { finishedExports } from "./finished-exports.js";
import { memoryStore } from "./memory-target.js";

/** An upload that was ended after its second part, as JSON has its state. */
async function begun(options: UploadOptions = {}) {
  const { client, job } = await finishedExports.authgear();
  const store = memoryStore();
  let stored = "";
  const enough = new Error("enough");
  const onState = (state: UploadState) => {
    stored = JSON.stringify(state);
    if (state.parts.length === 2) throw enough;
  };
  const first = uploadExport(client, job, store.target, { partBytes: 3_500, onState, ...options });
  expect(await rejection(first)).toBe(enough);
  return { client, job, store, state: JSON.parse(stored) as UploadState };
}

describe("a state is refused", () => {
  it.each<[string, (state: UploadState) => unknown]>([
    ["version", (state) => ({ ...state, version: 2 })],
    ["connection", (state) => ({ ...state, connection: "others" })],
    ["jobId", (state) => ({ ...state, jobId: "another" })],
    ["target", (state) => ({ ...state, target: "memory:other" })],
    ["layout", (state) => ({ ...state, layout: { format: "csv", gzip: false } })],
    ["bytes", (state) => ({ ...state, bytes: state.bytes + 1 })],
    ["bytes", (state) => ({ ...state, uploadId: undefined })],
    ["state", (state) => JSON.stringify(state)],
    ["rest.slot", (state) => ({ ...state, rest: { ...state.rest, slot: "../../etc" } })],
  ])("by its %s", async (field, change) => {
    const { client, job, store, state } = await begun();
    const before = store.calls.length;
    const error = await rejection(uploadExport(client, job, store.target, { state: change(state) }));
    expect(error).toMatchObject({ code: "JOB_INVALID" });
    expect(JSON.stringify(error)).toContain(field);
    expect(store.calls).toHaveLength(before);
  });

  it("where what lay beside the object is another state's", async () => {
    const { client, job, store, state } = await begun();
    store.objects.set(`users.ndjson.rest-${state.rest?.slot}`, { bytes: Buffer.from("{}") });
    const error = await rejection(uploadExport(client, job, store.target, { state }));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { reason: "rest-gone" } });
  });

  it("where its upload was aborted meanwhile", async () => {
    const { client, job, store, state } = await begun();
    store.uploads.clear();
    const error = await rejection<Error>(uploadExport(client, job, store.target, { state }));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { reason: "upload-gone" } });
    expect(error.message).toContain("without a state");
  });
});

it("a state whose absent members a mapper wrote as null is resumed", async () => {
  const csv = { format: "csv", delimiter: ";" } as const;
  const { client, job, store, state } = await begun(csv);
  const layout = { ...state.layout, newline: null };
  const mapped = { records: null, checkpoint: null, rest: null, ...state, layout };
  const result = await uploadExport(client, job, store.target, { ...csv, state: mapped });
  expect(result.complete).toBe(true);
});

it("options that differ only in their order are the same", async () => {
  const csv = { format: "csv", delimiter: ";", bom: true } as const;
  const { client, job, store, state } = await begun(csv);
  const result = await uploadExport(client, job, store.target, {
    bom: true,
    delimiter: ";",
    format: "csv",
    state,
  });
  expect(result.complete).toBe(true);
});

it.each([
  ["options", undefined],
  ["prefix", { prefix: "nightly/" }],
  ["params", { params: { ContentLanguage: 5 } }],
  ["bucket", { bucket: "exports/nightly" }],
  ["key", { key: "" }],
  ["endpoint", { endpoint: "https://store.example" }],
])("a wrong option of s3Target is named: %s", (field, options) => {
  const client = { send: async () => ({}) };
  const given = options && { client, bucket: "exports", key: "users.ndjson", ...options };
  expect(thrown(() => s3Target(given as never))).toMatchObject({
    code: "CONFIG_INVALID",
    details: { field },
  });
});

it.each<[string, UploadOptions]>([
  ["partBytes", { partBytes: 999 }],
  ["partBytes", { partBytes: 2_000.5 }],
  ["format", { format: "parquet" as never }],
  ["delimiter", { format: "ndjson", delimiter: ";" }],
  ["onInvalid", { onInvalid: "skip" }],
  ["signal", { signal: {} as never }],
  ["budget", { budget: {} }],
  ["gzip", { gzip: "yes" as never }],
  ["storeRetry.retries", { storeRetry: { retries: -1 } }],
  ["checkpoint", { checkpoint: {} } as never],
])("a wrong option is named: %s", async (field, options) => {
  const { client, job } = await finishedExports.authgear();
  const store = memoryStore();
  const error = await rejection<Error>(uploadExport(client, job, store.target, options));
  expect(error).toMatchObject({ code: "CONFIG_INVALID" });
  expect(error.message).toContain(field.split(".").at(-1));
  expect(store.calls).toEqual([]);
});

it("a complete upload costs no request", async () => {
  const { client, job } = await finishedExports.zephr();
  const store = memoryStore();
  const { state, size, records } = await uploadExport(client, job, store.target, { format: "csv" });
  const before = store.calls.length;
  const again = await uploadExport(client, job, store.target, { format: "csv", state });
  expect(again).toMatchObject({ complete: true, size, records, state });
  await abortUpload(store.target, state);
  expect(store.calls).toHaveLength(before);
});

it("more parts than the store takes are LIMIT_EXCEEDED, and named", async () => {
  const { client, job } = await finishedExports.authgear();
  const store = memoryStore({ maxParts: 3 });
  const error = await rejection<Error>(uploadExport(client, job, store.target, { partBytes: 1_000 }));
  expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: 3 } });
  expect(error.message).toContain("partBytes");
});

it("an abort ends it with its reason, and what came is kept", async () => {
  const { client, job, reference } = await finishedExports.authgear();
  const store = memoryStore();
  const controller = new AbortController();
  const reason = new Error("enough");
  let state: UploadState | undefined;
  const options = {
    partBytes: 4_000,
    onState: (told: UploadState) => {
      state = told;
    },
  };
  store.intercept = () => {
    if (store.calls.filter((call) => call === "part").length === 2) controller.abort(reason);
  };
  const { signal } = controller;
  expect(await rejection(uploadExport(client, job, store.target, { ...options, signal }))).toBe(reason);
  store.intercept = () => {};
  expect(state?.bytes).toBeGreaterThan(0);
  await uploadExport(client, job, store.target, { ...options, state });
  expect(store.objects.get("users.ndjson")?.bytes.equals(await reference("raw"))).toBe(true);
});

it("a store that never answers is given up", async () => {
  const { client, job } = await finishedExports.zephr();
  const store = memoryStore();
  store.intercept = () => new Promise(() => {});
  const storeRetry = { timeoutMs: 5, retries: 1, minDelayMs: 0 };
  const error = await rejection(uploadExport(client, job, store.target, { storeRetry }));
  expect(error).toMatchObject({ code: "TIMEOUT", retryable: true });
  expect(store.calls).toEqual(["put", "put"]);
});

it.each([false, true])("an export without records is an empty object (gzip: %s)", async (gzip) => {
  const emulator = createZephrEmulator({ keys: { access: "secret" }, users: 0 });
  const readers = zephr({ baseUrl: emulator.endpoint, accessKey: "access", secretKey: "secret" });
  const client = createExportClient({ providers: { readers }, fetch: emulator.fetch });
  const job = await client.startExport("readers", {});
  const store = memoryStore();
  const { size } = await uploadExport(client, job, store.target, { format: "ndjson", gzip });
  const bytes = store.objects.get("users.ndjson")?.bytes ?? Buffer.from("none");
  expect(bytes.byteLength).toBe(size);
  expect((gzip ? gunzipSync(bytes) : bytes).byteLength).toBe(0);
});
