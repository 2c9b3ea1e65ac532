// One export from start to last record, through the installed package, on whatever runtime this is loaded in.
// Plain JavaScript and Web APIs only; the configuration comes from the parent process, which serves the emulators.
import { createBudget, createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { advanceExport, beginExport } from "exportkit/durable";
import { zephr } from "exportkit/zephr";
import { upload } from "./reach.js";

/** Makes the provider of a vendor from the plain options that the parent passes. */
const providers = { authgear, avepoint, zephr };

export async function scenario({ vendor, options, request, pauseAfter, deadOrigin, silentOrigin }) {
  const seen = { retry: 0, resume: 0, refresh: 0 };
  const connect = (more = {}) =>
    createExportClient({
      ...more,
      providers: { export: providers[vendor](options) },
      retry: { minDelayMs: 5 },
      onEvent: (event) => {
        if (event.type in seen) seen[event.type] += 1;
      },
    });

  let client = connect();
  let job = await client.startExport("export", request);
  const polled = await client.pollExport(job);
  job = await client.waitForExport(polled);

  // The first part, then everything that is needed to go on as JSON, then the rest in another client.
  const keys = [];
  let checkpoint;
  const first = await client.download(job);
  for await (const record of first) {
    keys.push(keyOf(record));
    if (keys.length < pauseAfter) continue;
    checkpoint = first.checkpoint();
    break;
  }
  const stored = JSON.parse(JSON.stringify({ job, checkpoint }));
  client = connect();
  for await (const record of await client.download(client.parseJob(stored.job), {
    checkpoint: stored.checkpoint,
  })) {
    keys.push(keyOf(record));
  }

  // The same in invocations that end by their budgets.
  const budgeted = new Set();
  let invocations = 0;
  for (let place, complete = false; !complete && invocations < 50; invocations++) {
    const budget = createBudget({ deadline: Date.now() + 10_000, requests: 8 });
    const part = await connect().download(job, { checkpoint: place, budget });
    let taken = 0;
    for await (const record of part) {
      budgeted.add(keyOf(record));
      // As if its time were over.
      if (++taken === pauseAfter) budget.spend(8);
    }
    complete = part.complete;
    place = JSON.parse(JSON.stringify(part.checkpoint()));
  }

  // The same once more as bytes.
  let bytes = 0;
  const body = (await client.download(job)).toResponse().body;
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
  }

  return {
    keys: keys.length,
    distinct: new Set(keys).size,
    last: keys.at(-1),
    budgeted: budgeted.size,
    invocations,
    bytes,
    durable: await inSteps(connect, request),
    upload: await upload(connect, job),
    seen,
    refused: await failedStart(vendor, options, request, deadOrigin),
    silent: await failedStart(vendor, options, request, silentOrigin),
  };
}

/** A whole export in steps, each by a client of its own and from the state's JSON, as a queue would carry it. */
async function inSteps(connect, request) {
  const table = new Set();
  let kept = null;
  let isClaimed = false;
  const sink = {
    load: async () => JSON.parse(kept),
    async write({ records }, { after }) {
      for (const record of records) table.add(keyOf(record));
      kept = JSON.stringify(after);
    },
  };
  const claimStart = async () => {
    const isFirst = !isClaimed;
    isClaimed = true;
    return isFirst;
  };
  let state = beginExport("export", request);
  for (let step = 0; state.phase !== "done" && step < 200; step++) {
    const budget = { deadline: Date.now() + 10_000, requests: 20 };
    const carried = JSON.parse(JSON.stringify(state));
    state = await advanceExport(connect(), carried, { sink, claimStart, budget, batch: 150 });
    if (state.phase === "waiting") await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { phase: state.phase, records: state.records, distinct: table.size };
}

/** How a start is reported that finds no connection: network errors look different on every runtime. */
async function failedStart(vendor, options, request, origin) {
  const address = { ["endpoint" in options ? "endpoint" : "baseUrl"]: origin };
  const client = createExportClient({
    providers: { export: providers[vendor]({ ...options, ...address }) },
    retry: { retries: 1, minDelayMs: 1 },
    timeouts: { requestMs: 500 },
  });
  try {
    await client.startExport("export", request);
    return "started";
  } catch (error) {
    return ExportError.isInstance(error) ? error.code : String(error);
  }
}

const keyOf = (record) =>
  record.sub ?? record.user?.user_id ?? `${record.file}/${record.sheet}/${record.row}`;
