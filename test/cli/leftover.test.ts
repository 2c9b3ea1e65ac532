import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, filesIn } from "../node/served-export.js";
import { exportkit, onRequest, servedAuthgear, servedZephr } from "./terminal.js";

const HOUR = 3_600_000;
const asked = ["authgear", "format=ndjson"];
const other = ["authgear", "format=csv"];

/** A folder in which an export was started; what it stored is changed as the test wants. */
async function left(change: (stored: { job: Record<string, unknown>; at: string }) => void = () => {}) {
  const authgear = await servedAuthgear();
  const out = join(await emptyFolder(), "users");
  await exportkit(["start", ...asked, "--out", out], authgear.environment);
  const path = `${out}.job.json`;
  const stored = JSON.parse(await readFile(path, "utf8"));
  change(stored);
  await writeFile(path, JSON.stringify(stored));
  const run = (words: readonly string[], ...more: readonly string[]) =>
    exportkit([...words, "--out", out, ...more], authgear.environment);
  return { ...authgear, out, run, id: stored.job?.id as string };
}

/** As old as this, by the vendor's word. */
const aged = (ms: number) => (stored: { job: Record<string, unknown> }) => {
  stored.job.createdAt = new Date(Date.now() - ms).toISOString();
};
const ended = (status: string) => (stored: { job: Record<string, unknown> }) => {
  const failure = { code: status === "failed" ? "EXPORT_FAILED" : "EXPORT_EXPIRED", message: "it did" };
  Object.assign(stored.job, { status, failure, retryAfterMs: 0 });
};

const leftovers = {
  "the same request, younger than --max-age": { words: asked, change: aged(19 * HOUR), overwrite: false },
  "the same request, as old as --max-age": { words: asked, change: aged(20 * HOUR), overwrite: false },
  "the same request, failed": { words: asked, change: ended("failed"), overwrite: false },
  "the same request, expired": { words: asked, change: ended("expired"), overwrite: false },
  "another request, with --overwrite": { words: other, change: aged(0), overwrite: true },
  "another request, without --overwrite": { words: other, change: aged(0), overwrite: false },
} as const;
type Leftover = keyof typeof leftovers;

describe("an export that an earlier run left", () => {
  it.each<
    [Leftover, "resume" | "restart" | "fail", "resumes" | "starts a new one" | "exits with 2", RegExp?]
  >([
    ["the same request, younger than --max-age", "resume", "resumes", /^resuming export/],
    ["the same request, younger than --max-age", "restart", "starts a new one"],
    ["the same request, younger than --max-age", "fail", "exits with 2"],
    ["the same request, as old as --max-age", "resume", "starts a new one", /older than --max-age/],
    ["the same request, as old as --max-age", "restart", "starts a new one"],
    ["the same request, as old as --max-age", "fail", "exits with 2"],
    ["the same request, failed", "resume", "starts a new one", /by an earlier run, has failed/],
    ["the same request, failed", "restart", "starts a new one"],
    ["the same request, failed", "fail", "exits with 2"],
    ["the same request, expired", "resume", "starts a new one", /by an earlier run, has expired/],
    ["the same request, expired", "restart", "starts a new one"],
    ["the same request, expired", "fail", "exits with 2"],
    ["another request, with --overwrite", "resume", "starts a new one", /^threw away export/],
    ["another request, with --overwrite", "restart", "starts a new one"],
    ["another request, with --overwrite", "fail", "exits with 2"],
    ["another request, without --overwrite", "resume", "exits with 2", /another request/],
    ["another request, without --overwrite", "restart", "starts a new one"],
    ["another request, without --overwrite", "fail", "exits with 2"],
  ])("%s, with --leftover %s: %s", async (which, leftover, outcome, said) => {
    const { words, change, overwrite } = leftovers[which];
    const { run, starts, id, out } = await left(change);
    const options = ["--leftover", leftover, "--max-age", "20h", ...(overwrite ? ["--overwrite"] : [])];
    const { code, stdout, stderr } = await run(["start", ...words], ...options, "--json");
    if (said) expect(stderr).toMatch(said);
    if (outcome === "exits with 2") {
      expect(code).toBe(2);
      expect(stderr).toMatch(leftover === "fail" ? /an earlier run left export/ : /.*/);
      expect(starts()).toBe(1);
      expect(JSON.parse(await readFile(`${out}.job.json`, "utf8")).job.id).toBe(id);
      return;
    }
    expect(code).toBe(0);
    expect(starts()).toBe(outcome === "resumes" ? 1 : 2);
    const { job } = JSON.parse(stdout.toString());
    if (outcome === "resumes") expect(job.id).toBe(id);
    else expect(job.id).not.toBe(id);
  });

  it.each(["restart", "fail", "resume"])("is not there: --leftover %s starts", async (leftover) => {
    const { environment, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const words = [...asked, "--out", out, "--leftover", leftover, "--max-age", "20h"];
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(1);
  });

  it("turns out to have failed since: a new one is started at once, and said", async () => {
    const { environment, emulator, starts } = await servedAuthgear({
      outcome: () => (emulator.tasks.length > 1 ? "completed" : "failed"),
    });
    const folder = await emptyFolder();
    const words = [...asked, "--out", join(folder, "users")];
    await exportkit(["start", ...words], environment);
    const { code, stderr } = await exportkit(words, environment);
    expect(code).toBe(0);
    expect(stderr).toMatch(/of an earlier run cannot be used: .* failed/);
    expect(starts()).toBe(2);
    expect(Object.keys(await filesIn(folder))).toEqual(["users"]);
  });

  it("has expired at the vendor since: a new one is started at once, and said", async () => {
    const { run, emulator, starts } = await left();
    const answered = { type: "status", status: 404, body: '{"error":{"reason":"TaskNotFound"}}' } as const;
    emulator.faults.add({
      on: "poll",
      fault: { ...answered, headers: { "content-type": "application/json" } },
    });
    const { code, stderr } = await run(asked);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/no longer has this one/) });
    expect(starts()).toBe(2);
  });

  it("fails again: that is told, and not tried for ever", async () => {
    const { environment, starts } = await servedAuthgear({ outcome: () => "failed" });
    const words = [...asked, "--out", join(await emptyFolder(), "users")];
    await exportkit(["start", ...words], environment);
    expect(await exportkit(words, environment)).toMatchObject({ code: 1 });
    expect(starts()).toBe(2);
  });

  it("is thrown away with what was saved of it", async () => {
    const { run, emulator, reference, out, starts } = await left();
    emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 100_000 } });
    emulator.faults.add({ on: "artifact", times: 99, fault: { type: "status", status: 403 } });
    expect((await run(asked)).code).not.toBe(0);
    emulator.faults.clear();
    expect(await run(asked, "--max-age", "0s")).toMatchObject({ code: 0 });
    expect((await readFile(out)).equals(await reference())).toBe(true);
    expect(starts()).toBe(2);
  });

  it("was saved already, by a run that was killed before it could say so: too old is too old", async () => {
    const { run, emulator, out, starts } = await left();
    let stored = "";
    const { readFileSync } = await import("node:fs");
    onRequest(emulator, "artifact", () => {
      stored = readFileSync(`${out}.job.json`, "utf8");
    });
    expect(await run(asked)).toMatchObject({ code: 0 });
    await writeFile(`${out}.job.json`, stored);
    expect(await run(asked, "--max-age", "0s", "--overwrite")).toMatchObject({ code: 0 });
    expect(starts()).toBe(2);
  });
});

describe("a run that was killed while it started an export", () => {
  const unknown = (at: number) => (stored: { job: unknown; at: string }) => {
    Object.assign(stored, { job: null, at: new Date(at).toISOString() });
  };

  it("needs somebody to look, until --max-age is over", async () => {
    const { run, starts } = await left(unknown(Date.now() - 19 * HOUR));
    expect((await run(asked)).stderr).toContain("START_OUTCOME_UNKNOWN");
    expect((await run(asked, "--max-age", "20h")).stderr).toContain("START_OUTCOME_UNKNOWN");
    expect(starts()).toBe(1);
    const { code, stderr } = await run(asked, "--max-age", "18h");
    expect(code).toBe(0);
    expect(stderr).toContain("longer ago than --max-age; starting a new one");
    expect(starts()).toBe(2);
  });

  it("is too old by its time of start, also where no time was stored", async () => {
    const { run, starts } = await left((stored) => Object.assign(stored, { job: null, at: undefined }));
    expect(await run(asked, "--max-age", "20h")).toMatchObject({ code: 0 });
    expect(starts()).toBe(2);
  });

  it("is no matter where a start leaves nothing at the vendor", async () => {
    const { environment } = await servedZephr(5);
    const out = join(await emptyFolder(), "readers");
    const stored = { request: {}, job: null, restart: false };
    await writeFile(`${out}.job.json`, JSON.stringify(stored));
    expect(await exportkit(["zephr", "--out", out], environment)).toMatchObject({ code: 0 });

    // It may have left something at another vendor.
    const elsewhere = join(await emptyFolder(), "readers");
    await writeFile(`${elsewhere}.job.json`, JSON.stringify({ ...stored, vendor: "authgear" }));
    const words = ["zephr", "--out", elsewhere];
    expect(await exportkit(words, environment)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/START_OUTCOME_UNKNOWN.*look in authgear's console/),
    });
    expect(await exportkit([...words, "--overwrite"], environment)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("while it started another export, which may be running"),
    });
  });
});

describe("a damaged job file", () => {
  it("is in nobody's way with --overwrite, and said", async () => {
    const { run, out, starts } = await left();
    await writeFile(`${out}.job.json`, "half a js");
    expect(await run(asked)).toMatchObject({ code: 2 });
    const { code, stderr } = await run(asked, "--overwrite");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/damaged; starting a new export/),
    });
    expect(starts()).toBe(2);
  });
});

it("--restart and another --leftover contradict each other", async () => {
  const { code, stderr } = await exportkit([...asked, "--out", "x", "--restart", "--leftover", "fail"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/does not go together/) });
});
