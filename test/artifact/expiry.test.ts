import type { StoreKind } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { authgearExport } from "./authgear-export.js";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { breaking, file, part, status, whole } from "./store-answers.js";

const stores: readonly StoreKind[] = ["gcs", "s3", "minio", "azure"];

describe.each(stores)("at %s", (store) => {
  it("a URL that ends between two attempts is signed again", async () => {
    // At the store the time is later than here, so that the URL seems good.
    let ahead = 0;
    const clock = { now: () => start + ahead };
    const start = Date.UTC(2026, 0, 1);
    // The refused answer has to give back its place, or there is none for the next request.
    const run = await authgearExport({ store, clock }, { limits: { requests: 1 } });
    run.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5_000 } });
    const download = await run.client.download(run.job);
    ahead = 61_000;
    expect(await drain(Promise.resolve(download))).toEqual({ bytes: run.whole });
    const refused = store === "gcs" ? 400 : 403;
    expect(run.requests()).toEqual([
      "locate 200",
      "artifact 200",
      `artifact ${refused} bytes=5000-`,
      "locate 200",
      "artifact 206 bytes=5000-",
    ]);
    expect(run.events.filter(({ type }) => type === "refresh")).toMatchObject([{ what: "url" }]);
  });

  it("a URL whose end is known is not tried", async () => {
    const run = await authgearExport({ store });
    run.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5_000 } });
    const download = await run.client.download(run.job);
    run.clock.advance(61_000);
    expect(await drain(Promise.resolve(download))).toEqual({ bytes: run.whole });
    expect(run.requests()).toEqual(["locate 200", "artifact 200", "locate 200", "artifact 206 bytes=5000-"]);
  });

  it("a URL that is good is used again", async () => {
    const run = await authgearExport({ store });
    run.emulator.faults.add({ on: "artifact", times: 2, fault: { type: "drop", afterBytes: 5_000 } });
    expect(await drain(run.client.download(run.job))).toEqual({ bytes: run.whole });
    expect(run.requests()).toEqual([
      "locate 200",
      "artifact 200",
      "artifact 206 bytes=5000-",
      "artifact 206 bytes=10000-",
    ]);
  });

  it("a URL that ends on its way to the store is replaced and tried again", async () => {
    const run = await authgearExport({ store });
    run.emulator.faults.add({ on: "artifact", fault: { type: "expire" } });
    expect(await drain(run.client.download(run.job))).toEqual({ bytes: run.whole });
    const refused = store === "gcs" ? 400 : 403;
    expect(run.requests()).toEqual(["locate 200", `artifact ${refused}`, "locate 200", "artifact 200"]);
  });

  it("refused for good, with a fresh URL each time, is FORBIDDEN after the budget", async () => {
    const run = await authgearExport({ store });
    run.emulator.faults.add({ on: "artifact", times: 100, fault: { type: "expire" } });
    const { error } = await drain(run.client.download(run.job));
    const [refused, storeCode] = {
      gcs: [400, "ExpiredToken"],
      s3: [403, "AccessDenied"],
      minio: [403, "AccessDenied"],
      azure: [403, "AuthenticationFailed"],
    }[store] as [number, string];
    expect(error).toMatchObject({
      code: "FORBIDDEN",
      status: refused,
      retryable: true,
      details: { storeCode },
    });
    const oneTry = ["locate 200", `artifact ${refused}`];
    expect(run.requests()).toEqual([...oneTry, ...oneTry, ...oneTry, ...oneTry]);
  });

  it("an object that is missing for good is ARTIFACT_MISSING at once", async () => {
    const run = await authgearExport({ store, outcome: "missing-object" });
    const { error } = await drain(run.client.download(run.job));
    expect(error).toMatchObject({
      code: "ARTIFACT_MISSING",
      status: 404,
      retryable: false,
      job: { id: run.job.id },
      details: { storeCode: store === "azure" ? "BlobNotFound" : "NoSuchKey" },
    });
    expect(run.requests()).toEqual(["locate 200", "artifact 404"]);
  });

  it("an object that goes missing on the way is ARTIFACT_MISSING after one fresh URL", async () => {
    let outcome: "completed" | "missing-object" = "completed";
    const run = await authgearExport({ store, outcome: () => outcome });
    run.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5_000 } });
    const download = await run.client.download(run.job);
    outcome = "missing-object";
    const { bytes, error } = await drain(Promise.resolve(download));
    expect(error).toMatchObject({ code: "ARTIFACT_MISSING" });
    expect(bytes).toEqual(run.whole.subarray(0, 5_000));
    expect(run.requests()).toEqual([
      "locate 200",
      "artifact 200",
      "artifact 404 bytes=5000-",
      "locate 200",
      "artifact 404 bytes=5000-",
    ]);
  });

  it("an object that changes between two attempts is ARTIFACT_CHANGED", async () => {
    const run = await authgearExport({ store });
    run.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5_000 } });
    const download = await run.client.download(run.job);
    run.emulator.changeObjects();
    const { bytes, error } = await drain(Promise.resolve(download));
    expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: false });
    expect(bytes).toEqual(run.whole.subarray(0, 5_000));
    // If-Range lets the store answer with the whole of the other file, which is not read. MinIO does not heed it.
    const answer = store === "minio" ? 206 : 200;
    expect(run.requests()).toEqual(["locate 200", "artifact 200", `artifact ${answer} bytes=5000-`]);
    expect(run.emulator.requests.at(-1)?.bytes).toBe(0);
  });
});

it("the provider forgets the job meanwhile: EXPORT_EXPIRED, and no further request", async () => {
  const run = await authgearExport();
  run.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5_000 } });
  const download = await run.client.download(run.job);
  run.clock.advance(25 * 60 * 60 * 1000);
  const { bytes, error } = await drain(Promise.resolve(download));
  expect(error).toMatchObject({
    code: "EXPORT_EXPIRED",
    retryable: false,
    connection: "users",
    job: { id: run.job.id },
  });
  expect(bytes).toEqual(run.whole.subarray(0, 5_000));
  expect(run.requests()).toEqual(["locate 200", "artifact 200", "locate 404"]);
});

it("a download of a job that is gone is EXPORT_EXPIRED", async () => {
  const run = await authgearExport();
  run.clock.advance(25 * 60 * 60 * 1000);
  await expect(run.client.download(run.job)).rejects.toMatchObject({ code: "EXPORT_EXPIRED" });
  expect(run.requests()).toEqual(["locate 404"]);
});

it("without a known end every request has its own URL", async () => {
  const store = scriptedStore(
    [whole({}, breaking(0, 400)), part(400, 700, {}, breaking(400, 700)), part(700)],
    {
      locate: () => ({ expiresAt: undefined }),
    },
  );
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.located).toBe(3);
  expect(new Set(store.requests.map(({ url }) => url.search)).size).toBe(3);
});

it.each([
  ["a moment", 1_500, 2],
  ["long enough for a request to arrive", 2_500, 1],
])("a URL that is good for %s", async (_, forMs, located) => {
  const store = scriptedStore([whole({}, breaking(0, 400)), part(400)], {
    locate: (): { readonly expiresAt: Date } => ({ expiresAt: new Date(store.clock.now() + forMs) }),
    client: { random: () => 0 },
  });
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.located).toBe(located);
});

it.each([400, 401, 403, 410, 412])(
  "HTTP %i to a URL that seemed good: a fresh one is tried once, and at once",
  async (code) => {
    const store = scriptedStore([whole({}, breaking(0, 400)), status(code), part(400)]);
    expect(await drain(store.open())).toEqual({ bytes: file });
    expect([store.located, store.events]).toEqual([2, ["open", "resume", "refresh", "end"]]);
  },
);

it.each([201, 204, 304])("HTTP %i is no word against the URL", async (code) => {
  const store = scriptedStore([whole({}, breaking(0, 400)), status(code), part(400)]);
  expect((await drain(store.open())).error).toMatchObject({ code: "RESPONSE_INVALID", status: code });
  expect([store.located, store.requests.length]).toEqual([1, 2]);
});

it("the URL of a failed locate is no URL: the retry is the artifact's, and not its square", async () => {
  const run = await authgearExport({}, { retry: { retries: 3 } });
  run.emulator.faults.add({ on: "poll", times: 100, fault: { type: "status", status: 502 } });
  await expect(run.client.download(run.job)).rejects.toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
  expect(run.requests()).toEqual(["locate 502", "locate 502", "locate 502", "locate 502"]);
});

it("a locate that fails a few times does not end a download", async () => {
  const run = await authgearExport();
  run.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5_000 } });
  run.emulator.faults.add({ on: "poll", after: 1, times: 3, fault: { type: "reset" } });
  const download = await run.client.download(run.job);
  run.clock.advance(61_000);
  expect(await drain(Promise.resolve(download))).toEqual({ bytes: run.whole });
  expect(run.requests().slice(2)).toEqual([
    "locate lost",
    "locate lost",
    "locate lost",
    "locate 200",
    "artifact 206 bytes=5000-",
  ]);
});
