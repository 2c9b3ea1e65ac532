// The speed of saving a file, against a plain `fetch` piped into one, in the same run: `node bench/save.ts [users]`
// after a build. The emulator runs in a process of its own. Prints the best of three rounds and the ratio.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { saveExport } from "exportkit/node";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";

const token = "ready-made-token";
const users = Number(process.argv[2] ?? 400_000);

if (process.send) {
  const { endpoint } = await serveEmulator(createAuthgearEmulator({ tokens: [token], users }));
  process.send(endpoint);
} else {
  const server = fork(process.argv[1] ?? "", [String(users)]);
  const [endpoint] = (await once(server, "message")) as [string];
  const folder = await mkdtemp(join(tmpdir(), "exportkit-bench-"));
  try {
    await measure(endpoint, folder);
  } finally {
    server.kill();
    await rm(folder, { recursive: true });
  }
}

async function measure(endpoint: string, folder: string): Promise<void> {
  const client = createExportClient({ providers: { users: authgear({ endpoint, token }) } });
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  const size = (await client.download(job)).size ?? 0;

  /** As most would write it: nothing is checked, nothing synced, and a crash leaves half a file. */
  async function plain(path: string): Promise<void> {
    const status = await fetch(`${endpoint}/_api/admin/users/export/${job.id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { result } = (await status.json()) as { readonly result: { readonly download_url: string } };
    const { body } = await fetch(result.download_url);
    if (body)
      await pipeline(
        Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
        createWriteStream(path),
      );
  }
  /** The same, with the one sync that makes the file outlast a power cut. */
  async function synced(path: string): Promise<void> {
    await plain(path);
    const handle = await open(path);
    await handle.sync();
    await handle.close();
  }
  const ways: readonly [string, (path: string) => Promise<unknown>][] = [
    ["plain fetch to file", plain],
    ["the same, synced", synced],
    ["saveExport raw", (path) => saveExport(client, job, path)],
    ["saveExport ndjson", (path) => saveExport(client, job, path, { format: "ndjson" })],
    ["saveExport csv", (path) => saveExport(client, job, path, { format: "csv" })],
  ];

  console.log(`${(size / 1e6).toFixed(0)} MB`);
  const best = new Map<string, { readonly seconds: number; readonly cpu: number }>();
  for (let round = 0; round < 3; round++) {
    for (const [name, save] of ways) {
      const path = join(folder, name.replaceAll(" ", "-"));
      const [begun, used] = [performance.now(), process.cpuUsage()];
      await save(path);
      const seconds = (performance.now() - begun) / 1000;
      const { user, system } = process.cpuUsage(used);
      const former = best.get(name);
      if (!former || seconds < former.seconds) best.set(name, { seconds, cpu: (user + system) / 1e6 });
      if (name.endsWith("raw") && (await stat(path)).size !== size) throw new Error("the file is not whole");
      await rm(path);
    }
  }
  const reference = best.get("plain fetch to file")?.seconds ?? 1;
  for (const [name, { seconds, cpu }] of best) {
    console.log(
      name.padEnd(20),
      `${seconds.toFixed(2)} s`.padStart(8),
      `${(size / 1e6 / seconds).toFixed(0)} MB/s`.padStart(9),
      `${(reference / seconds).toFixed(2)} of plain`.padStart(14),
      `${cpu.toFixed(2)} s of processor`.padStart(21),
    );
  }
}
