// Makes a release, or shows what one would do:
//
//   npm run release -- minor              prints every step and changes nothing
//   npm run release -- minor --execute    version, changelog, commit and tag; then says how to publish
//
// Publishing itself is left to CI, which can prove where the package was built: npm publish --provenance.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const at = (name) => fileURLToPath(new URL(name, root));
const git = (...args) => execFileSync("git", args, { cwd: at("."), encoding: "utf8" }).trim();
const fail = (message) => {
  console.error(message);
  process.exit(1);
};

const [step, ...flags] = process.argv.slice(2);
const execute = flags.includes("--execute");
const current = JSON.parse(readFileSync(at("package.json"), "utf8")).version;
const version = next(current, step);
const today = new Date().toISOString().slice(0, 10);

if (git("status", "--porcelain") !== "") fail("there are uncommitted changes; commit or stash them first");
if (git("branch", "--show-current") !== "main") fail("releases are made from main");
if (git("tag", "--list", `v${version}`) !== "") fail(`the tag v${version} is there already`);
const changelog = readFileSync(at("CHANGELOG.md"), "utf8");
const notes = /^## \[Unreleased\]\n([\s\S]*?)(?=^## \[|(?![\s\S]))/m.exec(changelog)?.[1]?.trim() ?? "";
if (notes === "") fail("CHANGELOG.md has nothing under [Unreleased]; tell users what they can do now");

const steps = [
  [`package.json and package-lock.json: ${current} -> ${version}`, writeVersion],
  [
    `CHANGELOG.md: [Unreleased] becomes [${version}] - ${today}, ${notes.split("\n").length} lines`,
    writeChangelog,
  ],
  [`commit "Release ${version}"`, () => git("commit", "-am", `Release ${version}`)],
  [`tag v${version}`, () => git("tag", "-a", `v${version}`, "-m", `${version}\n\n${notes}`)],
];
console.log(
  execute ? `releasing ${version}` : `a release of ${version} would be these steps; nothing is changed:`,
);
for (const [words, run] of steps) {
  console.log(`- ${words}`);
  if (execute) run();
}
console.log(`- then: git push --follow-tags, and in CI: npm ci && npm run ci && npm publish --provenance`);

function next(version, step) {
  const [major, minor, patch] = version.split(".").map(Number);
  if (step === "major") return `${major + 1}.0.0`;
  if (step === "minor") return `${major}.${minor + 1}.0`;
  if (step === "patch") return `${major}.${minor}.${patch + 1}`;
  if (/^\d+\.\d+\.\d+$/.test(step ?? "")) return step;
  return fail("which release? npm run release -- major | minor | patch | 1.2.3 [--execute]");
}

function writeVersion() {
  execFileSync("npm", ["version", version, "--no-git-tag-version", "--ignore-scripts"], {
    cwd: at("."),
    stdio: "ignore",
  });
}

function writeChangelog() {
  const heading = `## [Unreleased]\n\n## [${version}] - ${today}\n`;
  writeFileSync(at("CHANGELOG.md"), changelog.replace("## [Unreleased]\n", heading));
}
