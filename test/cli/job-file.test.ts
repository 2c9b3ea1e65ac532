import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuthgearEmulator } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { emptyFolder, filesIn } from "../node/served-export.js";
import { abortAt, exportkit, onRequest, servedAuthgear } from "./terminal.js";

const fields = ["authgear", "format=ndjson"];

/** Breaks a download off, for good as far as one run is concerned. */
function breakOff(emulator: AuthgearEmulator): void {
  emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 700_000 } });
  emulator.faults.add({ on: "artifact", times: 99, fault: { type: "status", status: 403 } });
}

describe("a run that was killed between giving the file its name and removing its job file", () => {
  async function killedAtTheEnd() {
    const authgear = await servedAuthgear();
    const folder = await emptyFolder();
    const out = join(folder, "users");
    let stored = "";
    onRequest(authgear.emulator, "artifact", () => {
      stored = readFileSync(`${out}.job.json`, "utf8");
    });
    expect(await exportkit([...fields, "--out", out], authgear.environment)).toMatchObject({ code: 0 });
    await writeFile(`${out}.job.json`, stored);
    return { ...authgear, folder, out };
  }

  it.each([[[]], [["--overwrite"]]])("is found to be done by the next run: %j", async (more) => {
    const { environment, reference, starts, folder, out } = await killedAtTheEnd();
    const before = await reference();
    const words = [...fields, "--out", out, "--json", ...more];
    const { code, stdout, stderr } = await exportkit(words, environment);
    expect(code).toBe(0);
    expect(stderr).toContain("was saved by an earlier run");
    expect(JSON.parse(stdout.toString())).toMatchObject({
      path: out,
      bytes: before.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(Object.keys(await filesIn(folder))).toEqual(["users"]);
    expect(starts()).toBe(1);
  });

  it("does not make the run after that resume its export", async () => {
    const { environment, starts, out } = await killedAtTheEnd();
    const words = [...fields, "--out", out, "--overwrite"];
    await exportkit(words, environment);
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(2);
  });

  it("does not stand in the way of another request", async () => {
    const { environment, starts, out } = await killedAtTheEnd();
    const words = ["authgear", "format=csv", "--out", out, "--overwrite"];
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect(await readFile(out, "utf8")).toMatch(/^sub,/);
    expect(starts()).toBe(2);
  });

  it("is not seen in a file that somebody else put there", async () => {
    const { emulator, environment, reference, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const words = [...fields, "--out", out];
    emulator.faults.add({ on: "artifact", times: 99, fault: { type: "status", status: 403 } });
    expect(await exportkit(words, environment)).not.toMatchObject({ code: 0 });
    emulator.faults.clear();
    await writeFile(out, "precious");
    expect(await exportkit(words, environment)).toMatchObject({ code: 2 });
    expect(await readFile(out, "utf8")).toBe("precious");
    expect(await exportkit([...words, "--overwrite"], environment)).toMatchObject({ code: 0 });
    expect((await readFile(out)).equals(await reference())).toBe(true);
    expect(starts()).toBe(1);
  });
});

describe("--restart", () => {
  it("throws the old part away, also where another run does the saving", async () => {
    const { emulator, environment, reference, starts } = await servedAuthgear({ users: 2_000 });
    const folder = await emptyFolder();
    const words = [...fields, "--out", join(folder, "users")];
    breakOff(emulator);
    await exportkit(words, environment);
    expect(Object.keys(await filesIn(folder))).toContain("users.part");
    emulator.faults.clear();
    const stopped = await exportkit([...words, "--restart"], environment, abortAt(emulator, "poll"));
    expect(stopped).toMatchObject({ code: 130 });
    expect(stopped.stderr).toContain("run the same command again without --restart to resume");
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, "users"))).equals(await reference())).toBe(true);
    expect(Object.keys(await filesIn(folder))).toEqual(["users"]);
    expect(starts()).toBe(2);
  });

  it("keeps the part of the export that it began", async () => {
    const { emulator, environment, reference, starts } = await servedAuthgear({ users: 2_000 });
    const out = join(await emptyFolder(), "users");
    const words = [...fields, "--out", out, "--json"];
    breakOff(emulator);
    await exportkit([...words, "--restart"], environment);
    emulator.faults.clear();
    const { stdout } = await exportkit(words, environment);
    expect(JSON.parse(stdout.toString())).toMatchObject({ resumed: true });
    expect((await readFile(out)).equals(await reference())).toBe(true);
    expect(starts()).toBe(1);
  });

  it("says to resume without it once its export is started", async () => {
    const { environment } = await servedAuthgear({ pendingPolls: 9 });
    const out = join(await emptyFolder(), "users");
    const words = [...fields, "--out", out, "--timeout", "0s"];
    expect((await exportkit(words, environment)).stderr).not.toContain("--restart");
    const again = await exportkit([...words, "--restart"], environment);
    expect(again).toMatchObject({ code: 75 });
    expect(again.stderr).toContain("run the same command again without --restart");
  });

  it("does not lose the old export where the new one is refused", async () => {
    const { emulator, environment } = await servedAuthgear({ pendingPolls: 9 });
    const out = join(await emptyFolder(), "users");
    const words = [...fields, "--out", out, "--timeout", "0s"];
    await exportkit(words, environment);
    const stored = await readFile(`${out}.job.json`, "utf8");
    emulator.faults.add({ on: "start", fault: { type: "status", status: 403 } });
    expect(await exportkit([...words, "--restart"], environment)).toMatchObject({ code: 1 });
    expect(await readFile(`${out}.job.json`, "utf8")).toBe(stored);
  });
});

describe("an export that is over", () => {
  it("is forgotten when it failed", async () => {
    let outcome: "failed" | "completed" = "failed";
    const { environment, starts } = await servedAuthgear({ outcome: () => outcome });
    const folder = await emptyFolder();
    const words = [...fields, "--out", join(folder, "users")];
    const { code, stderr } = await exportkit(words, environment);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /EXPORT_FAILED.*\nexportkit: .*run again for a new export\nexportkit: see docs\/errors.md#export_failed\n$/,
    );
    expect(Object.keys(await filesIn(folder))).toEqual([]);
    outcome = "completed";
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(2);
  });

  it("is forgotten together with its part when its file is gone", async () => {
    const { emulator, environment, reference, starts } = await servedAuthgear({ users: 2_000 });
    const folder = await emptyFolder();
    const words = [...fields, "--out", join(folder, "users")];
    breakOff(emulator);
    await exportkit(words, environment);
    emulator.faults.clear();
    emulator.faults.add({ on: "artifact", times: 99, fault: { type: "missing" } });
    const { stderr } = await exportkit(words, environment);
    expect(stderr).toMatch(/ARTIFACT_MISSING.*run again for a new export\n/);
    expect(Object.keys(await filesIn(folder))).toEqual([]);
    emulator.faults.clear();
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, "users"))).equals(await reference())).toBe(true);
    // The run that found the old one of no use started one, too.
    expect(starts()).toBe(3);
  });
});

describe("a run that is asked to end while it starts an export", () => {
  it("stores the export first, and resumes it when run again", async () => {
    const { emulator, environment, starts } = await servedAuthgear();
    const words = [...fields, "--out", join(await emptyFolder(), "users")];
    const first = await exportkit(words, environment, abortAt(emulator, "start"));
    expect(first).toMatchObject({ code: 130 });
    expect(first.stderr).toMatch(
      /stopping when the vendor has answered(.|\n)*run the same command again to resume/,
    );
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(1);
  });

  it("says so where nobody knows whether the export runs", async () => {
    const { emulator, environment } = await servedAuthgear();
    const words = [...fields, "--out", join(await emptyFolder(), "users")];
    const signal = abortAt(emulator, "start");
    emulator.faults.add({ on: "start", fault: { type: "reset", effect: true } });
    const first = await exportkit(words, environment, signal);
    expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining("START_OUTCOME_UNKNOWN") });
    const second = await exportkit(words, environment);
    expect(second.stderr).toContain("another run is starting an export, or ended while it did");
  });
});

describe("a run beside which another one worked", () => {
  it.each([[undefined], ['{"request":{},"job":{"id":"another"}}']])(
    "does not bring back the job that the other took away: %s",
    async (left) => {
      const { emulator, environment } = await servedAuthgear();
      const folder = await emptyFolder();
      const path = join(folder, "users.job.json");
      onRequest(emulator, "poll", () => (left ? writeFileSync(path, left) : rmSync(path)));
      const { code, stderr } = await exportkit([...fields, "--out", join(folder, "users")], environment);
      expect(code).toBe(1);
      expect(stderr).toContain("another run has ended export");
      expect(await filesIn(folder)).toEqual(left ? { "users.job.json": left } : {});
    },
  );
});
