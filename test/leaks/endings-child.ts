// Brings exports of three vendors to every end, over sockets and with real timers, and tells what is left after each.
// Its argument is `VendorAddresses` as JSON.
import { getEventListeners } from "node:events";
import { request } from "node:http";
import { createExportClient, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { zephr } from "exportkit/zephr";
import { endings } from "./endings.js";
import { countTimers } from "./timers.js";

export interface VendorAddresses {
  readonly token: string;
  /** Takes faults, and tells how many answers are unfinished. */
  readonly control: string;
  readonly users: string;
  readonly access: string;
  readonly readers: string;
}

export interface EndingReport {
  readonly vendor: string;
  readonly ending: string;
  /** `"done"`, an error's code, or its name. */
  readonly outcome: string;
  /** Answers that the vendor is still at, although nobody reads them. */
  readonly open: number;
  readonly timers: number;
  /** Listeners on the caller's signal. */
  readonly listeners: number;
  readonly unhandled: readonly string[];
}

const { token, control, users, access, readers } = JSON.parse(process.argv[2] ?? "") as VendorAddresses;
const client = createExportClient({
  providers: {
    users: authgear({ endpoint: users, token }),
    access: avepoint({ baseUrl: access, tokenUrl: `${access}/connect/token`, token }),
    readers: zephr({ baseUrl: readers, accessKey: "key", secretKey: "secret-key" }),
  },
  retry: { retries: 3, minDelayMs: 1, maxDelayMs: 2 },
});
const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));

/** Not by fetch: this request must not be among those that are watched. */
function ask(query: string): Promise<{ readonly open: number }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${control}/?${query}`, { agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve(JSON.parse(text)));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Asks again until it is so many, or clear that it will not be. */
async function answersOpen(wanted: (open: number) => boolean): Promise<number> {
  for (let tries = 0; ; tries++) {
    const { open } = await ask("");
    if (wanted(open) || tries === 100) return open;
    await new Promise((resolve) => pause(resolve, 10));
  }
}

const pause = globalThis.setTimeout;
const timers = countTimers();
const connections = {
  users: ["artifact", { format: "ndjson" }],
  access: ["artifact", { report: "sitePermissions", siteUrls: ["https://a.example"] }],
  readers: ["page", { pageSize: 100 }],
} as const;

const reports: EndingReport[] = [];
for (const [vendor, [at, wish]] of Object.entries(connections)) {
  const started = await client.startExport(vendor as "users", wish as never);
  const job: ExportJob = await client.pollExport(started);
  for (const [ending, { faults, act }] of Object.entries(endings)) {
    await ask(`vendor=${vendor}&faults=${encodeURIComponent(JSON.stringify(faults?.(at) ?? []))}`);
    const controller = new AbortController();
    const underWay = async () => void (await answersOpen((open) => open > 0));
    const outcome = await act({ client, job, controller, underWay }).then(
      () => "done",
      (error: Error & { readonly code?: unknown }) =>
        typeof error.code === "string" ? error.code : error.name,
    );
    const open = await answersOpen((count) => count === 0);
    const { signal } = controller;
    const listeners = getEventListeners(signal, "abort").length;
    reports.push({
      vendor,
      ending,
      outcome,
      open,
      timers: timers.running(),
      listeners,
      unhandled: unhandled.splice(0),
    });
  }
}

process.stdout.write(JSON.stringify(reports));
