// Makes thousands of calls with one client and one signal, and tells what grew. Run it with --expose-gc.
import { getEventListeners } from "node:events";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  generateAuthgearKeys,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";

export interface GrowthReport {
  readonly calls: number;
  readonly requests: number;
  /** Live heap after the first rounds and after all of them, in bytes. */
  readonly before: number;
  readonly after: number;
  /** Listeners on the signal of all calls, now and at most. */
  readonly listeners: number;
  readonly mostListeners: number;
}

const WARM_UP = 80;
const ROUNDS = Number(process.argv[2]);

const { keyId, publicKey, privateKey } = await generateAuthgearKeys();
const users = createAuthgearEmulator({ keys: { [keyId]: publicKey }, users: 3 });
const access = createAvepointEmulator({
  clients: [{ clientId: "app", clientSecret: "client-secret" }],
  rows: 2,
});
const readers = createZephrEmulator({ keys: { key: "secret-key" }, users: 5 });
const emulators = [users, access, readers];
let requests = 0;
const client = createExportClient({
  providers: {
    users: authgear({ endpoint: users.endpoint, projectId: "myapp", keyId, privateKey }),
    access: avepoint({ dataCenter: "us", clientId: "app", clientSecret: "client-secret" }),
    readers: zephr({ baseUrl: readers.endpoint, accessKey: "key", secretKey: "secret-key" }),
  },
  fetch: async (input, init) => {
    requests += 1;
    const url = new URL(String(input));
    const emulator = emulators.find((each) => each.roleOf(url) !== undefined) ?? users;
    return emulator.fetch(input as string, init);
  },
});

const { signal } = new AbortController();
let mostListeners = 0;
let calls = 0;

const wishes = [
  ["users", { format: "ndjson" }],
  ["access", { report: "sitePermissions", siteUrls: ["https://a.example"] }],
  ["readers", { pageSize: 2 }],
] as const;

async function round(number: number): Promise<void> {
  for (const [connection, wish] of wishes) {
    const started = await client.startExport(connection as "users", wish as never, { signal });
    const job = await client.pollExport(started, { signal });
    const download = await client.download(job, { signal });
    mostListeners = Math.max(mostListeners, getEventListeners(signal, "abort").length);
    for await (const _ of download) if (number % 2 === 0) break;
    calls += 3;
  }
  // What the vendors remember is not the client's. Tokens are among it, so every round fetches a new one.
  for (const emulator of emulators) emulator.reset();
}

/** The live heap once everything that can go is gone. */
async function liveHeap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

for (let number = 0; number < WARM_UP; number++) await round(number);
const before = await liveHeap();
for (let number = 0; number < ROUNDS; number++) await round(number);
const after = await liveHeap();
const listeners = getEventListeners(signal, "abort").length;
const report: GrowthReport = { calls, requests, before, after, listeners, mostListeners };
process.stdout.write(JSON.stringify(report));
