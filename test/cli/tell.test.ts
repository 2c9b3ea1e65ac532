import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder } from "../node/served-export.js";
import { exportkit, servedAuthgear } from "./terminal.js";

/** The environment of an Authgear whose file is this one. */
async function authgearWith(subs: readonly string[]) {
  const body = subs.map((sub) => `${JSON.stringify({ sub })}\n`).join("");
  const headers = { "content-type": "application/x-ndjson", etag: '"one"' };
  const { emulator, environment } = await servedAuthgear();
  const fault = { type: "status", status: 200, body, headers } as const;
  emulator.faults.add({ on: "artifact", times: Number.POSITIVE_INFINITY, fault });
  return environment;
}

const missing = "came more than once, so that about as many are missing";

describe("users of Authgear who came more than once", () => {
  const words = ["authgear", "format=ndjson", "--as", "csv", "--columns", "sub"];

  it.each([
    [["a", "b", "a"], 1],
    [["a", "b", "a", "a", "b"], 3],
  ])("are told: %j", async (subs, repeated) => {
    const environment = await authgearWith(subs);
    const out = join(await emptyFolder(), "users.csv");
    const { code, stdout } = await exportkit([...words, "-o", out], environment);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain(`, ${subs.length} records, ${repeated} of them ${missing}, SHA-256 `);
    const quiet = await exportkit([...words, "-o", out, "--overwrite", "--json", "-q"], environment);
    expect(JSON.parse(quiet.stdout.toString())).toMatchObject({ records: subs.length, repeated });
  });

  it("are told of what goes down a pipe, beside it", async () => {
    const environment = await authgearWith(["a", "b", "a"]);
    const { code, stdout, stderr } = await exportkit([...words, "-o", "-"], environment);
    expect(code).toBe(0);
    expect(stdout.toString()).toBe("sub\na\nb\na\n");
    expect(stderr).toContain(`1 of the records ${missing}`);
    const inJson = await exportkit([...words, "-o", "-", "--json", "-q"], environment);
    expect(JSON.parse(inJson.stderr)).toMatchObject({ repeated: 1 });
  });

  it("are no word where nobody did, and where it was not checked", async () => {
    const out = join(await emptyFolder(), "users");
    const sound = await exportkit([...words, "-o", out], await authgearWith(["a", "b"]));
    const raw = await exportkit(
      ["authgear", "format=ndjson", "-o", `${out}.raw`],
      await authgearWith(["a", "a"]),
    );
    expect(sound.stdout.toString()).not.toContain("not checked");
    expect(raw.stdout.toString()).toContain("whether some came twice was not checked: with --as ndjson");
    for (const { code, stdout, stderr } of [sound, raw]) {
      expect(code).toBe(0);
      expect(stdout.toString() + stderr).not.toContain("more than once");
    }
  });
});

describe("columns that no record filled", () => {
  const words = ["authgear", "format=ndjson", "--as", "csv"];
  const line = /no record has anything in/;

  it("are all named, in the order in which they were asked for", async () => {
    const { environment } = await servedAuthgear({ users: 3 });
    const out = join(await emptyFolder(), "users.csv");
    const asked = [...words, "--columns", "sub,e-mail,nmae=Name", "-o", out];
    const { code, stderr } = await exportkit(asked, environment);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^no record has a value in e-mail, \w+; see whether that is misspelt$/m);
    expect(await readFile(out, "utf8")).toMatch(/^sub,e-mail,Name\n/);
  });

  it.each([
    ["all of them have something", ["--columns", "sub"]],
    ["nobody chose any", []],
  ])("are no word where %s", async (_, columns) => {
    const { environment } = await servedAuthgear({ users: 3 });
    for (const out of [join(await emptyFolder(), "users.csv"), "-"]) {
      const { code, stderr } = await exportkit([...words, ...columns, "-o", out], environment);
      expect(code).toBe(0);
      expect(stderr).not.toMatch(line);
    }
  });

  it("are no word with --quiet, and stand in the JSON", async () => {
    const { environment } = await servedAuthgear({ users: 3 });
    const asked = [...words, "--columns", "sub,e-mail", "--json", "-q", "-o"];
    const saved = await exportkit([...asked, join(await emptyFolder(), "users.csv")], environment);
    expect(saved.stderr).toBe("");
    expect(JSON.parse(saved.stdout.toString())).toMatchObject({ emptyColumns: ["e-mail"] });
    const piped = await exportkit([...asked, "-"], environment);
    expect(JSON.parse(piped.stderr)).toMatchObject({ emptyColumns: ["e-mail"] });
  });
});

describe("a file whose name says another format", () => {
  it.each([
    ["users.csv", [], "users.csv will hold NDJSON, as the vendor sends it; for CSV write --as csv"],
    ["users.TSV", ["--as", "ndjson"], "users.TSV will hold NDJSON; for CSV write --as csv"],
    ["users.jsonl", ["--as", "csv"], "users.jsonl will hold CSV; for NDJSON write --as ndjson"],
    ["users.zip", [], "users.zip will hold NDJSON, as the vendor sends it"],
  ])("is told before anything is started: %s %j", async (name, options, told) => {
    const { emulator, environment } = await servedAuthgear({ users: 3 });
    const words = [
      "authgear",
      "format=ndjson",
      ...options,
      "--dry-run",
      "-o",
      join(await emptyFolder(), name),
    ];
    const { code, stderr } = await exportkit(words, environment);
    expect({ code, stderr, asked: emulator.requests.length }).toEqual({
      code: 0,
      stderr: `${told}\n`,
      asked: 0,
    });
    expect((await exportkit([...words, "-q"], environment)).stderr).toBe("");
  });

  it.each([
    ["users.csv", "format=csv", []],
    ["users.csv", "format=ndjson", ["--as", "csv"]],
    ["users.ndjson", "format=ndjson", []],
    ["users", "format=ndjson", []],
    ["users.2026-11-28", "format=ndjson", []],
    ["-", "format=ndjson", []],
  ])("is nothing to tell of: %s %s %j", async (name, format, options) => {
    const { environment } = await servedAuthgear({ users: 3 });
    const out = name === "-" ? name : join(await emptyFolder(), name);
    const { code, stderr } = await exportkit(
      ["authgear", format, ...options, "--dry-run", "-o", out],
      environment,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
