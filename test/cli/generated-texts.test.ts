import { execFileSync, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { actions, optionsOf, optionTable } from "../../src/cli/grammar.js";
import { emptyFolder } from "../node/served-export.js";
import { exportkit } from "./terminal.js";

const printed = async (...words: readonly string[]) => {
  const { code, stdout, stderr } = await exportkit(words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.toString();
};

describe("help for a command", () => {
  // Those of tap are Singer's.
  const own = (Object.keys(actions) as (keyof typeof actions)[]).filter((action) => action !== "tap");
  it.each(own)("%s lists its options and no others", async (action) => {
    const text = await printed(action, "--help");
    expect(text).toMatch(new RegExp(`^Usage: exportkit ${action}`));
    const own = optionsOf(action).map(([name]) => name as string);
    for (const name of Object.keys(optionTable)) {
      expect([name, new RegExp(`--${name}(?![\\w-])`).test(text)]).toEqual([name, own.includes(name)]);
    }
    expect(text.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });

  it("of a vendor is that vendor's, whatever is done with it", async () => {
    expect(await printed("start", "zephr", "--help")).toBe(await printed("zephr", "--help"));
    expect(await printed("help", "start")).toBe(await printed("start", "-h"));
  });
});

describe("the manual page", () => {
  it("has everything that the help has, in lines that troff takes", async () => {
    const text = (await printed("man")).replaceAll("\\-", "-");
    for (const name of Object.keys(optionTable)) expect(text).toContain(`--${name}`);
    for (const name of Object.keys(actions)) expect(text).toMatch(new RegExp(`^\\.B ${name}`, "m"));
    for (const section of ["AUTHGEAR", "AVEPOINT", "ZEPHR", "ENVIRONMENT", "EXIT STATUS"]) {
      expect(text).toContain(`.SH ${section}\n`);
    }
    const macros = text.split("\n").filter((line) => /^['.]/.test(line));
    expect(macros.filter((line) => !/^\.(TH|SH|TP|PP|B|br|nf|fi)\b/.test(line))).toEqual([]);
  });

  it("comes with the package", () => {
    const { man } = createRequire(import.meta.url)("../../package.json");
    expect(man).toBe("./dist/exportkit.1");
  });
});

describe("completion for bash", () => {
  /** What bash would offer for the last word, as a person types it. */
  async function offered(line: string): Promise<readonly string[]> {
    const script = await printed("completion", "bash");
    // As bash breaks words: at "=" and ":", too.
    const words = line
      .split(/\s+|(?<=[=:])(?=[^=:])|(?=[=:])/)
      .filter((word, index, all) => word !== "" || index === all.length - 1);
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const program = `${script}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; COMP_LINE='${line}'; COMP_POINT=${line.length}
_exportkit; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const text = execFileSync("bash", ["--norc", "-c", program], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.split("\n").filter((word) => word !== "");
  }

  it.each([
    ["exportkit ", ["authgear", "avepoint", "zephr", ...Object.keys(actions)]],
    ["exportkit do", ["download", "doctor"]],
    ["exportkit emulate a", ["authgear", "avepoint"]],
    ["exportkit completion ", ["bash", "zsh", "fish"]],
    ["exportkit authgear fo", ["format=ndjson", "format=csv"]],
    ["exportkit authgear format=", ["ndjson", "csv"]],
    ["exportkit authgear format=nd", ["ndjson"]],
    ["exportkit start zephr gr", ["grants:="]],
    ["exportkit zephr --leftover ", ["resume", "restart", "fail"]],
    ["exportkit zephr --as n", ["ndjson"]],
    ["exportkit emulate zephr --", ["--port", "--host", "--records", "--help"]],
    ["exportkit zephr --max-", ["--max-age", "--max-buffered"]],
  ])("offers for %j", async (line, expected) => {
    const found = await offered(line);
    expect(expected.filter((word) => !found.includes(word))).toEqual([]);
    if (!line.endsWith(" ")) expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it("names the files that an export may be known by", async () => {
    expect(await offered("exportkit status package.js")).toEqual(["package.json"]);
    expect(await offered("exportkit zephr --out package.js")).toEqual(["package.json"]);
  });
});

describe("completion for zsh and fish", () => {
  it.each(["zsh", "fish"])("%s knows every action, option, vendor and field", async (shell) => {
    const script = await printed("completion", shell);
    for (const name of Object.keys(optionTable))
      expect(script).toContain(shell === "fish" ? `-l ${name}` : `--${name}`);
    for (const name of [...Object.keys(actions), "authgear", "avepoint", "zephr"])
      expect(script).toContain(name);
    for (const field of ["format=ndjson", "grants:=", "dataSources:="]) expect(script).toContain(field);
    // Where there is such a shell, it reads it.
    const path = join(await emptyFolder(), "script");
    await writeFile(path, script);
    const { status, error, stderr } = spawnSync(shell, ["-n", path], { encoding: "utf8" });
    if (!error) expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("is for the shells it names", async () => {
    for (const words of [["completion"], ["completion", "tcsh"]]) {
      const { code, stderr } = await exportkit(words);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("bash, zsh or fish") });
    }
  });
});
