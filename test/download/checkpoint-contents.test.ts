import { type Checkpoint, createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { expect, it } from "vitest";
import { authgearExport, token } from "../artifact/authgear-export.js";
import { drain } from "../artifact/drain.js";
import { scriptedStore } from "../artifact/scripted-store.js";
import { breaking, etag, file, part, whole } from "../artifact/store-answers.js";
import { afterSome, stored } from "./stored-checkpoint.js";

it("a checkpoint is plain JSON, and says no more than it must", async () => {
  const run = await authgearExport();
  const checkpoint = await afterSome(run);
  expect(checkpoint).toEqual({
    version: 1,
    connection: "users",
    jobId: run.job.id,
    mode: "records",
    position: { offset: expect.any(Number), record: 10, line: 11 },
    artifact: { validator: { kind: "etag", value: expect.any(String) }, size: run.whole.length },
  });
});

it("no credential, URL or signature is in a checkpoint", async () => {
  const urls: URL[] = [];
  const run = await authgearExport({ request: { format: "csv" } }, {});
  const client = createExportClient({
    providers: { users: authgear({ endpoint: run.emulator.endpoint, token }) },
    clock: run.clock,
    fetch: (input, init) => {
      urls.push(new URL(new Request(input).url));
      return run.emulator.fetch(input, init);
    },
  });
  const texts: string[] = [];
  for (const open of ["records", "bytes", "ndjson", "csv"] as const) {
    const download = await client.download(run.job);
    if (open === "records") for await (const _ of download) break;
    else if (open === "bytes") await download.bytes().getReader().read();
    else await download.encode(open).getReader().read();
    texts.push(JSON.stringify(download.checkpoint()));
    await download[Symbol.asyncDispose]();
  }
  const text = texts.join("\n");
  const secrets = urls
    .flatMap(({ searchParams }) => [...searchParams.values()])
    .filter(({ length }) => length > 8);
  expect(secrets.length).toBeGreaterThan(4);
  for (const secret of [token, ...secrets]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/https?:|X-Goog|earer/);
});

it("a checkpoint of records can be resumed as another form of records", async () => {
  const run = await authgearExport({ users: 20 });
  const checkpoint = await afterSome(run, 5);
  const bytes = run.client.download(run.job, { checkpoint }).then((download) => download.encode("ndjson"));
  const text = await new Response(await bytes).text();
  expect(text.trimEnd().split("\n")).toHaveLength(15);
});

it("a checkpoint of a file that has changed is ARTIFACT_CHANGED, before any record", async () => {
  const run = await authgearExport();
  const checkpoint = await afterSome(run);
  run.emulator.changeObjects();
  await expect(run.client.download(run.job, { checkpoint })).rejects.toMatchObject({
    code: "ARTIFACT_CHANGED",
    retryable: false,
  });
});

it("a checkpoint at the beginning holds to the file too", async () => {
  const run = await authgearExport();
  const first = await run.client.download(run.job);
  const checkpoint = stored(first.checkpoint());
  await first[Symbol.asyncDispose]();
  expect(checkpoint).toMatchObject({
    position: { offset: 0, record: 0 },
    artifact: { size: run.whole.length },
  });
  expect(await drain(run.client.download(run.job, { checkpoint }))).toEqual({ bytes: run.whole });
  run.emulator.changeObjects();
  await expect(run.client.download(run.job, { checkpoint })).rejects.toMatchObject({
    code: "ARTIFACT_CHANGED",
  });
});

it("a checkpoint of a job that is gone is EXPORT_EXPIRED", async () => {
  const run = await authgearExport();
  const checkpoint = await afterSome(run);
  run.clock.advance(25 * 60 * 60 * 1000);
  await expect(run.client.download(run.job, { checkpoint })).rejects.toMatchObject({
    code: "EXPORT_EXPIRED",
  });
});

it.each(["records", "bytes", "ndjson", "csv"] as const)(
  "at the exact end %s has nothing more",
  async (mode) => {
    const run = await authgearExport();
    const read = async (checkpoint?: Checkpoint) => {
      const download = await run.client.download(run.job, { checkpoint });
      let pieces = 0;
      const source =
        mode === "records" ? download : mode === "bytes" ? download.bytes() : download.encode(mode);
      for await (const _ of source) pieces += 1;
      return { pieces, checkpoint: stored(download.checkpoint()) };
    };
    const first = await read();
    expect(first.pieces).toBeGreaterThan(0);
    expect(first.checkpoint.position.offset).toBe(run.whole.length);
    const sent = run.requests().length;
    const second = await read(first.checkpoint);
    expect(second.pieces).toBe(0);
    expect(second.checkpoint).toEqual(first.checkpoint);
    expect(run.requests(), "the length is known, so nothing is asked").toHaveLength(sent);
  },
);

it("at the exact end of a file of unknown length the store is asked", async () => {
  const run = await authgearExport({ contentLength: false });
  const first = await run.client.download(run.job);
  for await (const _ of first);
  const checkpoint = stored(first.checkpoint());
  expect(checkpoint.artifact).not.toHaveProperty("size");
  expect(await drain(run.client.download(run.job, { checkpoint: { ...checkpoint, mode: "bytes" } }))).toEqual(
    {
      bytes: new Uint8Array(),
    },
  );
  expect(run.requests().at(-1)).toBe(`artifact 416 bytes=${run.whole.length}-`);
});

it("a checkpoint of a file without strong validator cannot be used, and says so", async () => {
  const run = await authgearExport({ etag: "weak" });
  const checkpoint = await afterSome(run);
  await expect(run.client.download(run.job, { checkpoint })).rejects.toMatchObject({
    code: "ARTIFACT_CHANGED",
  });
});

it("a checkpoint survives a store that takes no ranges", async () => {
  const store = scriptedStore([whole({}, breaking(0, 400, "silence")), whole()]);
  const first = await store.open();
  const reader = first.bytes().getReader();
  for (let chunks = 0; chunks < 4; chunks++) await reader.read();
  const checkpoint = stored(first.checkpoint());
  await reader.cancel();
  expect(await drain(store.open({ checkpoint }))).toEqual({ bytes: file.subarray(400) });
  expect(store.requests[1]?.headers).toMatchObject({ range: "bytes=400-", "if-range": etag });
});

it("a checkpoint of a compressed file resumes behind the bytes that are skipped", async () => {
  const compressed = { "content-encoding": "gzip", "content-length": "321" };
  const store = scriptedStore([whole(compressed), whole(compressed)]);
  const first = await store.open();
  const reader = first.bytes().getReader();
  for (let chunks = 0; chunks < 4; chunks++) await reader.read();
  const checkpoint = stored(first.checkpoint());
  await reader.cancel();
  expect(checkpoint.artifact).toMatchObject({ encoded: true });
  expect(await drain(store.open({ checkpoint }))).toEqual({ bytes: file.subarray(400) });
  expect(store.ranges).toEqual([undefined, undefined]);
});

it("the checkpoint stands behind what was handed over, and not behind what was read", async () => {
  const store = scriptedStore([whole(), part(100)]);
  const download = await store.open();
  const reader = download.bytes().getReader();
  expect(download.checkpoint().position.offset).toBe(0);
  for (let chunks = 1; chunks <= 3; chunks++) {
    await reader.read();
    expect(download.checkpoint().position.offset).toBe(chunks * 100);
  }
  await reader.cancel();
  expect(download.checkpoint().position.offset).toBe(300);
});
