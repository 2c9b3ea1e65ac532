// What the sink costs beside PostgreSQL itself: records by `postgresSink` against COPY from a file of the same rows, in one run
// and in turns. `npm run bench:postgres [records] [rounds]`. The table is the same, the file is what COPY wrote of it. Beside the
// time the processor's is told, of this process and of the server: on a machine with two idle cores the larger one decides.
import { createReadStream, createWriteStream, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { beginExport } from "exportkit/durable";
import { postgresSink } from "exportkit/postgres";
import { createAuthgearEmulator } from "exportkit/testing";
import pg from "pg";
import { from, to } from "pg-copy-streams";
import { servePostgres } from "../test/postgres/served-postgres.ts";

const RECORDS = Number(process.argv[2] ?? 50_000);
const BATCH = 5_000;
const ROUNDS = Number(process.argv[3] ?? 5);

const emulator = createAuthgearEmulator({ tokens: ["t"], users: BATCH, jobDurationMs: 0 });
const client = createExportClient({
  providers: { users: authgear({ endpoint: emulator.endpoint, token: "t" }) },
  fetch: emulator.fetch,
});
// One batch, which is written again and again, as there is one at a time in the life of an export.
const records: object[] = [];
for await (const user of await client.runExport("users", { format: "ndjson" })) records.push(user);
const { schema } = await client.recordSchema("users", { format: "ndjson" });

/** The processor's time, in ms, of the server's processes; 0 where there is no /proc. */
function serverMs(): number {
  let ticks = 0;
  try {
    for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${id}/stat`, "utf8")) ?? [];
        const [user, system] = rest?.split(" ").slice(11, 13) ?? [];
        if (name === "postgres") ticks += Number(user) + Number(system);
      } catch {}
    }
  } catch {}
  return ticks * 10;
}

const served = await servePostgres();
const pool = new pg.Pool({ connectionString: served.connectionString });
const folder = await mkdtemp(join(tmpdir(), "exportkit-bench-"));
const file = join(folder, "rows");
try {
  let runs = 0;
  const bySink = async () => {
    runs += 1;
    const sink = postgresSink({ pool, table: "users", schema, run: `run ${runs}` });
    let before = beginExport("users", {});
    for (let written = 0; written < RECORDS; written += BATCH) {
      const after = { ...before, records: before.records + records.length };
      await sink.write({ records, last: false }, { before, after });
      before = after;
    }
  };
  const byCopy = async () => {
    const connection = await pool.connect();
    await pipeline(createReadStream(file), connection.query(from("COPY users FROM STDIN")));
    connection.release();
  };
  const timed = async (work: () => Promise<void>) => {
    await pool.query("TRUNCATE users");
    const [startedAt, own, server] = [performance.now(), process.cpuUsage(), serverMs()];
    await work();
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(own);
    const ownMs = Math.round((user + system) / 1_000);
    const perSecond = Math.round((RECORDS / ms) * 1_000);
    return { ms, text: `${perSecond}/s (own ${ownMs} ms, server ${serverMs() - server} ms)` };
  };

  await bySink();
  const connection = await pool.connect();
  await pipeline(connection.query(to("COPY users TO STDOUT")), createWriteStream(file));
  connection.release();
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [sink, copy] = [await timed(bySink), await timed(byCopy)];
    ratios.push(copy.ms / sink.ms);
    console.log(`sink ${sink.text}, COPY from a file ${copy.text}, ratio ${(copy.ms / sink.ms).toFixed(2)}`);
  }
  ratios.sort((a, b) => a - b);
  const rss = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  console.log(`median ratio ${ratios[Math.floor(ROUNDS / 2)]?.toFixed(2)}, ${rss} MB at most`);
} finally {
  await pool.end();
  await served.close();
  await rm(folder, { recursive: true, force: true });
}
