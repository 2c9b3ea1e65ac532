// Changes the sources in small ways, one at a time, and looks whether a test goes red:
// `npm run test:mutants -- [--per 50] [--seed 1] [--at "lease.ts:(28|69)$"] [--tests "^test/(node|cli)/"] [folder of src …]`,
// where `--at` and `--tests` are regular expressions. Works on a copy in the system's temporary folder, and writes survivors
// and scores into a report there.
//
// Every mutant is in the copy from the start, behind a switch. Each test file is run once as it is, and notes which switches
// it passes, its children included; a mutant is then given to the test files that pass it, the quickest first.
import { fork } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { instrument } from "./mutants/instrument.js";

// What looks at the texts of sources, or at what is built of them, knows nothing of mutants.
const LEFT_OUT =
  /^test\/(docs|engines|examples|package|readers|runtimes|types|architecture)|linear-patterns|security-document/;
// A mutant that lives through as much testing is called a survivor.
const LONGEST_MS = 150_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    per: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    at: { type: "string", default: "." },
    tests: { type: "string", default: "." },
    report: { type: "string" },
  },
});
const folders = positionals.length > 0 ? positionals : ["transport", "artifact", "pages", "node"];
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const copy = mkdtempSync(join(tmpdir(), "exportkit-mutants-"));
const report = resolve(values.report ?? join(tmpdir(), "exportkit-mutants.txt"));

function tell(line) {
  console.log(line);
  appendFileSync(report, `${line}\n`);
}

for (const name of ["src", "test", "bench", "examples", "package.json", "tsconfig.json", "vitest.config.ts"])
  cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
mkdirSync(join(copy, "passed"));
const helper = join(copy, "src/mutant.js");
cpSync(join(root, "scripts/mutants/mutant.js"), helper);

const mutants = [];
for (const folder of folders) {
  for (const path of globSync(`src/${folder}/**/*.ts`, { cwd: copy }).sort()) {
    const full = join(copy, path);
    const near = relative(dirname(full), helper);
    const made = instrument(
      readFileSync(full, "utf8"),
      near.startsWith(".") ? near : `./${near}`,
      mutants.length,
    );
    writeFileSync(full, made.text);
    mutants.push(...made.mutants.map((mutant) => ({ ...mutant, folder, path })));
  }
}

process.on("exit", () => {
  if (runner) process.kill(-runner.pid, "SIGKILL");
  rmSync(copy, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

// Runs test files by one Vitest that stays; one that hangs is ended and replaced.
let runner;
function run(file, environment, limitMs) {
  runner ??= fork(join(root, "scripts/mutants/runner.js"), {
    cwd: copy,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    detached: true,
  });
  const current = runner;
  return new Promise((settle) => {
    const began = performance.now();
    const end = (outcome) => {
      clearTimeout(timer);
      current.removeAllListeners();
      settle({ ...outcome, ms: performance.now() - began });
    };
    const drop = (outcome) => {
      runner = undefined;
      try {
        process.kill(-current.pid, "SIGKILL");
      } catch {
        // It is gone already.
      }
      end(outcome);
    };
    const timer = setTimeout(() => drop({ green: false, why: "timeout" }), limitMs);
    current.once("message", (green) => end({ green, why: "killed" }));
    current.once("exit", () => drop({ green: false, why: "crash" }));
    current.send({ file, environment });
  });
}

const at = new RegExp(values.at);
const only = new RegExp(values.tests);
const tests = [];
for (const path of globSync("test/**/*.test.ts", { cwd: copy }).sort()) {
  if (LEFT_OUT.test(path) || !only.test(path)) continue;
  const passed = join(copy, "passed", path.replaceAll("/", "+"));
  writeFileSync(passed, "");
  const { green, ms } = await run(path, { EXPORTKIT_MUTANT: "", EXPORTKIT_MUTANTS_PASSED: passed }, 180_000);
  if (!green) tell(`left out, red without a mutant: ${path}`);
  else
    tests.push({
      path,
      ms,
      passed: new Set(readFileSync(passed, "utf8").split("\n").filter(Boolean).map(Number)),
    });
}
tests.sort((a, b) => a.ms - b.ms);
tell(`${mutants.length} mutants, ${tests.length} test files`);

let seed = Number(values.seed);
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
for (const folder of folders) {
  const left = mutants.filter(
    (mutant) => mutant.folder === folder && at.test(`${mutant.path}:${mutant.line}`),
  );
  const tally = {};
  for (let n = 0; n < Number(values.per) && left.length > 0; n++) {
    const [mutant] = left.splice(Math.floor(random() * left.length), 1);
    const outcome = await judge(mutant);
    tally[outcome] = (tally[outcome] ?? 0) + 1;
    const { path, line, from, to } = mutant;
    if (outcome === "survived" || outcome === "untested") tell(`${outcome} ${path}:${line} ${from} -> ${to}`);
  }
  // What has become of the surroundings meanwhile must not count as killed.
  const { green } = await run(tests[0].path, { EXPORTKIT_MUTANT: "", EXPORTKIT_MUTANTS_PASSED: "" }, 180_000);
  tell(`${folder}: ${JSON.stringify(tally)}${green ? "" : "; not to be believed: red without a mutant now"}`);
}
// The one Vitest that stays would keep this process, too.
process.exit();

async function judge(mutant) {
  const able = tests.filter(({ passed }) => passed.has(mutant.id));
  if (able.length === 0) return "untested";
  let spent = 0;
  for (const { path, ms } of able) {
    if (spent + ms > LONGEST_MS) break;
    spent += ms;
    const environment = { EXPORTKIT_MUTANT: String(mutant.id), EXPORTKIT_MUTANTS_PASSED: "" };
    const { green, why } = await run(path, environment, 30_000 + ms * 4);
    if (!green) return why;
  }
  return "survived";
}
