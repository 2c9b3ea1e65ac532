// The throughput of `uploadExport` into a real S3 server beside the bare driver's: the same bytes, in parts of the same size, by
// the AWS SDK's own commands, from a file, in one run and in turns. `npm run bench:object-store [users] [rounds]`. The vendor's
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

  async function bare(Key: string): Promise<void> {
    const about = { Bucket: bucket, Key };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(about));
    const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
    const source = await open(file);
    for (let at = 0; at < size; at += partBytes) {
      const Body = new Uint8Array(Math.min(partBytes, size - at));
      await source.read(Body, 0, Body.byteLength, at);
      const PartNumber = Parts.length + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...about, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    await source.close();
    await s3.send(new CompleteMultipartUploadCommand({ ...about, UploadId, MultipartUpload: { Parts } }));
  }
  const target = (key: string) => s3Target({ client: s3, bucket, key });
  const onState = (state: UploadState) => void JSON.stringify(state);
  const ways: readonly [string, (key: string) => Promise<unknown>][] = [
    ["bare driver, from a file", bare],
    ["uploadExport raw", (key) => uploadExport(client, job, target(key), { partBytes })],
    ["raw, told of states", (key) => uploadExport(client, job, target(key), { partBytes, onState })],
    ["uploadExport ndjson", (key) => uploadExport(client, job, target(key), { partBytes, format: "ndjson" })],
  ];
  console.log(`${(size / 1e6).toFixed(0)} MB in ${Math.ceil(size / partBytes)} parts`);
  const ratios = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    let barePerMs = 0;
    for (const [name, upload] of ways) {
      const key = name.replaceAll(" ", "-");
      const [startedAt, own] = [performance.now(), process.cpuUsage()];
      await upload(key);
      const ms = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(own);
      const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      const perMs = (ContentLength ?? 0) / ms;
      if (upload === bare) barePerMs = perMs;
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
  s3.destroy();
  console.log(`${Math.round((process.resourceUsage().maxRSS * 1024) / 1e6)} MB of memory at most`);
}
