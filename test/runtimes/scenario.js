// One export from start to last record, through the installed package, on whatever runtime this is loaded in.
// Plain JavaScript and Web APIs only; the configuration comes from the parent process, which serves the emulators.
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";

/** Makes the provider of a vendor from the plain options that the parent passes. */
const providers = { authgear };

export async function scenario({ vendor, options, request, pauseAfter }) {
  const seen = { retry: 0, resume: 0, refresh: 0 };
  const connect = () =>
    createExportClient({
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
  for await (const record of await client.download(job)) {
    keys.push(keyOf(record));
    if (keys.length === pauseAfter) break;
  }
  const first = await client.download(job);
  let count = 0;
  for await (const _ of first) {
    count += 1;
    if (count === pauseAfter) {
      checkpoint = first.checkpoint();
      break;
    }
  }
  const stored = JSON.parse(JSON.stringify({ job, checkpoint }));
  client = connect();
  for await (const record of await client.download(client.parseJob(stored.job), { checkpoint: stored.checkpoint })) {
    keys.push(keyOf(record));
  }

  // The same once more as bytes.
  let bytes = 0;
  const body = (await client.download(job)).toResponse().body;
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
  }

  return { keys: keys.length, distinct: new Set(keys).size, last: keys.at(-1), bytes, seen, refused: await refused(vendor, options, request) };
}

/** How a connection that nobody answers is reported: network errors look different on every runtime. */
async function refused(vendor, options, request) {
  const client = createExportClient({
    providers: { export: providers[vendor]({ ...options, ...deadAddress(options) }) },
    retry: { retries: 1, minDelayMs: 1 },
  });
  try {
    await client.startExport("export", request);
    return "started";
  } catch (error) {
    return ExportError.isInstance(error) ? error.code : String(error);
  }
}

// Port 9 is "discard"; nobody listens there.
const deadAddress = (options) => ({ ["endpoint" in options ? "endpoint" : "baseUrl"]: "http://127.0.0.1:9" });

const keyOf = (record) => record.sub ?? record.user?.user_id ?? `${record.file}/${record.sheet}/${record.row}`;
