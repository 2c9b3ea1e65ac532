// A user of the command line: the line of docs/cron.md, with a profile as docs/command-line.md has it, killed twice.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { adapted, check, type Project, until, withAuthgear } from "./project.ts";

const USERS = 60_000;
const KILL_AT = [3_000_000, 9_000_000];

export async function cronLineKilledTwice(project: Project): Promise<number> {
  const sample = await project.sample("docs/cron.md", "With the command line");
  const line = adapted(
    sample.trim(),
    ["5 3 * * * ", ""],
    ["cd /srv/exports", "mkdir -p exports && cd exports"],
  );
  check(!line.includes("\n"), "it is one line");
  await survivesTwoKills(project, line);
  return 1;
}

export async function cronLineBefore(project: Project): Promise<number> {
  const lines = await project.bring("cron.js");
  await survivesTwoKills(project, "mkdir -p exports; cd exports; exec node ../before/cron.js users.ndjson");
  return lines + 1;
}

async function survivesTwoKills(project: Project, line: string): Promise<void> {
  const profiles = join(project.folder, ".config/exportkit");
  const out = join(project.folder, "exports/users.ndjson");
  await rm(out, { force: true });
  await withAuthgear(project, USERS, async (variables, printed) => {
    await mkdir(profiles, { recursive: true });
    await writeFile(join(profiles, "nightly.env"), printed, { mode: 0o600 });
    for (const bytes of KILL_AT) {
      const run = project.start(line, variables);
      const failed = run.ended.then(({ code, stderr }) =>
        check(code === null, `it ended by itself: ${stderr}`),
      );
      await Promise.race([failed, until(async () => (await sizeOf(`${out}.part`)) > bytes)]);
      run.kill();
      await failed;
      check(!existsSync(out), "a file is whole, or it is not there");
    }
    const { code, stdout, stderr } = await project.start(line, variables).ended;
    check(code === 0 && stdout === "", `${stdout}${stderr}`);
    check(stderr === "", `with -q nothing is said: ${stderr}`);
  });
  const users = (await readFile(out, "utf8")).trimEnd().split("\n");
  const subs = new Set(users.map((user) => JSON.parse(user).sub));
  check(
    subs.size === users.length && users.length >= USERS - 10,
    `${users.length} lines, ${subs.size} users`,
  );
  check((await readdir(dirname(out))).length === 1, "nothing is left beside it");
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
