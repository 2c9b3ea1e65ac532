import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createAuthgearEmulator, type ServedEmulator, serveEmulator } from "exportkit/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { token } from "../client/harness.js";
import type { ChildTask, Kept } from "./killed-child.js";

const users = 200;
const emulator = createAuthgearEmulator({ users, tokens: [token], chunkBytes: 16_000, pendingPolls: 2 });
let served: ServedEmulator;
let folder: string;

beforeAll(async () => {
  served = await serveEmulator(emulator);
  folder = await mkdtemp(join(tmpdir(), "exportkit-durable-"));
  await build({
    entryPoints: [fileURLToPath(new URL("killed-child.ts", import.meta.url))],
    outfile: join(folder, "child.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
  });
});

afterAll(async () => {
  await served.close();
  await rm(folder, { recursive: true, force: true });
});

const starts = () => emulator.requests.filter(({ operation }) => operation === "start").length;

/** Runs a worker until it ends, or kills it at its n-th moment; what it told last. */
async function work(file: string, stopAt?: number, moment?: string): Promise<string> {
  const task: ChildTask = {
    endpoint: served.endpoint,
    token,
    file,
    ...(stopAt && { stopAt }),
    ...(moment && { moment }),
  };
  const child = spawn(process.execPath, [join(folder, "child.mjs"), JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = 0;
  let last = "";
  for await (const line of createInterface(child.stdout)) {
    if (moment === undefined || line === moment) told += 1;
    last = line;
    if (told === stopAt) child.kill("SIGKILL");
  }
  return last;
}

const keptIn = async (file: string): Promise<Kept> => JSON.parse(await readFile(file, "utf8"));

it("a worker that is killed again and again delivers every record once", async () => {
  const file = join(folder, "again.json");
  const before = starts();
  // The first gets past the start: request, answer, written.
  await work(file, 1, "written");
  let kills = 1;
  for (const killAt of [1, 3, 4, 5, 6]) {
    if ((await work(file, killAt)) === "done") break;
    kills += 1;
  }
  expect(await work(file)).toBe("done");
  const { records, state } = await keptIn(file);
  expect(kills).toBeGreaterThan(3);
  expect(state).toMatchObject({ phase: "done", records: users });
  expect(records).toHaveLength(users);
  expect(new Set(records.map((record) => (record as { sub: string }).sub)).size).toBe(users);
  expect(starts() - before).toBe(1);
});

it("a worker that is killed between the vendor's answer and its commit has started once, and says so", async () => {
  const file = join(folder, "claimed.json");
  const before = starts();
  await work(file, 1, "answer");
  expect(starts() - before).toBe(1);
  expect(await work(file)).toBe("failed");
  expect(JSON.parse(await readFile(`${file}.error`, "utf8"))).toMatchObject({
    code: "START_OUTCOME_UNKNOWN",
  });
  expect(starts() - before).toBe(1);
});
