// Tries every property many more times than `npm test` does, on new inputs: `npm run test:properties [times] [part of a path]`.
// A failure names its seed and its path; EXPORTKIT_SEED with the same number of times brings it back.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";

const [times = "20", part = ""] = process.argv.slice(2);
const files = globSync("test/**/*.test.ts").filter(
  (file) => file.includes(part) && /support\/runs\.js"|from "\.\/fuzz\.js"/.test(readFileSync(file, "utf8")),
);
const seed = process.env.EXPORTKIT_SEED ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`${files.length} files, ${times} times, seed ${seed}`);
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "--maxWorkers=1", "--testTimeout=7200000", ...files],
  { stdio: "inherit", env: { ...process.env, EXPORTKIT_RUNS: times, EXPORTKIT_SEED: seed } },
);
process.exitCode = status ?? 1;
