// An export whose worker is killed three times before your eyes: `npm run demo:durable`. No server and no account: the vendor
// is an emulator in this process, the engine is OpenWorkflow on SQLite. It ends with 1 where the count does not fit.
//
// `npm run demo:durable -- --forget` takes the sink's own copy of the state away: now it does not fit.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { bar, show } from "../demo/board.ts";
import type { Setup } from "./setup.ts";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "20000" },
    forget: { type: "boolean", default: false },
    kills: { type: "string", default: "3" },
  },
});
const USERS = Number(values.users);
/** After which part of the users a worker is killed. */
const KILLS = [0.2, 0.45, 0.7].slice(0, Number(values.kills));
const token = "demo-token";

const emulator = createAuthgearEmulator({ tokens: [token], users: USERS, pendingPolls: 2 });
// Slow enough to be looked at.
emulator.faults.add({
  on: "artifact",
  times: Number.POSITIVE_INFINITY,
  fault: { type: "drip", bytes: 16_384, everyMs: 8 },
});
const server = await serveEmulator(emulator);
let kills = 0;
const folder = await mkdtemp(join(tmpdir(), "exportkit-durable-"));
const setup: Setup = {
  vendor: "authgear",
  options: { endpoint: server.endpoint, token },
  request: { format: "ndjson" },
  run: "users",
  database: join(folder, "sink.sqlite"),
  forgets: values.forget,
};

console.log(
  `${USERS} users go into SQLite, by a workflow of OpenWorkflow. Its worker is killed ${KILLS.length === 1 ? "once" : `${KILLS.length} times`}.\n`,
);
try {
  let ended = "";
  for (const [index, part] of [...KILLS, Number.POSITIVE_INFINITY].entries())
    ended = await work(`worker ${index + 1}`, part * USERS);
  process.exitCode = judge(ended);
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

/** One worker, which is killed once the table has so many rows; resolves with what it said. */
async function work(name: string, most: number): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("openworkflow.ts", import.meta.url))], {
    env: { ...process.env, NODE_NO_WARNINGS: "1", EXPORT: JSON.stringify(setup) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const look = setInterval(() => {
    const rows = count("max(rowid)");
    if (rows >= most) child.kill("SIGKILL");
    show(name, `process ${child.pid}  ${bar(Math.min(rows, USERS), USERS)}  ${rows} rows`);
  }, 50);
  const [, signal] = await once(child, "close");
  clearInterval(look);
  if (signal === "SIGKILL") kills += 1;
  const ended = /^(?:done|failed) .*$/m.exec(said)?.[0] ?? "";
  const how = signal ? `killed by ${signal}` : ended;
  show(name, `process ${child.pid}  ${how}, ${count("count(*)")} rows in the table`, true);
  return ended;
}

/** What the vendor and the table say, whatever the workers said. */
function judge(ended: string): number {
  const rows = count("count(*)");
  const distinct = count("count(DISTINCT json_extract(record, '$.sub'))");
  const starts = emulator.requests.filter(({ operation }) => operation === "start").length;
  console.log(`
the vendor holds     ${USERS} users
the table has        ${rows} rows of ${distinct} users
exports started      ${starts}
workers killed       ${kills}
the workflow says    ${ended}
`);
  const isWhole = rows === USERS && distinct === USERS && ended === `done ${USERS}`;
  const fits = isWhole && starts === 1 && kills === KILLS.length;
  console.log(fits ? "Every user once, by one export." : "WRONG: the count does not fit.");
  return fits ? 0 : 1;
}

function count(what: string): number {
  try {
    const database = new DatabaseSync(setup.database, { readOnly: true, timeout: 1_000 });
    try {
      return Number(database.prepare(`SELECT ${what} AS n FROM "${setup.run}"`).get()?.n);
    } finally {
      database.close();
    }
  } catch {
    // No worker has made it yet.
    return 0;
  }
}
