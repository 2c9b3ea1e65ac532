// Bytes of the heap that each record takes, and requests that a download sends. Run by bench/limits.ts.
import { createExportClient, type ExportDownload } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { type Served, servedFile, servedPages } from "./users.ts";

const USERS = 4_000;
type Run = (download: ExportDownload<object>) => Promise<unknown>;

async function read(download: ExportDownload<object>): Promise<void> {
  for await (const user of download) if (!user) throw new Error("no user");
}

const encode =
  (format: "csv" | "ndjson"): Run =>
  async (download) => {
    const options = format === "csv" ? { columns: ["sub", "email", "name", "address.country"] } : {};
    for await (const bytes of download.encode(format, options)) if (!bytes) throw new Error("no bytes");
  };

const mark: Run = async (download) => {
  for await (const _ of download) download.checkpoint();
};

async function allocatedBy({ open }: Served, run: Run): Promise<number> {
  // What is compiled, too, lies on the heap, and is not of the records.
  for (let round = 0; round < 6; round++) await run(await open());
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const download = await open();
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    await run(download);
    rounds.push((process.memoryUsage().heapUsed - before) / USERS);
  }
  // The least: what else the process does comes on top.
  return Math.round(Math.min(...rounds));
}

const ndjson = await servedFile("ndjson", USERS);
const csv = await servedFile("csv", USERS);
const pages = await servedPages(USERS, 500);
const figures: { [name: string]: number } = {
  "bytes allocated for a record of NDJSON": await allocatedBy(ndjson, read),
  "bytes allocated for a record of CSV": await allocatedBy(csv, read),
  "bytes allocated for a record of a page": await allocatedBy(pages, read),
  "bytes allocated for a record encoded as CSV": await allocatedBy(ndjson, encode("csv")),
  "bytes allocated for a record encoded as NDJSON": await allocatedBy(ndjson, encode("ndjson")),
  "bytes allocated for a page's record with checkpoint()": await allocatedBy(pages, mark),
};

let sent = 0;
const counting =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  (...request) => {
    sent++;
    return fetch(...request);
  };
const keys = { accessKey: "bench", secretKey: "not-a-secret" };
const vendors = {
  users: createAuthgearEmulator({ tokens: ["token"], users: 1_000 }),
  readers: createZephrEmulator({ keys: { bench: "not-a-secret" }, users: 1_000 }),
};
const ofUsers = createExportClient({
  providers: { users: authgear({ endpoint: vendors.users.endpoint, token: "token" }) },
  fetch: counting(vendors.users.fetch),
});
const job = await ofUsers.waitForExport(await ofUsers.startExport("users", { format: "ndjson" }));
sent = 0;
await read(await ofUsers.download(job));
figures["requests of a download from Authgear"] = sent;
const ofReaders = createExportClient({
  providers: { readers: zephr({ baseUrl: vendors.readers.endpoint, ...keys }) },
  fetch: counting(vendors.readers.fetch),
});
const started = await ofReaders.startExport("readers", { pageSize: 100 });
sent = 0;
await read(await ofReaders.download(started));
figures["requests of a download of ten pages from Zephr"] = sent;
console.log(JSON.stringify(figures));
