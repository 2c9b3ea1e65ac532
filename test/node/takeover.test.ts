import { createHash } from "node:crypto";
import type * as Fs from "node:fs/promises";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type SavedExport, type SaveFormat, saveExport } from "exportkit/node";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FaultyDisk } from "./faulty-disk.js";
import { emptyFolder, serveExport } from "./served-export.js";

const shared = vi.hoisted((): { disk?: FaultyDisk } => ({}));

vi.mock("node:fs/promises", async (original) => {
  const { createFaultyDisk } = await import("./faulty-disk.js");
  shared.disk = createFaultyDisk(await original<typeof Fs>());
  return { ...shared.disk.fs, default: shared.disk.fs };
});

afterEach(() => shared.disk?.suspend(undefined));

/** Suspends whoever is the first to do such an operation, until it is woken. */
function suspendAt(isIt: (operation: string) => boolean): {
  readonly reached: Promise<string>;
  wake(): void;
} {
  let wake = () => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const reached = new Promise<string>((resolve) => {
    let done = false;
    shared.disk?.suspend((operation) => {
      if (done || !isIt(operation)) return undefined;
      done = true;
      resolve(operation);
      return woken;
    });
  });
  return { reached, wake };
}

const settled = (promise: Promise<SavedExport>) => promise.catch((error: unknown) => error);

/** What a run does first that saw the holder silent for long enough. */
async function removeLocks(folder: string): Promise<number> {
  const locks = (await readdir(folder)).filter((name) => name.includes(".lock-"));
  for (const name of locks) await rm(join(folder, name));
  return locks.length;
}

it("what a former holder still writes into its part is not in the file that the next run resumes", async () => {
  const { client, job, emulator, reference } = await serveExport({ sockets: false });
  const expected = await reference("raw");
  // One piece is on the disk before the next one comes.
  emulator.faults.add({ on: "artifact", fault: { type: "drip", bytes: 50_000, everyMs: 20 } });
  const folder = await emptyFolder();
  const path = join(folder, "users");
  const checkpointEvery = { bytes: 0, ms: 0 };
  let claimed = false;
  const { reached, wake } = suspendAt((operation) => {
    claimed ||= operation.startsWith("sync ") && operation.endsWith(".part");
    return claimed && operation.startsWith("write ") && operation.endsWith(".part");
  });
  const former = settled(saveExport(client, job, path, { checkpointEvery }));
  await reached;
  const claim = () => readFile(`${path}.part.json`, "utf8").then((text) => JSON.parse(text).bytes as number);
  await expect.poll(claim).toBeGreaterThan(0);
  expect(await removeLocks(folder)).toBe(1);
  expect(await saveExport(client, job, path)).toMatchObject({ resumed: true });
  wake();
  expect(await former).toMatchObject({ code: "CONCURRENCY_LIMIT" });
  expect((await readFile(path)).equals(expected)).toBe(true);
  expect(await readdir(folder)).toEqual(["users"]);
});

describe.each<[SaveFormat, string]>([
  ["raw", "the same export"],
  ["csv", "another file"],
])("a holder that is suspended at any operation, while another run saves as %s, which is %s,", (format) => {
  it("neither spoils the other's file nor publishes its own when it wakes", async () => {
    const { client, job, reference } = await serveExport({ users: 120, sockets: false, chunkBytes: 8_000 });
    const expected = await reference(format);
    const whole = await reference("raw");
    const folder = await emptyFolder();
    const options = { overwrite: true, checkpointEvery: { bytes: 0, ms: 0 } };
    let refused = 0;
    for (let number = 0; ; number++) {
      const path = join(folder, `users-${number}`);
      let operations = 0;
      const { reached, wake } = suspendAt(() => operations++ === number);
      const former = settled(saveExport(client, job, path, options));
      const at = await Promise.race([reached, former]);
      if (typeof at !== "string") {
        expect(at).toMatchObject({ path });
        expect(number).toBeGreaterThan(40);
        break;
      }
      const locks = await removeLocks(folder);
      const next = saveExport(client, job, path, { ...options, format });
      const saved = await next;
      wake();
      const outcome = await former;
      if (outcome instanceof Error) {
        // At whatever it was: its lock is gone, or what it had prepared.
        expect(outcome, at).toMatchObject({ details: { path } });
        if (locks === 1) expect(outcome, at).toMatchObject({ code: "CONCURRENCY_LIMIT" });
        refused += 1;
      }
      const file = await readFile(path);
      // Who had no lease yet, or gave it up, only comes later.
      const isLater = locks === 0 && !(outcome instanceof Error);
      const last = isLater && !at.startsWith("rm ") ? whole : expected;
      expect(file.equals(last), `${at} ${String(outcome)}`).toBe(true);
      expect(saved.sha256).toBe(createHash("sha256").update(expected).digest("hex"));
      const left = (await readdir(folder)).filter((name) => name.startsWith(`users-${number}.`));
      expect(left, at).toEqual([]);
    }
    expect(refused).toBeGreaterThan(30);
  }, 60_000);
});
