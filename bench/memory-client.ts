// The measured process of bench/memory.ts.
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { zephr } from "exportkit/zephr";

const { options, format } = JSON.parse(process.argv[2] ?? "");
let bytes = 0;
const isPaged = format === "zephr";
const client = createExportClient({ providers: { users: isPaged ? zephr(options) : authgear(options) } });
const job = await client.waitForExport(await client.startExport("users", isPaged ? {} : { format }));
const download = await client.download(job, {
  onProgress: (progress) => {
    bytes = progress.bytes;
  },
});
const startedAt = performance.now();
let records = 0;
let heap = 0;
for await (const _user of download) {
  records += 1;
  if (records % 20_000 !== 1) continue;
  // What is left after a collection is what the download really holds; RSS also shows how lazily V8 collects.
  globalThis.gc?.();
  heap = Math.max(heap, process.memoryUsage().heapUsed);
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  JSON.stringify({
    records,
    bytes,
    seconds,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    heapMiB: heap / 2 ** 20,
  }),
);
