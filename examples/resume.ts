// A process that stops after some records, and another one that resumes: `npm run build && node examples/resume.ts`.
// Runs against the emulator; with your own connection nothing changes but the provider.
import { readFile, rm, writeFile } from "node:fs/promises";
import { createExportClient } from "exportkit";
import { serveAuthgear } from "./demo/authgear.ts";

await using vendor = await serveAuthgear(10_000);
const connect = () => createExportClient({ providers: { users: vendor.provider } });

async function firstProcess(): Promise<void> {
  const client = connect();
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  const download = await client.download(job);
  let taken = 0;
  // A plain loop, which is done with a user before it asks for the next: here checkpoint() is right. What reads ahead (a
  // pipeline, a queue, a pool) takes the checkpoints of download.batches().
  for await (const _user of download) {
    taken += 1;
    if (taken === 4_000) break; // as if the process were told to stop
  }
  await writeFile("resume.json", JSON.stringify({ job, checkpoint: download.checkpoint() }));
  console.log(`first process: ${taken} records`);
}

async function secondProcess(): Promise<void> {
  const client = connect();
  const { job, checkpoint } = JSON.parse(await readFile("resume.json", "utf8"));
  let taken = 0;
  for await (const _user of await client.download(client.parseJob(job), { checkpoint })) taken += 1;
  console.log(`second process: ${taken} records more`);
}

await firstProcess();
await secondProcess();
await rm("resume.json");
