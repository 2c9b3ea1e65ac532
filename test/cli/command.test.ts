import { describe, expect, it } from "vitest";
import { readCommand } from "../../src/cli/command.js";
import { thrown } from "../support/outcome.js";
import { exportkit } from "./terminal.js";

describe("the command line", () => {
  it("reads a vendor, request fields and options", () => {
    expect(
      readCommand([
        "avepoint",
        "report=userAccess",
        "email=ada=lovelace@contoso.com",
        'dataSources:=["OneDrive"]',
        "-o",
        "report.csv",
        "--as",
        "csv",
        "--columns",
        "Object, Permission",
        "--timeout",
        "30m",
        "--skip-invalid",
      ]),
    ).toEqual({
      kind: "export",
      action: "run",
      vendor: "avepoint",
      request: { report: "userAccess", email: "ada=lovelace@contoso.com", dataSources: ["OneDrive"] },
      out: "report.csv",
      format: "csv",
      csv: { columns: ["Object", "Permission"] },
      skipInvalid: true,
      overwrite: false,
      leftover: "resume",
      maxAgeMs: undefined,
      dryRun: false,
      profile: undefined,
      timeoutMs: 1_800_000,
      json: false,
      quiet: false,
      verbose: false,
    });
  });

  it("reads how CSV is to be written", () => {
    const read = (...words: readonly string[]) => readCommand(["zephr", "-o", "x", "--as", "csv", ...words]);
    const words =
      "--columns user_id,user.a=A=1 --preset excel --delimiter tab --bom --newline lf --quote all";
    expect(
      read(...words.split(" "), "--null-text", "", "--dates", "keep", "--booleans", "upper"),
    ).toMatchObject({
      csv: {
        columns: ["user_id", { path: "user.a", header: "A=1" }],
        preset: "excel",
        delimiter: "\t",
        bom: true,
        newline: "lf",
        quote: "all",
        nullText: "",
        dates: "keep",
        booleans: "upper",
      },
    });
    expect(read("--columns", '["a,b", {"path": "c=d", "header": "e"}]')).toMatchObject({
      csv: { columns: ["a,b", { path: "c=d", header: "e" }] },
    });
    expect(read("--delimiter", ";")).toMatchObject({ csv: { delimiter: ";" } });
  });

  it.each([
    [["--timeout", "90s"], 90_000],
    [["--timeout", "2h"], 7_200_000],
  ])("reads %s as ms", (words, timeoutMs) => {
    expect(readCommand(["zephr", "-o", "x", ...words])).toMatchObject({ timeoutMs });
  });

  it.each([
    [[], /name a vendor|Usage/],
    [["okta", "--out", "x"], /"okta" is not a vendor; there are authgear, avepoint, zephr/],
    [["constructor", "--out", "x"], /"constructor" is not a vendor/],
    [["--out", "x"], /name a vendor first/],
    [["zephr"], /--out FILE is missing/],
    [["zephr", "--out", "x", "--colums", "a"], /--colums/],
    [["zephr", "--out", "x", "--as", "xml"], /--as must be raw or ndjson or csv, and not "xml"/],
    [["zephr", "--out", "x", "--columns", "a"], /--columns needs --as csv/],
    [["zephr", "--out", "x", "--formulas", "escape"], /--formulas needs --as csv/],
    [["zephr", "--out", "x", "--as", "csv", "--formulas", "run"], /--formulas must be escape or keep/],
    [["zephr", "--out", "x", "--as", "ndjson", "--bom"], /--bom needs --as csv/],
    [["zephr", "--out", "x", "--null-text", "-"], /--null-text needs --as csv/],
    [["zephr", "--out", "x", "--as", "csv", "--preset", "lotus"], /--preset must be excel/],
    [["zephr", "--out", "x", "--as", "csv", "--columns", "[a"], /--columns is not JSON/],
    [["zephr", "--out", "x", "--skip-invalid"], /--skip-invalid needs --as/],
    [["zephr", "--out", "x", "--timeout", "30"], /--timeout must be a number with ms, s, m, h or d/],
    [["zephr", "--out", "-", "--timeout", "30m"], /--timeout does not go together with --out -/],
    [["zephr", "--out="], /--out must be the name of a file/],
    [["zephr", "--out", "folder/"], /--out must be the name of a file/],
    [["zephr", "--out", "x", "grants"], /"grants" is not a request field; write name=text/],
    [["zephr", "--out", "x", "__proto__=1"], /not a request field/],
    [["zephr", "--out", "x", "grants:=yes"], /grants:= must be followed by JSON/],
    [["zephr", "--out", "x", "appIds=a", "appIds=b"], /appIds is given twice; write a list/],
  ])("refuses %j with exit code 2 and a word on what to do", async (words, message) => {
    if (words.length === 0) return expect((await exportkit(words)).code).toBe(0);
    expect((thrown(() => readCommand(words)) as Error).message).toMatch(message);
    const { code, stderr, stdout } = await exportkit(words);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toHaveLength(0);
  });

  it("explains itself", async () => {
    const unfinished = [
      ["format=ndjson", "--help"],
      ["users.ndjson", "--help"],
    ];
    for (const words of [[], ["--help"], ["help"], ["-h"], ...unfinished]) {
      const { code, stdout, stderr } = await exportkit(words);
      expect(code).toBe(0);
      expect(stderr).toBe("");
      expect(stdout.toString()).toMatch(/^Usage: exportkit VENDOR/);
      expect(stdout.toString()).toContain("ZEPHR_ACCESS_KEY + ZEPHR_SECRET_KEY");
    }
  });

  it("tells its version", async () => {
    const { code, stdout } = await exportkit(["--version"]);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [
      "authgear",
      {},
      "AUTHGEAR_ENDPOINT; and AUTHGEAR_PROJECT_ID + AUTHGEAR_KEY_ID + AUTHGEAR_PRIVATE_KEY, or",
    ],
    ["authgear", { AUTHGEAR_ENDPOINT: "https://a.b" }, "have AUTHGEAR_PROJECT_ID + AUTHGEAR_KEY_ID"],
    ["zephr", { ZEPHR_TENANT_ID: "news", ZEPHR_ACCESS_KEY: "" }, "have ZEPHR_ACCESS_KEY + ZEPHR_SECRET_KEY"],
    ["avepoint", { AVEPOINT_DATA_CENTER: "us" }, "AVEPOINT_CLIENT_ID + AVEPOINT_CLIENT_SECRET, or"],
  ])("names what %s lacks in the environment", async (vendor, environment, message) => {
    const { code, stderr } = await exportkit([vendor, "--out", "x"], environment as never);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
