import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, filesIn } from "../node/served-export.js";
import { exportkit, servedAuthgear, token } from "./terminal.js";

const asked = ["authgear", "format=ndjson"];

/** A person with a home of her own, and an Authgear. */
async function at(options: Parameters<typeof servedAuthgear>[0] = {}) {
  const authgear = await servedAuthgear(options);
  const home = await emptyFolder();
  const work = await emptyFolder();
  const environment = { ...authgear.environment, HOME: home, XDG_STATE_HOME: join(home, "state") };
  const run = (...words: readonly string[]) => exportkit(words, environment);
  return { ...authgear, home, environment, out: join(work, "users.csv"), work, run };
}

describe("start, status, wait and download", () => {
  it("are one export, taken apart", async () => {
    const { run, out, starts, emulator, work } = await at();
    const started = await run("start", ...asked, "--out", out, "--as", "csv", "--columns", "sub", "--json");
    expect(started.code).toBe(0);
    const { job, path } = JSON.parse(started.stdout.toString());
    expect({ path, id: job.id, createdAt: job.createdAt }).toEqual({
      path: out,
      id: emulator.tasks[0]?.id,
      createdAt: expect.stringMatching(/^20/),
    });
    expect(await filesIn(work)).toEqual({ "users.csv.job.json": expect.not.stringContaining(token) });
    const asksOnce = await run("status", out);
    expect(asksOnce.stdout.toString()).toMatch(
      /users\.csv: export \S+ of authgear is (pending|succeeded).*, started 20/,
    );
    expect((await run("wait", job.id)).stdout.toString()).toContain("is succeeded");
    // Written as it was started: as CSV, of one column.
    const saved = await run("download", "--json");
    expect(JSON.parse(saved.stdout.toString())).toMatchObject({
      path: out,
      jobId: job.id,
      records: 300,
      createdAt: job.createdAt,
      finishedAt: expect.stringMatching(/^20/),
      savedAt: expect.stringMatching(/^20/),
    });
    expect(await readFile(out, "utf8")).toMatch(/^sub\n[^,\n]+\n/);
    expect(Object.keys(await filesIn(work))).toEqual(["users.csv"]);
    expect(starts()).toBe(1);
  });

  it("started twice is one export, and is said to run", async () => {
    const { run, out, starts } = await at();
    await run("start", ...asked, "--out", out);
    const again = await run("start", ...asked, "--out", out);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain("resuming export");
    expect(starts()).toBe(1);
  });

  it("resumes with a plain run, which needs to know no more than the file", async () => {
    const { run, out, starts } = await at();
    await run("start", ...asked, "--out", out);
    expect(await run("authgear", "--out", out)).toMatchObject({ code: 0 });
    expect(starts()).toBe(1);
  });

  it("downloads in another form where one is named, and from the file beside it", async () => {
    const { run, out } = await at();
    await run("start", ...asked, "--out", out);
    await run("wait", out);
    await writeFile(out, "mine");
    const { stderr } = await run("download", out);
    expect(stderr).toContain("use exportkit run with --out for another path, or run with --overwrite");
    expect(stderr).not.toContain("--restart");
    await rm(out);
    expect(await run("download", `${out}.job.json`, "--as", "ndjson")).toMatchObject({ code: 0 });
    expect(await readFile(out, "utf8")).toMatch(/^\{"sub"/);
  });

  it("what is not ready is worth another try", async () => {
    const { run, out } = await at({ pendingPolls: 9 });
    await run("start", ...asked, "--out", out);
    const { code, stderr } = await run("download", out);
    expect(code).toBe(75);
    expect(stderr).toMatch(/JOB_NOT_READY: export \S+ is \w+; exportkit wait .* waits until it is ready/);
    expect(await run("wait", out, "--timeout", "0s")).toMatchObject({ code: 75 });
    expect(await run("status", out)).toMatchObject({ code: 0 });
  });

  it("what failed is an exit code of 1, and starts nothing", async () => {
    const { run, out, starts } = await at({ outcome: () => "failed" });
    await run("start", ...asked, "--out", out);
    const { code, stdout } = await run("status", out);
    expect({ code, stdout: stdout.toString() }).toEqual({
      code: 1,
      stdout: expect.stringContaining("is failed"),
    });
    // Neither starts an export by being run again.
    for (const action of ["wait", "download"]) {
      const { code, stderr } = await run(action, out);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/EXPORT_FAILED.*, use exportkit run for a new export/s),
      });
    }
    expect(starts()).toBe(1);
  });

  it.each(["status", "wait", "download"])("%s of nothing says what there is", async (action) => {
    const { run, out } = await at();
    for (const words of [[], [out], ["userexport_NONE"]]) {
      const { code, stderr } = await run(action, ...words);
      expect(code).toBe(2);
      expect(stderr).toMatch(/no export (is )?under way/);
    }
  });

  it("names those there are, where there are several", async () => {
    const { run, work, emulator } = await at();
    await run("start", ...asked, "--out", join(work, "one"));
    await run("start", ...asked, "--out", join(work, "two"));
    const { code, stderr } = await run("status");
    expect(code).toBe(2);
    expect(stderr).toContain("name one of 2 exports");
    for (const { id } of emulator.tasks) expect(stderr).toContain(id);
  });

  it("of a start that nobody knows the end of is told so", async () => {
    const { run, out, emulator } = await at();
    emulator.faults.add({ on: "start", fault: { type: "reset", effect: true } });
    expect(await run("start", ...asked, "--as", "csv", "--out", out)).toMatchObject({ code: 1 });
    const { stderr } = await run("status", out);
    expect(stderr).toMatch(/START_OUTCOME_UNKNOWN.*another run is starting.*look in authgear's console/);
    expect(stderr).toContain("use exportkit run with --restart for another one");
    expect((await run("start", ...asked, "--as", "csv", "--out", out)).stderr).toBe(
      stderr.replace("use exportkit run", "run"),
    );
  });

  it.each([
    [["start", "authgear", "format=ndjson", "--out", "-"], "start needs the name of a file"],
    [["status", "a", "b"], 'status does not take "b"'],
    [["status", "a", "--out", "b"], "--out goes together with run, start, doctor only"],
    [["download", "a", "--restart"], "--restart goes together with run, start only"],
    [["download", "a", "--columns", "b"], "--columns needs --as csv"],
    [["list", "a"], 'list does not take "a"'],
    [["stat", "a"], "did you mean start?"],
  ])("%j is refused", async (words, told) => {
    const { code, stderr } = await exportkit(words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(told) });
  });
});

describe("list", () => {
  it("knows exports from their start to a month after their end", async () => {
    const { run, work, home, emulator } = await at();
    const rows = async () => JSON.parse((await run("list", "--json")).stdout.toString());
    expect(await rows()).toEqual([]);
    await run("start", ...asked, "--out", join(work, "one"));
    await run(...asked, "--out", join(work, "two"));
    const [one, two] = emulator.tasks;
    expect(await rows()).toEqual([
      expect.objectContaining({ id: two?.id, status: "saved", vendor: "authgear", out: join(work, "two") }),
      expect.objectContaining({ id: one?.id, status: "pending", startedAt: expect.stringMatching(/^20/) }),
    ]);
    const text = (await run("list")).stdout.toString();
    expect(text).toMatch(/^STATUS +VENDOR +ID +STARTED +FILE\nsaved +authgear +\S+ +\S+ +\S+two\npending/);
    const folder = join(home, "state/exportkit/exports");
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
      const old = (await readFile(join(folder, name), "utf8")).replace(/"notedAt":"20/, '"notedAt":"19');
      await writeFile(join(folder, name), old);
    }
    expect(await rows()).toEqual([expect.objectContaining({ id: one?.id })]);
  });

  it("sees that an export was replaced, or that its file of the job is gone", async () => {
    const { run, out, emulator } = await at();
    await run("start", ...asked, "--as", "csv", "--out", out);
    await rm(`${out}.job.json`);
    expect((await run("list")).stdout.toString()).toMatch(/\nforgotten .*\n$/);
    expect(emulator.tasks).toHaveLength(1);
  });

  it.each([[{}], [{ HOME: "relative" }], [{ HOME: "/dev/null" }]])(
    "is empty and in nobody's way where there is no home: %j",
    async (home) => {
      const { environment } = await servedAuthgear();
      const out = join(await emptyFolder(), "users");
      expect(await exportkit([...asked, "--out", out], { ...environment, ...home })).toMatchObject({
        code: 0,
      });
      expect((await exportkit(["list", "--json"], home)).stdout.toString()).toBe("[]\n");
    },
  );

  it("is not led astray by what is no note of it", async () => {
    const { run, home } = await at();
    await mkdir(join(home, "state/exportkit/exports"), { recursive: true });
    await writeFile(join(home, "state/exportkit/exports/x.json"), '{"out":5}');
    await writeFile(join(home, "state/exportkit/exports/y.json"), "[");
    expect((await run("list", "--json")).stdout.toString()).toBe("[]\n");
  });
});

describe("--dry-run", () => {
  it("says what would be sent and done, and does nothing", async () => {
    const { run, out, work, emulator } = await at();
    const { code, stdout } = await run(...asked, "--out", out, "--dry-run");
    expect(code).toBe(0);
    const text = stdout.toString();
    expect(text).toContain("would start a new export of authgear, and save it as");
    expect(text).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/_api\/admin\/users\/export$/m);
    expect(text).toMatch(/^headers: .*authorization.*$/m);
    expect(text).toContain('{"format":"ndjson"}');
    expect(text).toMatch(/^sent at most once$/m);
    expect(text).not.toContain(token);
    expect(emulator.requests).toEqual([]);
    expect(await filesIn(work)).toEqual({});
  });

  it("needs no file, and gives the same as JSON", async () => {
    const { run } = await at();
    const { stdout } = await run("start", ...asked, "--dry-run", "--out", "x", "--json");
    expect(JSON.parse(stdout.toString())).toMatchObject({
      job: null,
      request: { method: "POST", safety: "once" },
    });
    expect((await run(...asked, "--dry-run")).code).toBe(0);
  });

  it("tells what an earlier run means for it", async () => {
    const { run, out, emulator } = await at();
    await run("start", ...asked, "--as", "csv", "--out", out);
    const plan = async (...words: readonly string[]) => {
      const { stdout, stderr } = await run(...asked, "--out", out, "--dry-run", ...words);
      return stdout.toString() + stderr;
    };
    expect(await plan()).toContain(`would resume export ${emulator.tasks[0]?.id}`);
    expect(await plan("--max-age", "0s")).toContain("would start a new export");
    expect(await plan("--restart")).toContain("would start a new export");
    expect(await plan("--leftover", "fail")).toContain("an earlier run left export");
    await writeFile(out, "precious");
    expect(await plan("--restart")).toContain("would be refused, since");
    expect(emulator.tasks).toHaveLength(1);
  });
});
