import { type Checkpoint, createExportClient, type ExportDownload } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator } from "exportkit/testing";
import { describe, expect, it } from "vitest";

// Where many downloads are read at once, each holds less. How often one of them tells its progress shows it: once for each
// piece of the file.

const MANY = 65;
const emulator = createAuthgearEmulator({ tokens: ["t"], users: 120 });
const providers = { users: authgear({ endpoint: emulator.endpoint, token: "t" }) };
const client = createExportClient({ providers, fetch: emulator.fetch });
const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));

/** Reads all of a download, or the rest of it. */
async function readAll(checkpoint?: Checkpoint) {
  const subs: unknown[] = [];
  const checkpoints: Checkpoint[] = [];
  let pieces = 0;
  const download = await client.download(job, { checkpoint, onProgress: () => pieces++ });
  for await (const user of download) {
    subs.push(user.sub);
    checkpoints.push(JSON.parse(JSON.stringify(download.checkpoint())));
  }
  return { subs, checkpoints, pieces };
}

/** So many downloads that each have handed over their first record. */
async function begun(count = MANY, signal?: AbortSignal) {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const download = await client.download(job, { signal });
      const users = download[Symbol.asyncIterator]();
      await users.next();
      return { download, users };
    }),
  );
}
/** As it is while nobody else reads: this file has a process of its own. */
const alone = await readAll();
type Begun = Awaited<ReturnType<typeof begun>>;
const endAll = (readings: Begun) => Promise.all(readings.map(({ users }) => users.return?.()));

describe("downloads that are read at once", () => {
  it("are read in smaller pieces where there are many, and their checkpoints are the same", async () => {
    const others = await begun();
    const among = await readAll();
    expect(among.pieces).toBeGreaterThan(3 * alone.pieces);
    expect(among.subs).toEqual(alone.subs);
    expect(among.checkpoints).toEqual(alone.checkpoints);
    for (let at = 0; at < alone.checkpoints.length; at += 17) {
      expect((await readAll(alone.checkpoints[at])).subs).toEqual(alone.subs.slice(at + 1));
    }
    await endAll(others);
    for (let at = 0; at < among.checkpoints.length; at += 17) {
      expect((await readAll(among.checkpoints[at])).subs).toEqual(alone.subs.slice(at + 1));
    }
  });

  it("go on in smaller pieces when others begin, and in larger ones when those have ended", async () => {
    const download = await client.download(job);
    const seen: unknown[] = [];
    let others: Begun = [];
    for await (const user of download) {
      seen.push(user.sub);
      if (seen.length === 20) others = await begun();
      if (seen.length === 60) await endAll(others);
    }
    expect(seen).toEqual(alone.subs);
  });

  it("are few again at exactly so many", async () => {
    const others = await begun(MANY - 2);
    expect((await readAll()).pieces).toBe(alone.pieces);
    await endAll(others);
  });

  const open = () => Promise.all(Array.from({ length: MANY }, () => client.download(job)));
  it.each<[string, () => Promise<unknown>]>([
    ["at their ends", () => Promise.all(Array.from({ length: MANY }, () => readAll()))],
    ["by return()", async () => endAll(await begun())],
    [
      "by return() twice",
      async () => {
        const readings = await begun();
        await endAll(readings);
        await endAll(readings);
      },
    ],
    [
      "by being disposed of",
      async () => Promise.all((await begun()).map(({ download }) => download[Symbol.asyncDispose]())),
    ],
    [
      "by a signal, with nobody asking for more",
      async () => {
        const controller = new AbortController();
        await begun(MANY, controller.signal);
        controller.abort();
      },
    ],
    [
      "by a failure",
      async () => {
        const onProgress = () => {
          throw new Error("no more");
        };
        const fail = async () => {
          for await (const _ of await client.download(job, { onProgress }));
        };
        const ended = await Promise.allSettled(Array.from({ length: MANY }, fail));
        expect(ended.every(({ status }) => status === "rejected")).toBe(true);
      },
    ],
    [
      "without having been begun",
      async () => (await open()).map((download: ExportDownload<object>) => download.records()),
    ],
  ])("count no more once they have ended %s", async (_, end) => {
    await end();
    expect((await readAll()).pieces).toBe(alone.pieces);
  });
});
