import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const release = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/release.js", ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, text: `${stdout}${stderr}` };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "exportkit-release-"));
  cpSync("scripts/release.js", join(folder, "scripts/release.js"));
  writeFileSync(
    join(folder, "package.json"),
    '{\n  "name": "x",\n  "version": "0.1.0",\n  "type": "module"\n}\n',
  );
  writeFileSync(join(folder, "CHANGELOG.md"), "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- It flies.\n");
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "nobody");
  git("config", "user.email", "nobody@example.com");
  git("add", ".");
  git("commit", "--quiet", "--message", "Begin");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the release script", () => {
  it("shows every step and changes nothing, unless it is told to", () => {
    const { status, text } = release("minor");
    expect(status).toBe(0);
    for (const words of ["0.1.0 -> 0.2.0", "[0.2.0] - ", "tag v0.2.0", "--provenance"])
      expect(text).toContain(words);
    expect(git("status", "--porcelain")).toBe("");
    expect(git("tag")).toBe("");
  });

  it("sets the version, dates the changelog, commits and tags", () => {
    expect(release("minor", "--execute").status).toBe(0);
    expect(JSON.parse(read("package.json")).version).toBe("0.2.0");
    expect(read("CHANGELOG.md")).toMatch(
      /## \[Unreleased\]\n\n## \[0\.2\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- It flies\./,
    );
    expect(git("log", "-1", "--format=%s")).toBe("Release 0.2.0");
    expect(git("tag")).toBe("v0.2.0");
    expect(git("status", "--porcelain")).toBe("");
  });

  it.each([
    ["no step", () => {}, [], "which release?"],
    ["what is not committed", () => writeFileSync(join(folder, "new"), ""), ["patch"], "uncommitted changes"],
    ["another branch", () => git("switch", "--quiet", "--create", "side"), ["patch"], "from main"],
    ["a tag that is there", () => git("tag", "v0.1.1"), ["patch"], "there already"],
    [
      "nothing to tell",
      () => {
        writeFileSync(join(folder, "CHANGELOG.md"), "## [Unreleased]\n\n## [0.1.0]\n- x\n");
        git("commit", "--quiet", "--all", "--message", "Empty");
      },
      ["patch"],
      "nothing under [Unreleased]",
    ],
  ])("refuses %s", (_, prepare, args, words) => {
    prepare();
    const { status, text } = release(...args, ...(args.length > 0 ? ["--execute"] : []));
    expect(status).toBe(1);
    expect(text).toContain(words);
  });
});
