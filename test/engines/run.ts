// Workers of real engines, killed at random moments: `npm run test:engines`, with names of engines to run only those.
// `KILLS` says how many for each engine and vendor (default 25). It ends with the table of docs/durable-engines.md.
import pg from "pg";
import { seededRandom } from "../node/kill/random.ts";
import { servePostgres } from "../postgres/served-postgres.ts";
import { dbos, type EngineUnderTest, pgBoss, restate } from "./engines.ts";
import { vendors } from "./vendors.ts";

const KILLS = Number(process.env.KILLS ?? 25);
const random = seededRandom(20_261_128);
const wanted = process.argv.slice(2).map((name) => name.toLowerCase());

const postgres = await servePostgres();
const pool = new pg.Pool({ connectionString: postgres.connectionString });
pool.on("error", () => {});
const makers: { readonly [name: string]: () => EngineUnderTest | Promise<EngineUnderTest> } = {
  dbos: () => dbos(postgres),
  restate,
  "pg-boss": () => pgBoss(postgres),
};

const lines: string[] = [];
const problems: string[] = [];
const expect = (what: string, is: unknown, wanted: unknown) => {
  if (is !== wanted) problems.push(`${what}: ${is} instead of ${wanted}`);
};

try {
  for (const [name, make] of Object.entries(makers)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const engine = await make();
    try {
      for (const serve of vendors) await killed(engine, await serve());
    } finally {
      await engine.close();
    }
  }
} finally {
  await pool.end();
  await postgres.close();
}
console.log(
  [
    "| engine | vendor | kills of the worker | restarts of the server | starts | rows | distinct rows |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n"),
);
for (const problem of problems) console.error(`FAILED: ${problem}`);
process.exit(problems.length === 0 && lines.length > 0 ? 0 : 1);

/** One vendor's export on one engine, again and again until the worker was killed often enough. */
async function killed(
  engine: EngineUnderTest,
  served: Awaited<ReturnType<(typeof vendors)[number]>>,
): Promise<void> {
  const { vendor, options, request, sliceMs } = served;
  const database = postgres.connectionString;
  const runName = (which: string) => `${engine.name}_${vendor}_${which}`.toLowerCase();
  let kills = 0;
  let restarts = 0;
  let runs = 0;
  let unknown = 0;
  let rows = 0;
  let distinct = 0;
  let reported = 0;
  let isKilledMidRun = false;
  try {
    // Between the vendor's answer and the commit: nobody can know, so nothing is sent again.
    const lost = { vendor, options, request, sliceMs, database, run: runName("lost") };
    await engine.run({ ...lost, diesBeforeCommit: true }, undefined);
    kills += 1;
    const { ended } = await engine.run(lost, undefined);
    expect(`${lost.run} ends`, /^failed .*the start of this run was claimed before/.test(ended ?? ""), true);
    expect(`${lost.run} starts`, served.starts(), vendor === "zephr" ? 0 : 1);
    runs += 1;
    unknown += 1;

    while (kills < KILLS || !isKilledMidRun) {
      const run = runName(String(runs));
      runs += 1;
      for (let result: { ended?: string; killed: boolean } = { killed: true }; result.ended === undefined; ) {
        const isLast = kills >= KILLS;
        result = await engine.run(
          { vendor, options, request, sliceMs, database, run },
          isLast ? undefined : random() * 1_500,
        );
        if (result.killed) kills += 1;
        // In the middle of it, once.
        if (result.killed && restarts === 0 && kills > KILLS / 2) {
          await engine.restart();
          restarts += 1;
        }
        if (result.ended?.includes("the start of this run was claimed before")) unknown += 1;
        else if (result.ended?.startsWith("failed")) problems.push(`${run} ${result.ended}`);
        else if (result.ended) reported += Number(result.ended.replace("done ", ""));
      }
      const found = await pool.query(
        `SELECT count(*)::int AS n, count(DISTINCT record)::int AS d FROM ${run}`,
      );
      rows += found.rows[0].n;
      distinct += found.rows[0].d;
      if (found.rows[0].n > 0) isKilledMidRun = true;
      await pool.query(`DROP TABLE ${run}`);
    }
    expect(`${engine.name} ${vendor}: rows`, rows, reported);
    expect(`${engine.name} ${vendor}: distinct rows`, distinct, rows);
    // A run may end before its start, but never with two.
    expect(`${engine.name} ${vendor}: starts in ${runs} runs`, served.starts() <= runs, true);
  } finally {
    await served.close();
  }
  const line = `| ${engine.name} | ${vendor} | ${kills} | ${restarts} | ${served.starts()} in ${runs} runs, ${unknown} with a start nobody knows of | ${rows} | ${distinct} |`;
  lines.push(line);
  console.log(line);
}
