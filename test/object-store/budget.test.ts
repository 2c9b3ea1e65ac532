import { createBudget, createExportClient, type ExportJob } from "exportkit";
import { type UploadState, uploadExport } from "exportkit/object-store";
import { createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { expect, it } from "vitest";
import { collectBuffer } from "../support/collect.js";
import { memoryStore } from "./memory-target.js";

const keys = { accessKey: "access", secretKey: "secret" };

async function listing(pages: number) {
  const emulator = createZephrEmulator({ keys: { [keys.accessKey]: keys.secretKey }, users: pages * 5 });
  let requests = 0;
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: emulator.endpoint, ...keys }) },
    fetch: (...call) => {
      requests += 1;
      return emulator.fetch(...call);
    },
  });
  const job = await client.startExport("readers", { pageSize: 5 });
  const expected = await collectBuffer((await client.download(job)).encode("ndjson"));
  return {
    client,
    job: job as ExportJob<"readers", { readonly pageSize: 5 }>,
    expected,
    requests: () => requests,
  };
}

it("a listing of 500 pages comes in invocations of 50 requests, those to the store included", async () => {
  const { client, job, expected, requests } = await listing(500);
  const store = memoryStore({ minPartBytes: 100_000 });
  let state: string | undefined;
  let invocations = 0;
  for (let complete = false; !complete; invocations += 1) {
    const before = requests() + store.calls.length;
    const result = await uploadExport(client, job, store.target, {
      format: "ndjson",
      partBytes: 100_000,
      state: state && JSON.parse(state),
      budget: createBudget({ requests: 50 }),
    });
    expect(requests() + store.calls.length - before).toBeLessThanOrEqual(50);
    if (!result.complete) expect(result.endedBy).toMatchObject({ code: "TIMEOUT" });
    ({ complete } = result);
    state = JSON.stringify(result.state);
  }
  expect(store.objects.get("users.ndjson")?.bytes.equals(expected)).toBe(true);
  expect([...store.objects.keys()]).toEqual(["users.ndjson"]);
  expect(invocations).toBeLessThan(15);
});

it("every invocation gets on, although all of them together make no part", async () => {
  const { client, job, expected } = await listing(40);
  const store = memoryStore({ minPartBytes: 5 * 1024 * 1024 });
  let state: UploadState | undefined;
  for (let complete = false; !complete; ) {
    const bytes: number = state?.bytes ?? 0;
    const result = await uploadExport(client, job, store.target, {
      format: "ndjson",
      state,
      budget: { requests: 12 },
    });
    ({ complete, state } = result);
    expect(state.bytes).toBeGreaterThan(bytes);
  }
  expect(store.objects.get("users.ndjson")?.bytes.equals(expected)).toBe(true);
  expect(store.calls).not.toContain("begin");
});

it("an upload that is told no states writes nothing between two parts", async () => {
  const { client, job } = await listing(40);
  const store = memoryStore();
  await uploadExport(client, job, store.target, { format: "ndjson", partBytes: 2_000 });
  expect(new Set(store.calls)).toEqual(new Set(["begin", "part", "finish"]));
});
