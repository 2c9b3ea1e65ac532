// The main job, end to end, over real HTTP on loopback: `npm run demo`. Emulators of the vendors run in this process;
// their connections break in the middle of the download. Look into demo-output/ afterwards.
import { mkdir, rm, stat } from "node:fs/promises";
import { createExportClient, type ExportEvent, type JobOf } from "exportkit";
import { type SaveFormat, saveExport } from "exportkit/node";
import { serveAuthgear } from "./demo/authgear.ts";
import { serveAvepoint } from "./demo/avepoint.ts";
import { bar, megabytes, show } from "./demo/board.ts";
import { serveZephr } from "./demo/zephr.ts";

const folder = "demo-output";
await rm(folder, { recursive: true, force: true });
await mkdir(folder);

await using users = await serveAuthgear(20_000);
await using access = await serveAvepoint(10_000);
await using readers = await serveZephr(5_000);
const vendors = { users, access, readers };

const mishaps = new Map<string, string[]>();
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

console.log(`\n${summaries.flat().join("\n")}`);
for (const [name, list] of mishaps) console.log(`${name.padEnd(9)} survived: ${list.join(", ")}`);
console.log(
  "readers   registered while their pages were read, so the second file has some more than the first",
);
console.log(`\nDone in ${((performance.now() - startedAt) / 1000).toFixed(1)} s. Look into ${folder}/`);

type Name = keyof typeof vendors;
type Job = JobOf<typeof providers>;

/** One export into files, one for each format; the connection breaks while the first is written. */
async function exportTo(name: Name, start: () => Promise<Job>, formats: readonly SaveFormat[]) {
  show(name, "starting");
  const job = await client.waitForExport(await start(), {
    onProgress: ({ status, polls }) => show(name, `${status}, asked ${polls} times`),
  });
  show(name, `ready after ${job.polls} polls`, true);
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
    lines.push(
      `${path.padEnd(26)} ${content.padStart(21)}  ${megabytes(size).padStart(8)}  sha256 ${saved.sha256.slice(0, 16)}…`,
    );
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
