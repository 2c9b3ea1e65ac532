import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BundledProgram, bundleProgram } from "../node/bundle-program.js";
import { emptyFolder } from "../node/served-export.js";
import { servedAuthgear } from "./terminal.js";

let program: BundledProgram;

beforeAll(async () => {
  program = await bundleProgram("../../src/cli/main.ts");
});
afterAll(() => program.remove());

function start(words: readonly string[], environment: object, stdout: "pipe" | number = "pipe") {
  const child = spawn(process.execPath, [program.path, ...words], {
    // Without a home: what these runs export is noted nowhere.
    env: { ...process.env, HOME: "", ...environment },
    stdio: ["ignore", stdout, "pipe"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stderr }));
  return { child, ended, stderr: () => stderr };
}

describe("the program", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("asked to end by %s exits with %i, and resumes when run again", async (signal, exitCode) => {
    const { emulator, environment, reference, starts } = await servedAuthgear({ users: 2_000 });
    const out = join(await emptyFolder(), "users.ndjson");
    const words = ["authgear", "format=ndjson", "--out", out];
    emulator.faults.add({ on: "artifact", fault: { type: "stall", afterBytes: 600_000 } });
    const first = start(words, environment);
    await expect.poll(() => emulator.faults.fired.length, { timeout: 20_000 }).toBe(1);
    const written = () =>
      stat(`${out}.part`).then(
        ({ size }) => size,
        () => 0,
      );
    await expect.poll(written, { timeout: 20_000 }).toBeGreaterThan(0);
    first.child.kill(signal);
    expect(await first.ended).toMatchObject({
      code: exitCode,
      stderr: expect.stringContaining("run the same command again"),
    });
    const second = await start(words, environment).ended;
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining("resuming export") });
    expect((await readFile(out)).equals(await reference())).toBe(true);
    expect(starts()).toBe(1);
  });

  it("ends as pipes do where its reader has had enough, and says so", async () => {
    const { environment } = await servedAuthgear({ users: 20_000 });
    const { child, ended } = start(["authgear", "format=ndjson", "--out", "-", "-q"], environment);
    if (!child.stdout) throw new Error("its output is a pipe");
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await ended).toMatchObject({
      code: 141,
      stderr: "exportkit: the reader of the standard output has closed it\n",
    });
  });

  it("saves the export though nobody reads what it tells", async () => {
    const { environment, reference } = await servedAuthgear({ users: 2_000 });
    const out = join(await emptyFolder(), "users.ndjson");
    const { child, ended } = start(["authgear", "format=ndjson", "--out", out, "-v"], environment);
    child.stderr?.destroy();
    expect(await ended).toMatchObject({ code: 0 });
    expect((await readFile(out)).equals(await reference())).toBe(true);
  });

  it.runIf(process.platform === "linux")("says that the output cannot be written", async () => {
    const { environment } = await servedAuthgear({ users: 2_000 });
    const full = await open("/dev/full", "w");
    const words = ["authgear", "format=ndjson", "--out", "-", "-q"];
    const { code, stderr } = await start(words, environment, full.fd).ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: "exportkit: cannot write: ENOSPC\n" });
    const inJson = await start([...words, "--json"], environment, full.fd).ended;
    await full.close();
    expect(inJson.code).toBe(1);
    expect(JSON.parse(inJson.stderr)).toEqual({ code: "ENOSPC", message: "cannot write: ENOSPC" });
  });
});
