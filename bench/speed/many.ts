// So many downloads at once in one process, each stopped at its first record: npm run bench -- many
import { servedFile } from "./users.ts";

const [count = "1000"] = process.argv.slice(2);
const { open } = await servedFile("ndjson", 2_000);
const before = process.memoryUsage.rss();
const readers = await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const reader = (await open())[Symbol.asyncIterator]();
    await reader.next();
    return reader;
  }),
);
const during = process.memoryUsage.rss();
globalThis.gc?.();
const heap = process.memoryUsage().heapUsed;
let users = 0;
await Promise.all(
  readers.map(async (reader) => {
    for (let step = await reader.next(); !step.done; step = await reader.next()) users++;
  }),
);
if (users !== Number(count) * 1_999) throw new Error(`${users} users came`);
const most = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ count: Number(count), before, during, heap, most }));
