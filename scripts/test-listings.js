// Checks the promise about listings that change on 20,000 of them, or as many as asked for, with new inputs every time:
// `npm run test:listings [runs] [seed]`. An ordinary `npm test` checks 1,000, always the same.
import { spawnSync } from "node:child_process";

const [runs = "20000", seed = String(Math.floor(Math.random() * 2 ** 31))] = process.argv.slice(2);
console.log(`${runs} listings, seed ${seed}`);
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "--maxWorkers=1", "test/pages/changing-listing.test.ts"],
  {
    stdio: "inherit",
    env: { ...process.env, EXPORTKIT_LISTING_RUNS: runs, EXPORTKIT_SEED: seed },
  },
);
process.exitCode = status ?? 1;
