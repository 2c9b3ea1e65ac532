// So many downloads at once in one process, each stopped at its first record: node many.ts COUNT [bare]
// Where it says "bare", they are read by fetch, a TextDecoder and JSON.parse alone, for what is not exportkit's.
import { servedFile } from "./users.ts";

const [count = "1000", way] = process.argv.slice(2);
const { open, body } = await servedFile("ndjson", 2_000);
const before = process.memoryUsage.rss();
const readers = await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const users: AsyncIterable<object> = way === "bare" ? usersOf(await body()) : await open();
    const reader = users[Symbol.asyncIterator]();
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

async function* usersOf(body: ReadableStream<Uint8Array>): AsyncGenerator<object> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}
