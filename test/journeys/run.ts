// The ways of new users, from the packed tarball and the documentation alone: `npm run test:journeys`. Tells how many lines each
// of them has to write, and how long it takes. `npm run test:journeys -- cron` runs those whose names hold that word.
import { rm } from "node:fs/promises";
// @ts-expect-error a script of plain JavaScript
import { installPacked } from "../../scripts/pack.js";
import { cronLineKilledTwice } from "./command-line-user.ts";
import { csvOutOfAWorker } from "./edge-developer.ts";
import { everyExample } from "./examples.ts";
import { firstRecord, nightlyJob } from "./integration-engineer.ts";
import { projectIn } from "./project.ts";

const journeys = {
  "the README to the first record": [firstRecord, "lines"],
  "a nightly job in PostgreSQL, killed once": [nightlyJob, "lines"],
  "a CSV file out of a Worker": [csvOutOfAWorker, "lines"],
  "a line of cron, killed twice": [cronLineKilledTwice, "line"],
  "every example of the package": [everyExample, "examples"],
} as const;

const [wanted = ""] = process.argv.slice(2);
const { app } = installPacked() as { readonly app: string };
try {
  for (const [name, [journey, what]] of Object.entries(journeys)) {
    if (!name.includes(wanted)) continue;
    const startedAt = performance.now();
    const count = await journey(projectIn(app));
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(`${name.padEnd(42)} ${String(count).padStart(3)} ${what.padEnd(8)} ${seconds.padStart(6)} s`);
  }
} finally {
  await rm(app, { recursive: true, force: true });
}
