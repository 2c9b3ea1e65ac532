// How long a paged export takes with pages fetched ahead: `npm run bench:prefetch [latency in ms]`.
// Every page takes the same time to be answered; what is measured is how much of that passes at the same time.
import { createExportClient } from "exportkit";
import { createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";

const latencyMs = Number(process.argv[2] ?? 100);
const pages = 40;
const pageSize = 100;
const keys = { accessKey: "bench", secretKey: "not-a-secret" };

interface Result {
  readonly seconds: number;
  readonly mostPages: number;
  readonly ids: readonly string[];
}

async function run(prefetchPages: number): Promise<Result> {
  const emulator = createZephrEmulator({
    keys: { [keys.accessKey]: keys.secretKey },
    users: pages * pageSize,
    latencyMs,
  });
  // Counted as held: asked for, and not handed over to its last record yet.
  let asked = 0;
  let handedOver = 0;
  let mostPages = 0;
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: emulator.endpoint, ...keys }) },
    fetch: (input, init) => {
      asked += 1;
      mostPages = Math.max(mostPages, asked - handedOver);
      return emulator.fetch(input, init);
    },
    prefetchPages,
  });
  const job = await client.startExport("readers", { pageSize });
  asked = 0;
  const begun = performance.now();
  const ids: string[] = [];
  for await (const item of await client.download(job)) {
    ids.push(item.user.user_id);
    handedOver = Math.floor(ids.length / pageSize);
  }
  return { seconds: (performance.now() - begun) / 1000, mostPages, ids };
}

console.log(`${pages} pages of ${pageSize} users, ${latencyMs} ms a page`);
console.log("prefetch   seconds   times as fast   most pages held");
let alone: Result | undefined;
for (const prefetchPages of [1, 2, 4, 8]) {
  const result = await run(prefetchPages);
  alone ??= result;
  if (result.ids.join() !== alone.ids.join()) throw new Error("the records came in another order");
  // Zephr tells totals, so as many again may wait.
  const mostHeld = prefetchPages > 1 ? 2 * prefetchPages : 1;
  if (result.mostPages > mostHeld) throw new Error(`${result.mostPages} pages were held at once`);
  const factor = alone.seconds / result.seconds;
  console.log(
    String(prefetchPages).padEnd(9),
    result.seconds.toFixed(2).padStart(8),
    factor.toFixed(1).padStart(15),
    String(result.mostPages).padStart(17),
  );
  if (prefetchPages === 4 && factor < 3)
    throw new Error("a prefetch of 4 must be at least 3 times as fast as none");
}
