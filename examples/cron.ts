// One short invocation after another, as a cron job, a queue consumer or an edge function has them: each takes the job
// from a store, does one thing, and says when to be called again. `npm run build && node examples/cron.ts`.
import { createExportClient, type ExportJob } from "exportkit";
import { serveAuthgear } from "./demo/authgear.ts";

await using vendor = await serveAuthgear(1_000);
const store = new Map<string, string>();

/** One invocation. Returns in how many ms it wants to be called again; `undefined` when all is done. */
async function invoke(): Promise<number | undefined> {
  const client = createExportClient({ providers: { users: vendor.provider } });
  const stored = store.get("job");
  const job: ExportJob = stored
    ? await client.pollExport(client.parseJob(JSON.parse(stored)))
    : await client.startExport("users", { format: "ndjson" });
  store.set("job", JSON.stringify(job));
  console.log(`the job is ${job.status} after ${job.polls} polls`);
  if (job.status === "pending" || job.status === "running") return job.retryAfterMs;

  let records = 0;
  for await (const _user of await client.download(client.parseJob(job))) records += 1;
  console.log(`${records} records`);
  return undefined;
}

for (let wait = await invoke(); wait !== undefined; wait = await invoke()) {
  await new Promise((resolve) => setTimeout(resolve, wait));
}
