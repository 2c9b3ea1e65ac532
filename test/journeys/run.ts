// The ways of new users, from the packed tarball and the documentation alone: `npm run test:journeys`. Tells how many lines each
// of them has to write, and how long it runs, beside a script of before/ that does without the package: the table of
// docs/README.md. `npm run test:journeys -- cron` runs those whose names hold that word.
import { rm } from "node:fs/promises";
// @ts-expect-error a script of plain JavaScript
import { installPacked } from "../../scripts/pack.js";
import { cronLineBefore, cronLineKilledTwice } from "./command-line-user.ts";
import { csvOutOfAWorker, csvOutOfAWorkerBefore } from "./edge-developer.ts";
import { everyExample } from "./examples.ts";
import { firstRecord, firstRecordBefore, nightlyJob, nightlyJobBefore } from "./integration-engineer.ts";
import { type Project, projectIn } from "./project.ts";

type Journey = (project: Project) => Promise<number>;

const journeys: { readonly [name: string]: readonly [after: Journey, before?: Journey] } = {
  "the README to the first record": [firstRecord, firstRecordBefore],
  "a nightly job in PostgreSQL, killed once and resumed": [nightlyJob, nightlyJobBefore],
  "a CSV file out of a Worker": [csvOutOfAWorker, csvOutOfAWorkerBefore],
  "a line of cron, killed twice": [cronLineKilledTwice, cronLineBefore],
  "every example of the package": [everyExample],
};

const [wanted = ""] = process.argv.slice(2);
const { app } = installPacked() as { readonly app: string };
try {
  console.log(
    "| way | lines without exportkit | runs for | lines with it | runs for |\n|---|---|---|---|---|",
  );
  for (const [name, [after, before]] of Object.entries(journeys)) {
    if (!name.includes(wanted)) continue;
    const cells = [...(await walked(before)), ...(await walked(after))];
    console.log(`| ${[name, ...cells].join(" | ")} |`);
  }
} finally {
  await rm(app, { recursive: true, force: true });
}

async function walked(journey: Journey | undefined): Promise<readonly [lines: string, seconds: string]> {
  if (!journey) return ["", ""];
  const startedAt = performance.now();
  const lines = await journey(projectIn(app));
  return [String(lines), `${Math.round((performance.now() - startedAt) / 1_000)} s`];
}
