// The main job, end to end, over real HTTP on loopback: `npm run demo`. Emulators of the vendors run in this process;
// their connections break in the middle of the download. Look into demo-output/ afterwards.
import { mkdir, rm, stat } from "node:fs/promises";
import { createExportClient, type ExportEvent, type ExportJob, type JobOf } from "exportkit";
import { type SaveFormat, saveExport } from "exportkit/node";
import { serveAuthgear } from "./demo/authgear.ts";
import { serveAvepoint } from "./demo/avepoint.ts";
import { bar, megabytes, show } from "./demo/board.ts";
import { saveKilled } from "./demo/killed.ts";
import { everyoneOnce, everyRow, sameBytes } from "./demo/truth.ts";
import { serveZephr } from "./demo/zephr.ts";

const folder = "demo-output";
await rm(folder, { recursive: true, force: true });
await mkdir(folder);

const USERS = 20_000;
const ROWS = 10_000;
const WORKBOOKS = 2;
const READERS = 5_000;
console.log("Three vendors, emulated on this machine; every connection is broken in the middle of a file.\n");
await using users = await serveAuthgear(USERS);
await using access = await serveAvepoint(ROWS, WORKBOOKS);
await using readers = await serveZephr(READERS);
const vendors = { users, access, readers };

const mishaps = new Map<string, string[]>();
const jobs = new Map<string, ExportJob>();
const hashes = new Map<string, string>();
const counts = new Map<string, number>();
const providers = { users: users.provider, access: access.provider, readers: readers.provider };
const client = createExportClient({ providers, onEvent: note });

const startedAt = performance.now();
const summaries = await Promise.all([
  exportTo("users", () => client.startExport("users", { format: "ndjson" }), ["ndjson", "csv"]),
  exportTo(
    "access",
    () =>
      client.startExport("access", {
        report: "userAccess",
        email: "ada@contoso.com",
        dataSources: ["SharePoint Online"],
        exportOption: "summaryAndObjects",
      }),
    ["raw", "csv"],
  ),
  exportTo("readers", () => client.startExport("readers", { grants: true }), ["ndjson", "csv"]),
]);

console.log(`\n${summaries.flat().join("\n")}\n`);
for (const [name, list] of mishaps) console.log(`${name.padEnd(9)} survived: ${list.join(", ")}`);

show("users", "a third time, in processes that are killed after 3 and 9 MB");
const job = jobs.get("users");
const path = `${folder}/users-killed.ndjson`;
const killed = job && (await saveKilled({ options: users.options, job, path }, [3_000_000, 9_000_000]));
const isSame = killed !== undefined && killed === hashes.get(`${folder}/users.ndjson`);
show("users", isSame ? "killed twice, and the same file" : "WRONG: another file", true);

const idOf = (line: string) => /"(?:sub|user_id)":"([^"]+)"/.exec(line)?.[1] ?? line;
const verdicts = [
  `  users.ndjson    ${await everyoneOnce(`${folder}/users.ndjson`, USERS, idOf)}`,
  `  access.zip      ${await sameBytes(hashes.get(`${folder}/access.zip`) ?? "", ROWS, WORKBOOKS)}`,
  `  access.csv      ${everyRow(counts.get(`${folder}/access.csv`), ROWS, WORKBOOKS)}`,
  `  readers.ndjson  ${await everyoneOnce(`${folder}/readers.ndjson`, READERS, idOf)}`,
];
console.log(`\nCompared with what the vendors hold:\n${verdicts.join("\n")}`);
if (!isSame || verdicts.some((verdict) => verdict.includes("WRONG"))) process.exitCode = 1;
const rss = process.resourceUsage().maxRSS * 1024;
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(
  `\nDone in ${seconds} s, with ${megabytes(rss)} of memory at most, emulators included. Look into ${folder}/`,
);
console.log(
  "Next: npx exportkit emulate authgear serves one of them for you; docs/README.md leads to everything else.",
);

type Name = keyof typeof vendors;
type Job = JobOf<typeof providers>;

/** One export into files, one for each format; the connection breaks while the first is written. */
async function exportTo(name: Name, start: () => Promise<Job>, formats: readonly SaveFormat[]) {
  show(name, "starting");
  const job = await client.waitForExport(await start(), {
    onProgress: ({ status, polls }) => show(name, `${status}, asked ${polls} times`),
  });
  show(name, `ready after ${job.polls} polls`, true);
  jobs.set(name, job);
  vendors[name].breakConnection();
  const lines: string[] = [];
  for (const format of formats) {
    const path = `${folder}/${name}.${format === "raw" ? "zip" : format}`;
    const saved = await saveExport(client, job, path, {
      format,
      onProgress: ({ bytesRead, totalBytes, records, totalRecords }) =>
        show(
          name,
          `${format.padEnd(7)} ${bar(bytesRead, totalBytes) || bar(records, totalRecords)} ${records} records`,
        ),
    });
    show(name, `${path} saved`, true);
    const { size } = await stat(path);
    const content = saved.records === undefined ? "as the vendor sent it" : `${saved.records} records`;
    hashes.set(path, saved.sha256);
    if (saved.records !== undefined) counts.set(path, saved.records);
    lines.push(`${path.padEnd(26)} ${content.padStart(21)}  ${megabytes(size).padStart(8)}`);
  }
  return lines;
}

/** What went wrong on the way, and did no harm. */
function note(event: ExportEvent): void {
  const list = mishaps.get(event.connection) ?? [];
  mishaps.set(event.connection, list);
  if (event.type === "resume") list.push(`connection broken at byte ${event.offset}`);
  if (event.type === "refresh" && event.what === "url") list.push("URL expired");
  if (event.type === "retry") list.push(`${event.operation} failed with ${event.errorCode}`);
  if (event.type === "request" && event.status === 429) list.push("asked to slow down");
}
