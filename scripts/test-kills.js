// Kills each kind of save so many times: `npm run test:kills [kills]`. What it survived goes into FAULTS.md.
import { spawnSync } from "node:child_process";

const [kills = "8"] = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "-u", "--maxWorkers=1", "test/node/kill/kill.test.ts"],
  { stdio: "inherit", env: { ...process.env, EXPORTKIT_KILLS: kills } },
);
process.exitCode = status ?? 1;
