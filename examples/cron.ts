// One short invocation after another, as a cron job, a queue consumer or an edge function has them: each takes a few steps
// of the export, for as long as its platform lets it, and may be killed at any moment. `npm run build && node examples/cron.ts`.
import { createBudget, createExportClient } from "exportkit";
import type { AuthgearUser } from "exportkit/authgear";
import { advanceExport, beginExport, type Sink } from "exportkit/durable";
import { serveAuthgear } from "./demo/authgear.ts";

await using vendor = await serveAuthgear(20_000);

// Stands for a database: the users, the state of the export, and the claim on its start.
const users = new Map<string, AuthgearUser>();
let stored: string | undefined;
let claimed: string | undefined;

const sink: Sink<AuthgearUser> = {
  load: async () => (stored === undefined ? null : JSON.parse(stored)),
  // In a database: one transaction, so that users and state are stored together or not at all.
  async write({ records }, { before, after, claim }) {
    // Another invocation was faster, or has claimed the start again.
    if (stored !== undefined && stored !== JSON.stringify(before)) throw new Error("overtaken");
    if (claim !== undefined && claim !== claimed) throw new Error("claimed again");
    for (const user of records) users.set(user.sub, user);
    stored = JSON.stringify(after);
  },
};

// In a database: INSERT INTO claims (run, claim) VALUES ('users-2026-11-28', $1) ON CONFLICT DO NOTHING, and whether it did
// something. Without it, an invocation that is killed right behind the vendor's answer would make the next one start another export.
const claimStart = Object.assign(
  async (claim: string) => {
    const isFirst = claimed === undefined;
    claimed ??= claim;
    return isFirst;
  },
  {
    // Nothing was started: the vendor refused, or the invocation's time was over before anything was sent.
    async release(claim: string) {
      if (claimed === claim) claimed = undefined;
    },
  },
);

/** One invocation. Returns when it wants to be called again, in ms since the epoch; `undefined` when all is done. */
async function invoke(): Promise<number | undefined> {
  const client = createExportClient({ providers: { users: vendor.provider } });
  // What the platform allows, less some time to store the last batch: here a quarter of a second, and 12 requests.
  const budget = createBudget({ deadline: Date.now() + 250, requests: 12 });
  // The sink's own copy of the state wins over this one from the second invocation on.
  let state = beginExport("users", { format: "ndjson" });
  do state = await advanceExport(client, state, { sink, claimStart, budget });
  while (
    state.phase !== "done" &&
    state.wakeAt <= Date.now() &&
    Date.now() < budget.deadline &&
    budget.requestsLeft > 0
  );
  console.log(`${state.phase}: ${state.records} users, ${budget.requestsLeft} of 12 requests left`);
  return state.phase === "done" ? undefined : state.wakeAt;
}

let invocations = 1;
for (let at = await invoke(); at !== undefined; at = await invoke()) {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
  invocations += 1;
}
console.log(`${users.size} users in ${invocations} invocations`);
