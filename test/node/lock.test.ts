import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { saveExport } from "exportkit/node";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { rejection } from "../support/outcome.js";
import { bundleProgram } from "./bundle-program.js";
import { runChild } from "./kill/run-child.js";
import { emptyFolder, type ServedExport, serveExport, token } from "./served-export.js";

let served: ServedExport;
let folder: string;
let path: string;

const locks = async () => (await readdir(folder)).filter((name) => name.includes(".lock-"));
const save = () => saveExport(served.client, served.job, path);
const putUp = (name: string) => writeFile(join(folder, name), "");

async function isWhole(): Promise<boolean> {
  return (await readFile(path)).equals(await served.reference("raw"));
}

/** The name of this process's own lock on the path, as a save puts it up. */
async function ownLock(): Promise<{ readonly host: string; readonly begun: string }> {
  let name: Promise<string | undefined> | undefined;
  const onProgress = () => {
    name ??= locks().then((found) => found[0]);
  };
  await saveExport(served.client, served.job, path, { onProgress });
  await rm(path);
  const [, host, pid, begun] =
    /^users\.part\.lock-([0-9a-f]+)-(\d+)-(\d+)-[0-9a-f]+$/.exec((await name) ?? "") ?? [];
  expect(pid).toBe(String(process.pid));
  return { host: host ?? "", begun: begun ?? "" };
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}

beforeEach(async () => {
  served = await serveExport();
  folder = await emptyFolder();
  path = join(folder, "users");
});

describe("saves to one path at the same time", () => {
  it("in one process: one saves, the others are refused", async () => {
    const outcomes = await Promise.allSettled([save(), save(), save()]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      // Who comes when the first has finished finds the file.
      const { code, details } = outcome.reason as { readonly code: string; readonly details: unknown };
      expect(["CONCURRENCY_LIMIT", "CONFIG_INVALID"]).toContain(code);
      expect(details).toMatchObject({ path });
    }
    expect(await isWhole()).toBe(true);
    expect(await readdir(folder)).toEqual(["users"]);
  });

  it("to different paths do not meet", async () => {
    const other = join(folder, "users.part.lock");
    await Promise.all([save(), saveExport(served.client, served.job, other)]);
    expect(await readdir(folder)).toEqual(["users", "users.part.lock"]);
  });
});

describe("a save in another process", () => {
  let program: string;
  beforeAll(async () => {
    const bundled = await bundleProgram("kill/save-child.ts");
    program = bundled.path;
    return bundled.remove;
  });

  it("is not disturbed while it lives, and taken up when it is dead", async () => {
    const options = { endpoint: served.emulator.endpoint, token };
    served.emulator.faults.add({ on: "artifact", fault: { type: "drip", bytes: 8_192, everyMs: 10 } });
    const task = { provider: "authgear", options, job: served.job, path, format: "raw" } as const;
    const child = runChild(program, task);
    onTestFinished(() => void child.process.kill("SIGKILL"));
    await child.begun;
    const error = await rejection(save());
    expect(error).toMatchObject({ code: "CONCURRENCY_LIMIT", retryable: true, details: { path } });
    expect((error as Error).message).toContain(`process ${child.process.pid} is saving`);
    child.process.kill("SIGKILL");
    expect(await child.ended).toMatchObject({ killed: true, result: undefined });
    await save();
    expect(await isWhole()).toBe(true);
    expect(await readdir(folder)).toEqual(["users"]);
  });
});

describe("a lock file that was left behind", () => {
  it("by a dead process is cleared away", async () => {
    const { host } = await ownLock();
    await putUp(`users.part.lock-${host}-${await deadPid()}-0-00`);
    await save();
    expect(await readdir(folder)).toEqual(["users"]);
  });

  it.runIf(process.platform === "linux")(
    "by a process whose number went to another is cleared away",
    async () => {
      const { host, begun } = await ownLock();
      await putUp(`users.part.lock-${host}-${process.pid}-${Number(begun) + 1}-00`);
      await save();
      expect(await readdir(folder)).toEqual(["users"]);
    },
  );

  it("by a living process is respected", async () => {
    const { host, begun } = await ownLock();
    const name = `users.part.lock-${host}-${process.pid}-${begun}-00`;
    await putUp(name);
    const error = await rejection(save());
    expect(error).toMatchObject({ code: "CONCURRENCY_LIMIT", details: { lock: join(folder, name) } });
    expect((error as Error).message).toContain(name);
    expect(await readdir(folder)).toEqual([name]);
  });
});

describe.runIf(process.platform === "linux")("a worker thread", () => {
  it("that is ended in mid-save gives the path back, and what it saved", async () => {
    const bundled = await bundleProgram("kill/save-child.ts");
    onTestFinished(bundled.remove);
    const options = { endpoint: served.emulator.endpoint, token };
    served.emulator.faults.add({ on: "artifact", fault: { type: "drip", bytes: 8_192, everyMs: 10 } });
    const task = { provider: "authgear", options, job: served.job, path, format: "raw" } as const;
    const worker = new Worker(bundled.path, { argv: [JSON.stringify(task)] });
    await expect
      .poll(() => readFile(`${path}.part.json`, "utf8").catch(() => ""), { timeout: 20_000 })
      .toMatch(/"bytes":[1-9]/);
    const error = await rejection(save());
    expect(error).toMatchObject({ code: "CONCURRENCY_LIMIT" });
    await worker.terminate();
    expect(await save()).toMatchObject({ resumed: true });
    expect(await isWhole()).toBe(true);
    expect(await readdir(folder)).toEqual(["users"]);
  });
});

describe("a lock that is taken away", () => {
  it("ends the save before it claims anything more", async () => {
    const onProgress = () => {
      taken ??= locks().then((names) => Promise.all(names.map((name) => rm(join(folder, name)))));
    };
    let taken: Promise<unknown> | undefined;
    const error = await rejection(saveExport(served.client, served.job, path, { onProgress }));
    await taken;
    expect(error).toMatchObject({ code: "CONCURRENCY_LIMIT", details: { path } });
    expect(await readdir(folder)).not.toContain("users");
    expect(JSON.parse(await readFile(`${path}.part.json`, "utf8"))).toMatchObject({ complete: false });
    await save();
    expect(await isWhole()).toBe(true);
  });
});
