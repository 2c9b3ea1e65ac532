// One short invocation after another, as a cron job, a queue consumer or an edge function has them: each takes the job
// and the checkpoint from a store, goes on for as long as its platform lets it, and stores where it got to.
// `npm run build && node examples/cron.ts`.
import { createBudget, createExportClient } from "exportkit";
import { serveAuthgear } from "./demo/authgear.ts";

await using vendor = await serveAuthgear(20_000);
const store = new Map<string, string>();
const delivered: string[] = [];

/** One invocation. Returns in how many ms it wants to be called again; `undefined` when all is done. */
async function invoke(): Promise<number | undefined> {
  const client = createExportClient({ providers: { users: vendor.provider } });
  // What the platform allows, less some time to store the place: here a tenth of a second, and 8 requests.
  const budget = createBudget({ deadline: Date.now() + 100, requests: 8 });
  const { job: known, checkpoint } = JSON.parse(store.get("export") ?? "{}");

  const save = (place: object) => store.set("export", JSON.stringify(place));

  const begun = known
    ? client.parseJob(known)
    : await client.startExport("users", { format: "ndjson" }, { budget });
  if (!known) save({ job: begun });
  const job = await client.waitForExport(begun, { budget });
  save({ job, checkpoint });
  if (job.status !== "succeeded") return job.retryAfterMs;

  const download = await client.download(job, { checkpoint, budget });
  for await (const user of download) delivered.push(String(user.sub));
  save({ job, checkpoint: download.checkpoint() });
  console.log(`${delivered.length} users, ${budget.requestsLeft} of 8 requests left`);
  if (download.complete) return undefined;
  // A vendor that asked for patience is left alone that long.
  return Math.max(0, (download.endedBy?.retryAt?.getTime() ?? 0) - Date.now());
}

let invocations = 1;
for (let wait = await invoke(); wait !== undefined; wait = await invoke()) {
  await new Promise((resolve) => setTimeout(resolve, wait));
  invocations += 1;
}
console.log(
  `${delivered.length} users in ${invocations} invocations, ${new Set(delivered).size} different ones`,
);
