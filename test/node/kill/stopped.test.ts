import { createHash } from "node:crypto";
import { readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { SaveFormat } from "exportkit/node";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type BundledProgram, bundleProgram } from "../bundle-program.js";
import { emptyFolder } from "../served-export.js";
import { killSetups } from "./kill-setups.js";
import { runChild } from "./run-child.js";

let saver: BundledProgram;
let successor: BundledProgram;

beforeAll(async () => {
  saver = await bundleProgram("kill/save-child.ts");
  successor = await bundleProgram("kill/takeover-child.ts");
});
afterAll(async () => {
  await saver.remove();
  await successor.remove();
});

/** The lock as a machine shows it whose clock is an hour behind: only moves count for it. */
async function makeOld(folder: string): Promise<void> {
  const locks = (await readdir(folder)).filter((name) => name.includes(".lock-"));
  expect(locks).toHaveLength(1);
  const lock = join(folder, `${locks[0]}`);
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(lock, hourAgo, hourAgo);
}

it.each<SaveFormat>(["raw", "csv"])(
  "a process that is stopped while it saves as %s, and wakes when another has saved, spoils nothing and says why it ends",
  async (format) => {
    const served = await killSetups.find(({ provider }) => provider === "authgear")?.serve();
    if (!served) throw new Error("there is no export to save");
    onTestFinished(served.close);
    const { options, job, reference } = served;
    const expected = await reference(format);
    const sha256 = createHash("sha256").update(expected).digest("hex");
    const folder = await emptyFolder();
    const path = join(folder, "users");
    const task = { provider: "authgear", options, job, path, format } as const;

    const former = runChild(saver.path, task);
    onTestFinished(() => void former.process.kill("SIGKILL"));
    const claimed = () =>
      readFile(`${path}.part.json`, "utf8").then(
        (text) => (JSON.parse(text) as { readonly bytes: number }).bytes,
        () => 0,
      );
    await expect.poll(claimed, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
    former.process.kill("SIGSTOP");
    // Where the system does not tell, its word has to do that it stopped.
    const state = async () => {
      const stat = await readFile(`/proc/${former.process.pid}/stat`, "utf8").catch(() => "() T");
      return stat.replace(/^.*\) /s, "").charAt(0);
    };
    await expect.poll(state, { interval: 5 }).toBe("T");
    await makeOld(folder);

    const taken = await runChild(successor.path, task).ended;
    expect(taken.errors).toBe("");
    // It looked for a sign of life as often as it must, and resumed what the stopped one had proven.
    expect(taken.result).toMatchObject({ bytes: expected.byteLength, sha256, resumed: true, looks: 20 });
    expect((await readFile(path)).equals(expected)).toBe(true);

    former.process.kill("SIGCONT");
    const woken = await former.ended;
    expect(woken.killed).toBe(false);
    expect(woken.result).toBeUndefined();
    expect(woken.errors).toContain("CONCURRENCY_LIMIT");
    expect(woken.errors).toMatch(/its lock file is gone, because this process showed no activity.*took over/);
    expect((await readFile(path)).equals(expected)).toBe(true);
    expect(await readdir(folder)).toEqual(["users"]);
  },
  60_000,
);
