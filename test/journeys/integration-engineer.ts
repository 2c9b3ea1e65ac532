// An integration engineer: the README to the first record, then a nightly job into PostgreSQL that is killed in the middle; and both
// by scripts without the package, which are held to the same.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { servePostgres } from "../postgres/served-postgres.ts";
import { adapted, check, type Project, until, withAuthgear } from "./project.ts";

/** What the README has somebody type, in the order of its first section; the emulator holds as many users as both ways read. */
export async function firstRecord(project: Project): Promise<number> {
  const heading = "First use: every user of an Authgear project";
  const page = await readFile(join(project.folder, "node_modules/exportkit/README.md"), "utf8");
  const [section = ""] = page.slice(page.indexOf(`## ${heading}`)).split("\n## What");
  const [install, emulate = "", run = ""] = [...section.matchAll(/^```sh\n(.*)$/gm)].map(([, line]) => line);
  check(install === "npm install exportkit", "the README begins with the installation");
  const lines = await project.write("users.mts", await project.sample("README.md", heading, "ts"));
  const emulator = project.start(emulate.replace("authgear", `authgear --records ${FIRST}`));
  try {
    await until(async () => (await readFile(join(project.folder, ".env"), "utf8").catch(() => "")) !== "");
    await printsUsers(project, run);
  } finally {
    emulator.kill();
  }
  return lines;
}

export async function firstRecordBefore(project: Project): Promise<number> {
  const lines = await project.bring("first.js");
  await withAuthgear(project, FIRST, (variables) => printsUsers(project, "node before/first.js", variables));
  return lines;
}

const FIRST = 25;

async function printsUsers(project: Project, command: string, variables: object = {}): Promise<void> {
  const { code, stdout, stderr } = await project.start(command, variables).ended;
  check(code === 0, stderr);
  check(stdout.trim().split("\n").length >= FIRST, `${FIRST} users, and not:\n${stdout}`);
}

const USERS = 40_000;

export async function nightlyJobBefore(project: Project): Promise<number> {
  const lines = await project.bring("nightly.js");
  await survivesAKill(project, "node before/nightly.js", "runs");
  return lines;
}

export async function nightlyJob(project: Project): Promise<number> {
  const sample = await project.sample("docs/postgres.md");
  const program = `import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
const { AUTHGEAR_ENDPOINT = "", AUTHGEAR_PROJECT_ID = "", AUTHGEAR_KEY_ID = "", AUTHGEAR_PRIVATE_KEY = "" } = process.env;
const client = createExportClient({
  providers: {
    users: authgear({
      endpoint: AUTHGEAR_ENDPOINT, projectId: AUTHGEAR_PROJECT_ID, keyId: AUTHGEAR_KEY_ID, privateKey: AUTHGEAR_PRIVATE_KEY,
    }),
  },
});
const sleepUntil = (at) => new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
${adapted(sample, ["new Pool()", "new Pool({ connectionString: process.env.DATABASE_URL })"])}
process.exit(0);
`;
  const lines = await project.write("nightly.mjs", program);
  await survivesAKill(project, "node nightly.mjs", "exportkit_runs");
  return lines;
}

/** Killed once in the middle and run again, it has every user once, out of one run. */
async function survivesAKill(project: Project, command: string, runTable: string): Promise<void> {
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--silent", "pg"], { cwd: project.folder });
  const postgres = await servePostgres();
  const pool = new pg.Pool({ connectionString: postgres.connectionString });
  // The server ends while connections are open; that is no news.
  pool.on("error", () => {});
  const count = async () => {
    const { rows } = await pool.query("select count(*)::int as n, count(distinct sub)::int as d from users");
    return rows[0] as { readonly n: number; readonly d: number };
  };
  try {
    await withAuthgear(project, USERS, async (variables) => {
      const env = { ...variables, DATABASE_URL: postgres.connectionString };
      const first = project.start(command, env);
      await until(async () => (await count().catch(() => ({ n: 0 }))).n > 0);
      first.kill();
      await first.ended;
      const { n } = await count();
      check(n > 0 && n < USERS, `it was to be killed in the middle, and not at ${n}`);
      const { code, stderr } = await project.start(command, env).ended;
      check(code === 0, stderr);
      const whole = await count();
      check(whole.n === whole.d && whole.n >= USERS - 10, `${whole.n} rows and ${whole.d} users of ${USERS}`);
      const runs = await pool.query(`select count(*)::int as n from ${runTable}`);
      check(runs.rows[0].n === 1, "one run");
    });
  } finally {
    await pool.end();
    await postgres.close();
  }
}
