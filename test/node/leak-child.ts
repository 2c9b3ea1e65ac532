// Saves an export to every possible end and tells what is left open after each. Its argument is a `LeakTask` as JSON.
import { getEventListeners } from "node:events";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { createExportClient, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { type SaveOptions, saveExport } from "exportkit/node";

export interface LeakTask {
  readonly options: { readonly endpoint: string; readonly token: string };
  readonly job: ExportJob;
  readonly folder: string;
}

export interface LeakReport {
  readonly ending: string;
  readonly outcome: string;
  /** Kinds of whatever keeps the process from ending, beyond what kept it before. */
  readonly resources: readonly string[];
  readonly files: readonly string[];
  /** How many sockets more than before. */
  readonly sockets: number;
  readonly listeners: number;
  /** Intervals that still run. */
  readonly timers: number;
}

const { options, job, folder } = JSON.parse(process.argv[2] ?? "") as LeakTask;
const client = createExportClient({
  providers: { [job.connection]: authgear(options) },
  retry: { retries: 0 },
});

// A timer that does not keep the process from ending is not among its resources.
const timers = new Set<unknown>();
const { setInterval: startTimer, clearInterval: endTimer } = globalThis;
globalThis.setInterval = ((...args: Parameters<typeof startTimer>) => {
  const timer = startTimer(...args);
  timers.add(timer);
  return timer;
}) as typeof startTimer;
globalThis.clearInterval = (timer) => {
  timers.delete(timer);
  endTimer(timer);
};

const stop = new Error("stop");
const endings: { readonly [name: string]: (controller: AbortController) => SaveOptions } = {
  success: () => ({}),
  "success as CSV": () => ({ format: "csv" }),
  "abort in the middle": (controller) => ({ format: "ndjson", onProgress: () => controller.abort() }),
  "a throwing callback": () => ({
    onProgress: () => {
      throw stop;
    },
  }),
  "a failing encoder": () => ({ format: "csv", columns: ["sub", "sub"] }),
  "a missing folder": () => ({}),
  "a busy provider": () => ({}),
  "a lost connection": () => ({}),
};

async function openDescriptors(): Promise<readonly string[]> {
  const names = await readdir("/proc/self/fd");
  return Promise.all(names.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "gone")));
}

/** Lets everything that is on its way arrive. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const known = client.parseJob(job);
await saveExport(client, known, join(folder, "before"));
await settled();
const resourcesBefore = process.getActiveResourcesInfo();
const socketsBefore = (await openDescriptors()).filter((link) => link.startsWith("socket:")).length;

const reports: LeakReport[] = [];
for (const [ending, make] of Object.entries(endings)) {
  const controller = new AbortController();
  const { signal } = controller;
  const path = join(folder, ending === "a missing folder" ? "missing/file" : ending);
  const outcome = await saveExport(client, known, path, { ...make(controller), signal }).then(
    () => "saved",
    (error: Error & { readonly code?: unknown }) =>
      error.name === "AbortError" ? error.name : String(error === stop ? "stop" : error.code),
  );
  await settled();
  const left = [...resourcesBefore];
  const resources = process.getActiveResourcesInfo().filter((kind) => {
    const at = left.indexOf(kind);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  const links = await openDescriptors();
  reports.push({
    ending,
    outcome,
    resources,
    files: links.filter((link) => link.startsWith(folder)),
    sockets: links.filter((link) => link.startsWith("socket:")).length - socketsBefore,
    listeners: getEventListeners(signal, "abort").length,
    timers: timers.size,
  });
}
process.stdout.write(JSON.stringify(reports));
