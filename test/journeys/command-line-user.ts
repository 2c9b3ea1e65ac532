// A user of the command line: the line of docs/cron.md, with a profile as docs/command-line.md has it, killed twice.
import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
  const profiles = join(project.folder, ".config/exportkit");
  const out = join(project.folder, "exports/users.ndjson");
  await withAuthgear(project, USERS, async (_, printed) => {
    await mkdir(profiles, { recursive: true });
    await writeFile(join(profiles, "nightly.env"), printed, { mode: 0o600 });
    for (const bytes of KILL_AT) {
      const run = project.start(line);
      const failed = run.ended.then(({ code, stderr }) =>
        check(code === null, `it ended by itself: ${stderr}`),
      );
      await Promise.race([failed, until(async () => (await sizeOf(`${out}.part`)) > bytes)]);
      run.kill();
      await failed;
      check(!existsSync(out), "a file is whole, or it is not there");
    }
    const { code, stdout, stderr } = await project.start(line).ended;
    check(code === 0 && stdout === "", `${stdout}${stderr}`);
    check(stderr === "", `with -q nothing is said: ${stderr}`);
  });
  const users = (await readFile(out, "utf8")).trimEnd().split("\n");
  const subs = new Set(users.map((user) => JSON.parse(user).sub));
  check(
    subs.size === users.length && users.length >= USERS - 10,
    `${users.length} lines, ${subs.size} users`,
  );
  check(!existsSync(`${out}.part`) && !existsSync(`${out}.job.json`), "nothing is left beside it");
  return 1;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
