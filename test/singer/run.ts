// The tap with targets of Singer that strangers wrote: `npm run test:singer`. It installs `target-jsonl` and
// `meltanolabs-target-postgres` from PyPI into the system's temporary folder, and kills each pipe twice in the middle.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type Emulator,
  serveEmulator,
} from "exportkit/testing";
import pg from "pg";
import { servePostgres } from "../postgres/served-postgres.ts";

const RECORDS = 4_000;
const KILLS = 2;
const token = "ready-made-token";
const folder = mkdtempSync(join(tmpdir(), "exportkit-singer-"));
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const problems: string[] = [];

/** Each target has an environment of its own: they ask for different versions of the same. */
function installed(name: string, command: string): string {
  const venv = join(tmpdir(), `exportkit-${name}`);
  const path = join(venv, "bin", command);
  if (!existsSync(path)) {
    execFileSync("python3", ["-m", "venv", venv]);
    execFileSync(join(venv, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", name]);
  }
  return path;
}

interface Source {
  readonly vendor: string;
  readonly stream: string;
  readonly emulator: Emulator;
  readonly records: number;
  readonly config: (endpoint: string) => object;
  /** What identifies a record in the table, as SQL, and in a line of JSON. */
  readonly sql: string;
  readonly identity: (record: { readonly [name: string]: unknown }) => unknown;
}

const slowly = {
  times: Number.POSITIVE_INFINITY,
  fault: { type: "drip", bytes: 16_384, everyMs: 10 },
} as const;

const sources: readonly (() => Source)[] = [
  () => ({
    vendor: "authgear",
    stream: "users",
    records: RECORDS,
    emulator: createAuthgearEmulator({
      tokens: [token],
      users: RECORDS,
      faults: [{ on: "artifact", ...slowly }],
    }),
    config: (endpoint) => ({ options: { endpoint, token } }),
    sql: "sub",
    identity: ({ sub }) => sub,
  }),
  () => ({
    vendor: "zephr",
    stream: "users",
    records: RECORDS,
    emulator: createZephrEmulator({ keys: { access: "secret" }, users: RECORDS, latencyMs: 50 }),
    config: (baseUrl) => ({
      options: { baseUrl, accessKey: "access", secretKey: "secret" },
      streams: { users: { pageSize: 100 } },
    }),
    sql: "user_id",
    identity: ({ user_id }) => user_id,
  }),
  () => ({
    vendor: "avepoint",
    stream: "access",
    // A workbook of AvePoint's begins with rows that are none of the report's.
    records: RECORDS + 4,
    emulator: createAvepointEmulator({
      tokens: [token],
      rows: RECORDS,
      faults: [{ on: "artifact", ...slowly }],
    }),
    config: (baseUrl) => ({
      options: { baseUrl, token },
      streams: { access: { report: "userAccess", email: "ada@contoso.com", dataSources: ["OneDrive"] } },
    }),
    sql: "(file, sheet, row)",
    identity: ({ file, sheet, row }) => JSON.stringify([file, sheet, row]),
  }),
];

/** One pipe from the tap to a target, killed once `isTime` says so; resolves with whether it came to its end. */
async function pipe(config: string, state: string, target: readonly string[], isTime: () => boolean) {
  const words = ["tap", "--quiet", "--config", config, ...(existsSync(state) ? ["--state", state] : [])];
  const tap = spawn(process.execPath, [cli, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const [command = "", ...options] = target;
  const sink = spawn(command, options, {
    stdio: ["pipe", "pipe", process.env.VERBOSE ? "inherit" : "ignore"],
    cwd: folder,
  });
  sink.stdin.on("error", () => {});
  tap.stdout.pipe(sink.stdin);
  let told = "";
  sink.stdout.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  const look = setInterval(() => {
    if (isTime()) tap.kill("SIGKILL");
  }, 20);
  const ended = (child: ChildProcess) => once(child, "close");
  const [[code], [targetCode]] = await Promise.all([ended(tap), ended(sink)]);
  clearInterval(look);
  if (targetCode !== 0) problems.push(`${command} ended with ${targetCode}`);
  const last = told.trim().split("\n").at(-1);
  if (last) writeFileSync(state, last);
  return code === 0;
}

/** A stream into a target, its tap killed again and again in the middle; how often it was. */
async function through(source: Source, target: readonly string[], count: () => number): Promise<number> {
  const { vendor, emulator, config } = source;
  const served = await serveEmulator(emulator);
  const path = join(folder, `${vendor}.json`);
  const state = join(folder, `${vendor}-${target[0]?.split("/").at(-1)}.state`);
  writeFileSync(path, JSON.stringify({ vendor, ...config(served.endpoint) }));
  let kills = 0;
  try {
    for (let isOver = false; !isOver; ) {
      const before = count();
      const asked = emulator.requests.length;
      // Not before it got anywhere in this life.
      const isTime = () => kills < KILLS && count() + emulator.requests.length > before + asked + 3;
      isOver = await pipe(path, state, target, isTime);
      if (!isOver) kills += 1;
      if (kills > 10) throw new Error(`${vendor} did not come to its end`);
    }
  } finally {
    await served.close();
  }
  return kills;
}

const lines: string[] = [];
function report(
  target: string,
  { vendor, emulator, records }: Source,
  kills: number,
  rows: number,
  distinct: number,
) {
  const starts = emulator.requests.filter(({ operation }) => operation === "start").length;
  lines.push(`| ${target} | ${vendor} | ${kills} | ${starts} | ${rows} | ${distinct} |`);
  console.log(lines.at(-1));
  if (distinct !== records) problems.push(`${target}, ${vendor}: ${distinct} of ${records} records`);
  if (target !== "target-jsonl" && rows !== distinct)
    problems.push(`${target}, ${vendor}: ${rows - distinct} twice`);
}

const postgres = await servePostgres();
const pool = new pg.Pool({ connectionString: postgres.connectionString });
pool.on("error", () => {});
try {
  const jsonl = installed("target-jsonl", "target-jsonl");
  const output = join(folder, "jsonl");
  const jsonlConfig = join(folder, "target-jsonl.json");
  for (const make of sources) {
    const source = make();
    rmSync(output, { recursive: true, force: true });
    execFileSync("mkdir", [output]);
    writeFileSync(jsonlConfig, JSON.stringify({ destination_path: output, do_timestamp_file: false }));
    const files = () => readdirSync(output).map((name) => readFileSync(join(output, name), "utf8"));
    const rows = () => files().flatMap((text) => text.trim().split("\n").filter(Boolean));
    const kills = await through(source, [jsonl, "--config", jsonlConfig], () => rows().length);
    const records = rows().map((line) => JSON.parse(line) as { readonly [name: string]: unknown });
    report("target-jsonl", source, kills, records.length, new Set(records.map(source.identity)).size);
  }

  const target = installed("meltanolabs-target-postgres", "target-postgres");
  const targetConfig = join(folder, "target-postgres.json");
  for (const make of sources) {
    const source = make();
    const { vendor, stream, sql } = source;
    writeFileSync(
      targetConfig,
      JSON.stringify({
        sqlalchemy_url: postgres.connectionString.replace(/^postgres:/, "postgresql:"),
        default_target_schema: vendor,
      }),
    );
    const kills = await through(source, [target, "--config", targetConfig], () => 0);
    const { rows } = await pool.query(
      `SELECT count(*)::int AS n, count(DISTINCT ${sql})::int AS d FROM ${vendor}.${stream}`,
    );
    report("target-postgres", source, kills, rows[0].n, rows[0].d);
  }
} finally {
  await pool.end();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  ["| target | vendor | kills | starts | rows | distinct rows |", "|---|---|---|---|---|---|", ...lines].join(
    "\n",
  ),
);
for (const problem of problems) console.error(`FAILED: ${problem}`);
process.exit(problems.length === 0 && lines.length > 0 ? 0 : 1);
