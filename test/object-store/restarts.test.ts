import { createExportClient, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { abortUpload, type UploadState, uploadExport } from "exportkit/object-store";
import { type AuthgearEmulatorOptions, createAuthgearEmulator, createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collectBuffer } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { memoryStore } from "./memory-target.js";

const token = "ready-made-token";
const partBytes = 8_000;

/** An export of about 100 kB behind a store that proves nothing, and breaks where it is told to. */
async function unproven(options: AuthgearEmulatorOptions = {}) {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({
    tokens: [token],
    users: 150,
    chunkBytes: 3_000,
    etag: "none",
    clock,
    ...options,
  });
  const client = createExportClient({
    providers: { any: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: emulator.fetch,
    clock,
  });
  const started = await client.startExport("any", { format: "ndjson" });
  const job = (await client.pollExport(started)) as ExportJob<"any", { readonly format: "ndjson" }>;
  const expected = await collectBuffer((await client.download(job)).bytes());
  const breaks = (...afterBytes: readonly number[]) => {
    for (const bytes of afterBytes)
      emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: bytes } });
  };
  return { client, job, expected, breaks, emulator };
}

describe("an upload whose source has no validator", () => {
  it.each([true, false])(
    "restarts where it breaks off, in the same upload (told of states: %s)",
    async (isTold) => {
      const { client, job, expected, breaks } = await unproven();
      const store = memoryStore();
      breaks(30_000, 60_000, 45_000);
      const told: UploadState[] = [];
      const onState = (state: UploadState) => {
        const copy = JSON.parse(JSON.stringify(state)) as UploadState;
        // Plain JSON: nothing in it that a store would drop, such as a member that is undefined.
        expect(state).toStrictEqual(copy);
        told.push(copy);
      };
      const result = await uploadExport(client, job, store.target, { partBytes, ...(isTold && { onState }) });
      expect(result).toMatchObject({ complete: true, size: expected.byteLength });
      expect(result.state).toStrictEqual(JSON.parse(JSON.stringify(result.state)));
      expect(store.objects.get("users.ndjson")?.bytes.equals(expected)).toBe(true);
      expect([...store.objects.keys()]).toEqual(["users.ndjson"]);
      expect(store.uploads.size).toBe(0);
      expect(store.calls.filter((call) => call === "begin")).toHaveLength(1);
      // Whoever was told of a restart resumes behind it.
      const counts = told.map(({ parts }) => parts.length);
      expect(counts.filter((count, index) => count === 0 && index > 1)).toHaveLength(isTold ? 3 : 0);
    },
  );

  it("restarts from a state too, and gives up after three times, saying what to do", async () => {
    const { client, job, expected } = await unproven();
    const store = memoryStore();
    let state: UploadState | undefined;
    const enough = new Error("enough");
    const once = (given: UploadState | undefined) =>
      rejection<Error>(
        uploadExport(client, job, store.target, {
          partBytes,
          state: given && JSON.parse(JSON.stringify(given)),
          onState: (known) => {
            state = known;
            if (known.parts.length === 3) throw enough;
          },
        }),
      );
    for (let calls = 1; calls <= 4; calls++) expect(await once(state)).toBe(enough);
    const error = await once(state);
    expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: false });
    for (const word of ["4 times", "strong validator", "abortUpload", "without a state"])
      expect(error.message).toContain(word);
    await abortUpload(store.target, state);
    expect(store.uploads.size).toBe(0);
    expect(store.objects.size).toBe(0);
    const { size } = await uploadExport(client, job, store.target, { partBytes });
    expect(size).toBe(expected.byteLength);
  });

  it("gives up in one call as well, and leaves nothing where nobody has a state", async () => {
    const { client, job, breaks } = await unproven();
    const store = memoryStore();
    breaks(30_000, 30_000, 30_000, 30_000);
    const error = await rejection(uploadExport(client, job, store.target, { partBytes }));
    expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", cause: { cause: { code: "NETWORK" } } });
    expect(store.uploads.size).toBe(0);
  });
});

describe("an upload of which nobody has a state", () => {
  it.each(["the provider", "the store", "the signal"] as const)(
    "is aborted where it fails by %s",
    async (what) => {
      const { client, job, emulator } = await unproven({ etag: "strong" });
      const store = memoryStore();
      const controller = new AbortController();
      const reason = new Error("enough");
      if (what === "the provider")
        emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 40_000 } });
      store.intercept = (call) => {
        if (call !== "part" || store.calls.filter((name) => name === "part").length < 2) return;
        if (what === "the store") throw reason;
        if (what === "the signal") controller.abort(reason);
        else emulator.faults.add({ on: "artifact", times: 9, fault: { type: "missing" } });
      };
      const { signal } = controller;
      const error = await rejection(uploadExport(client, job, store.target, { partBytes, signal }));
      if (what === "the provider") expect(error).toMatchObject({ code: "ARTIFACT_MISSING" });
      else expect(error).toBe(reason);
      expect(store.calls).toContain("begin");
      expect(store.calls.at(-1)).toBe("abort");
      expect(store.uploads.size).toBe(0);
    },
  );

  it("is left alone where the caller has one, and the error stays what it is where the store does not abort", async () => {
    const { client, job } = await unproven();
    const reason = new Error("enough");
    const fails = (store: ReturnType<typeof memoryStore>) => (call: string) => {
      if (call === "abort" || store.calls.filter((name) => name === "part").length > 1) throw reason;
    };
    const known = memoryStore();
    known.intercept = fails(known);
    const states: UploadState[] = [];
    const onState = (state: UploadState) => void states.push(state);
    expect(await rejection(uploadExport(client, job, known.target, { partBytes, onState }))).toBe(reason);
    expect(known.uploads.size).toBe(1);
    const resumed = { partBytes, state: states.at(-1) };
    expect(await rejection(uploadExport(client, job, known.target, resumed))).toBe(reason);
    expect(known.uploads.size).toBe(1);

    const store = memoryStore();
    store.intercept = fails(store);
    expect(await rejection(uploadExport(client, job, store.target, { partBytes }))).toBe(reason);
  });
});
