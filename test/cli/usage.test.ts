import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { actions, guides } from "../../src/cli/grammar.js";
import { emptyFolder } from "../node/served-export.js";
import { exportkit, servedAuthgear, servedZephr } from "./terminal.js";

const out = ["--out", "x"];

describe("a command line that is refused", () => {
  it.each([
    // Options that are not there, or not so.
    [["zephr", ...out, "--forc"], "there is no option --forc\n"],
    [["zephr", ...out, "--force"], "did you mean --overwrite?"],
    [["zephr", ...out, "-as", "csv"], "there is no option -as; did you mean --as?"],
    [["zephr", ...out, "-Z"], "there is no option -Z\n"],
    [["zephr", "--since", "24h", ...out], "write since=…, without dashes"],
    [["zephr", "--out"], "--out needs a value behind it"],
    [["zephr", "--out", "--as", "csv"], "a value that begins with a dash is written --out=-…"],
    [["zephr", ...out, "--overwrite=yes"], "--overwrite is a switch and takes no value"],
    [["zephr", ...out, "--as", "json"], "did you mean --as ndjson?"],
    [["zephr", ...out, "--as", "excel"], "did you mean --as csv --preset excel?"],
    [["zephr", ...out, "--leftover", "resum"], "did you mean --leftover resume?"],
    [["tap", "--confg", "x"], "did you mean --config?"],
    [["list", "--port", "1"], "--port goes together with emulate only"],
    [["list", "-q"], "--quiet goes together with"],
    // Fields.
    [["zephr", "grants=true", ...out], "grants is not text; write grants:=true"],
    [["zephr", "pageSize=500", ...out], "write pageSize:=500"],
    [["zephr", "attributes=no", ...out], "write attributes:=false"],
    [["avepoint", "dataSources=OneDrive,Teams", ...out], `write dataSources:='["OneDrive","Teams"]'`],
    [["zephr", "attr=plan.equals.it's", ...out], `write attr:='["plan.equals.it'\\''s"]'`],
    // Words of help.
    [["help", "authgaer"], 'no help on "authgaer"; did you mean authgear?'],
    [["autgear", "--help"], 'no help on "autgear"; did you mean authgear?'],
    [["zephyr", "since=24h", "-h"], "did you mean zephr?"],
    [["strat", "--help"], "did you mean start?"],
    [["help", "credential"], "did you mean credentials?"],
    [["help", "okta"], 'no help on "okta"\n'],
    [["completion"], "completion is for bash, zsh or fish; name one of them"],
  ])("%j says what was meant", async (words, told) => {
    const { code, stderr, stdout } = await exportkit(words);
    expect({ code, stderr, stdout: stdout.length }).toEqual({
      code: 2,
      stderr: expect.stringContaining(told),
      stdout: 0,
    });
  });

  it.each([
    [["autgear", ...out], "exportkit --help tells more"],
    [
      ["zephr", "sinc=24h", ...out],
      "exportkit zephr --help lists what can be asked for, exportkit run --help the options",
    ],
    [["start", "zephr"], "exportkit start --help the options"],
    [["wait", "--timeout", "5"], "exportkit wait --help tells more"],
    [["tap", "--nothing"], "exportkit tap --help tells more"],
    [["status"], "exportkit start VENDOR --out FILE starts one"],
    [["zephr", ...out], "exportkit help credentials tells where to put them"],
  ])("%j ends with the command that goes on", async (words, hint) => {
    const { code, stderr } = await exportkit(words);
    expect({ code, last: stderr.trim().split("\n").at(-1) }).toEqual({
      code: 2,
      last: expect.stringContaining(hint),
    });
    expect(JSON.parse((await exportkit([...words, "--json"])).stderr)).toMatchObject({
      code: "USAGE",
      hint: expect.stringContaining(hint),
    });
  });

  it("without credentials says which, where they are found, and how to do without", async () => {
    for (const [vendor, variable, place] of [
      ["authgear", "AUTHGEAR_PRIVATE_KEY", "the portal under Advanced > Admin API"],
      ["avepoint", "AVEPOINT_CLIENT_SECRET", "insights.graph.readwrite.all"],
      ["zephr", "ZEPHR_SECRET_KEY", "Zephr's admin console"],
    ] as const) {
      const { code, stderr } = await exportkit([vendor, ...out]);
      expect(code).toBe(2);
      for (const told of [variable, place, `exportkit emulate ${vendor}`]) expect(stderr).toContain(told);
      expect((await exportkit(["doctor", vendor])).stdout.toString()).toContain(place);
    }
  });

  it("with a variable that is misspelt names it, and not its value", async () => {
    const { stderr } = await exportkit(["zephr", ...out], { ZEPHR_TENNANT_ID: "canary", OTHER: "x" });
    expect(stderr).toContain("ZEPHR_TENNANT_ID is set: did you mean ZEPHR_TENANT_ID?");
    expect(stderr).not.toMatch(/canary|OTHER/);
  });

  it("with a profile that is not there names those that are", async () => {
    const HOME = await emptyFolder();
    const folder = join(HOME, ".config/exportkit");
    await mkdir(folder, { recursive: true });
    for (const name of ["news", "staging"]) await writeFile(join(folder, `${name}.env`), "");
    const told = async (name: string) =>
      (await exportkit(["zephr", ...out, "--profile", name], { HOME })).stderr;
    expect(await told("nwes")).toContain("did you mean news?");
    expect(await told("production")).toContain("there are: news, staging");
    await chmod(join(folder, "news.env"), 0o644);
    expect(await told("news")).toContain("chmod 600");
  });
});

describe("an error of the request", () => {
  it("speaks of words and variables, and of nothing in code", async () => {
    const { environment } = await servedZephr(1);
    const { code, stderr } = await exportkit(["zephr", "since=24hours", ...out], environment);
    expect(code).toBe(2);
    expect(stderr).toContain("since: must be 24h, 7d, yesterday, or an ISO 8601 time");
    const wrong = { ...environment, ZEPHR_SECRET_KEY: "wrong" };
    const refused = await exportkit(["zephr", "--out", "-"], wrong);
    expect(refused.stderr).toContain("Check that ZEPHR_ACCESS_KEY and ZEPHR_SECRET_KEY are a pair");
    const access = { AVEPOINT_DATA_CENTER: "us", AVEPOINT_TOKEN: "t" };
    const sharing = [
      "avepoint",
      "report=sharingLinks",
      "linkType=anyone",
      "startTime=x",
      "finishTime=x",
      ...out,
    ];
    expect((await exportkit(sharing, access)).stderr).toContain(
      "startTime: must be a string such as 2026-01-31",
    );
    for (const text of [stderr, refused.stderr]) expect(text).not.toMatch(/Date\b|secretKey|saveExport/);
  });

  it("about another vendor's leftover names both ways on", async () => {
    const { environment } = await servedAuthgear();
    const file = join(await emptyFolder(), "x");
    await exportkit(["start", "authgear", "format=ndjson", "--out", file], environment);
    const { code, stderr } = await exportkit(["zephr", "--out", file], (await servedZephr(1)).environment);
    expect(code).toBe(2);
    expect(stderr).toMatch(/belongs to an export of authgear: choose another path with --out\n.*--restart/);
  });
});

describe("help", () => {
  it.each(Object.keys(guides))("tells about %s, in lines that fit a terminal", async (name) => {
    const { code, stdout } = await exportkit(["help", name]);
    expect(code).toBe(0);
    expect(
      stdout
        .toString()
        .split("\n")
        .filter((line) => line.length > 110),
    ).toEqual([]);
    expect((await exportkit(["--help"])).stdout.toString()).toContain(`\n  ${name} `);
    expect((await exportkit([name, "--help"])).stdout).toEqual(stdout);
  });

  it("of a command has examples that the command line reads", async () => {
    const { readCommand } = await import("../../src/cli/command.js");
    for (const [action, { examples }] of Object.entries(actions)) {
      if (action !== "tap") expect(examples.length, action).toBeGreaterThan(0);
      for (const example of examples) {
        expect((await exportkit([action, "--help"])).stdout.toString()).toContain(`  exportkit ${example}\n`);
        readCommand(example.split(/ [|>] /)[0]?.split(" ") ?? []);
      }
    }
  });
});

describe("the version", () => {
  it.each([["--version"], ["-V"], ["version"]])("is told by %s, for a program with --json", async (word) => {
    expect((await exportkit([word])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
    const known = JSON.parse((await exportkit([word, "--json"])).stdout.toString());
    expect(known).toEqual({
      exportkit: expect.any(String),
      node: process.versions.node,
      platform: process.platform,
    });
  });
});

describe("list", () => {
  it("says how an export comes to be known, and gives a program an empty list", async () => {
    expect((await exportkit(["list"])).stdout.toString()).toContain("exportkit start VENDOR --out FILE");
    expect((await exportkit(["list", "--json"])).stdout.toString()).toBe("[]\n");
  });
});
