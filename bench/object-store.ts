// The throughput of `uploadExport` into a real S3 server beside the bare driver's: the same bytes, in parts of the same size, by
// the AWS SDK's own commands, in one run and in turns. `npm run bench:object-store [users] [rounds]`. The bare driver reads once
// from a file and once from the vendor, which the ratios are to: what it takes to make the export is in both. The vendor's
// emulator and the S3 server run in processes of their own. Beside the time this process's share of the processor is told.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { saveExport } from "exportkit/node";
import { s3Target, type UploadState, uploadExport } from "exportkit/object-store";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { serveS3 } from "../test/object-store/served-s3.ts";

const token = "ready-made-token";
const users = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 3);
const partBytes = 8 * 1024 * 1024;
const bucket = "exports";

if (process.send) {
  const isStore = process.argv[4] === "store";
  const { endpoint } = isStore
    ? await serveS3()
    : await serveEmulator(createAuthgearEmulator({ tokens: [token], users }));
  process.send(endpoint);
} else {
  const served = (what: string) => fork(process.argv[1] ?? "", [String(users), "1", what]);
  const children = [served("vendor"), served("store")];
  const folder = await mkdtemp(join(tmpdir(), "exportkit-bench-"));
  try {
    const told = await Promise.all(children.map((child) => once(child, "message")));
    const [vendor, store] = told.map(([endpoint]) => String(endpoint));
    await measure(vendor ?? "", store ?? "", folder);
  } finally {
    for (const child of children) child.kill();
    await rm(folder, { recursive: true });
  }
}

async function measure(endpoint: string, store: string, folder: string): Promise<void> {
  const client = createExportClient({ providers: { users: authgear({ endpoint, token }) } });
  const s3 = new S3Client({
    endpoint: store,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
  });
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  const file = join(folder, "users.ndjson");
  const { bytes: size } = await saveExport(client, job, file);

  /** As most would write it: nothing is checked, and nothing can be resumed. */
  async function bare(Key: string, bodies: AsyncIterable<Uint8Array>): Promise<void> {
    const about = { Bucket: bucket, Key };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(about));
    const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
    for await (const Body of bodies) {
      const PartNumber = Parts.length + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...about, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...about, UploadId, MultipartUpload: { Parts } }));
  }
  async function* fromFile(): AsyncGenerator<Uint8Array> {
    const source = await open(file);
    for (let at = 0; at < size; at += partBytes) {
      const body = new Uint8Array(Math.min(partBytes, size - at));
      await source.read(body, 0, body.byteLength, at);
      yield body;
    }
    await source.close();
  }
  async function* fromVendor(): AsyncGenerator<Uint8Array> {
    const status = await fetch(`${endpoint}/_api/admin/users/export/${job.id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { result } = (await status.json()) as { readonly result: { readonly download_url: string } };
    const { body } = await fetch(result.download_url);
    let part = new Uint8Array(partBytes);
    let filled = 0;
    for await (let chunk of body as unknown as AsyncIterable<Uint8Array>) {
      while (chunk.byteLength > 0) {
        const piece = chunk.subarray(0, partBytes - filled);
        part.set(piece, filled);
        filled += piece.byteLength;
        chunk = chunk.subarray(piece.byteLength);
        if (filled < partBytes) continue;
        yield part;
        part = new Uint8Array(partBytes);
        filled = 0;
      }
    }
    if (filled > 0) yield part.subarray(0, filled);
  }
  const target = (key: string) => s3Target({ client: s3, bucket, key });
  const onState = (state: UploadState) => void JSON.stringify(state);
  const ways: readonly [string, (key: string) => Promise<unknown>][] = [
    ["bare driver, from a file", (key) => bare(key, fromFile())],
    ["bare driver, from vendor", (key) => bare(key, fromVendor())],
    ["uploadExport raw", (key) => uploadExport(client, job, target(key), { partBytes })],
    ["raw, told of states", (key) => uploadExport(client, job, target(key), { partBytes, onState })],
    ["uploadExport ndjson", (key) => uploadExport(client, job, target(key), { partBytes, format: "ndjson" })],
  ];
  console.log(`${(size / 1e6).toFixed(0)} MB in ${Math.ceil(size / partBytes)} parts`);
  const ratios = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    let barePerMs = 0;
    for (const [index, [name, upload]] of ways.entries()) {
      const key = name.replaceAll(" ", "-");
      const [startedAt, own] = [performance.now(), process.cpuUsage()];
      await upload(key);
      const ms = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(own);
      const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      const perMs = (ContentLength ?? 0) / ms;
      if (index < 2) barePerMs = perMs;
      const ratio = perMs / barePerMs;
      ratios.set(name, [...(ratios.get(name) ?? []), ratio]);
      const ownMs = Math.round((user + system) / 1_000);
      const speed = (perMs / 1_000).toFixed(0);
      console.log(
        `${name.padEnd(25)} ${speed.padStart(4)} MB/s (own ${ownMs} ms), ratio ${ratio.toFixed(2)}`,
      );
    }
  }
  for (const [name, all] of ratios) {
    const median = all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
    console.log(`median ratio of ${name}: ${median?.toFixed(2)}`);
  }
  // What is left after a collection is what an upload really holds.
  let held = 0;
  const collected = () => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    held = Math.max(held, (heapUsed + arrayBuffers) / 1e6);
  };
  await uploadExport(client, job, target("held"), { partBytes, onState: collected });
  s3.destroy();
  const rss = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  console.log(`${held.toFixed(0)} MB held at most, parts included; ${rss} MB of memory`);
}
