import { execFileSync } from "node:child_process";
import { lstat, readFile, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCommand } from "../../src/cli/command.js";
import { emptyFolder, filesIn } from "../node/served-export.js";
import { abortAt, exportkit, servedAuthgear, servedZephr } from "./terminal.js";

describe("two command lines with one --out", () => {
  it("start one export: the others are to try again", async () => {
    const { environment, reference, starts } = await servedAuthgear({ pendingPolls: 1 });
    const folder = await emptyFolder();
    const words = ["authgear", "format=ndjson", "--out", join(folder, "users")];
    const runs = await Promise.all([1, 2, 3].map(() => exportkit(words, environment)));
    expect(starts()).toBe(1);
    expect(runs.map(({ code }) => code).sort()).toEqual([0, 75, 75]);
    for (const { stderr } of runs.filter(({ code }) => code === 75)) {
      expect(stderr).toMatch(/CONCURRENCY_LIMIT.*run the same command again/);
    }
    expect((await readFile(join(folder, "users"))).equals(await reference())).toBe(true);
    expect(Object.keys(await filesIn(folder))).toEqual(["users"]);
  });
});

describe("--overwrite", () => {
  it("throws away what a killed night with another request left behind, and says so", async () => {
    const { emulator, environment, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const first = ["authgear", "format=ndjson", "--out", out];
    expect(await exportkit(first, environment, abortAt(emulator, "artifact"))).toMatchObject({ code: 130 });
    const next = ["authgear", "format=csv", "--out", out, "--json"];
    const refused = await exportkit(next, environment);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--overwrite to throw it away");
    const { code, stdout, stderr } = await exportkit([...next, "--overwrite"], environment);
    expect(code).toBe(0);
    expect(stderr).toContain(`threw away export ${emulator.tasks[0]?.id}`);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      jobId: emulator.tasks[1]?.id,
      createdAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(starts()).toBe(2);
  });

  it("starts another one an hour after a start of which nobody knows what became, and not before", async () => {
    const { emulator, environment, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const words = ["authgear", "format=ndjson", "--out", out, "--overwrite", "-q"];
    emulator.faults.add({ on: "start", fault: { type: "reset", effect: true } });
    expect(await exportkit(words, environment)).toMatchObject({ code: 1 });
    const nights = [
      { hours: 0, code: 1, started: 1 },
      { hours: 0.9, code: 1, started: 1 },
      { hours: 1.1, code: 0, started: 2 },
    ];
    for (const { hours, code, started } of nights) {
      const then = new Date(Date.now() - hours * 3_600_000);
      await utimes(`${out}.job.json`, then, then);
      const ended = await exportkit(words, environment);
      expect([ended.code, starts()]).toEqual([code, started]);
      if (code === 1)
        expect(ended.stderr).toMatch(/START_OUTCOME_UNKNOWN.*an hour after that start, --overwrite/);
    }
  });

  it("does so for an export without a job at the vendor", async () => {
    const { emulator, environment } = await servedZephr(40);
    const out = join(await emptyFolder(), "readers");
    const words = (since: string) => ["zephr", `since=${since}`, "--out", out, "--overwrite"];
    const stopped = AbortSignal.abort({ exitCode: 130 });
    expect(await exportkit(words("2020-01-01"), environment, stopped)).toMatchObject({ code: 130 });
    emulator.faults.add({ on: "page", times: 1, fault: { type: "status", status: 403 } });
    expect(await exportkit(words("2020-01-01"), environment)).toMatchObject({ code: 1 });
    expect(await exportkit(words("2020-01-02"), environment)).toMatchObject({ code: 0 });
  });

  it.each(["link", "pipe"])("never replaces what is no regular file: a %s", async (what) => {
    const { environment, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    if (what === "link") await symlink("elsewhere", out);
    else execFileSync("mkfifo", [out]);
    const words = ["authgear", "format=ndjson", "--out", out, "--overwrite", "--json", "-q"];
    const { code, stderr } = await exportkit(words, environment);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ code: "CONFIG_INVALID", details: { reason: "special" } });
    expect((await lstat(out)).isFile()).toBe(false);
    expect(starts()).toBe(0);
  });
});

it.each(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])("%s is the standard output", (out) => {
  expect(readCommand(["authgear", "--out", out])).toMatchObject({ out: "-" });
});
