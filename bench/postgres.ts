// What the sink costs beside PostgreSQL itself: records by `postgresSink` against COPY from a file of the same rows, in one run
// and in turns. `npm run bench:postgres [records]`. The table is the same, the file is what COPY wrote of it.
import { createReadStream, createWriteStream } from "node:fs";
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
const ROUNDS = 5;

const emulator = createAuthgearEmulator({ tokens: ["t"], users: RECORDS, jobDurationMs: 0 });
const client = createExportClient({
  providers: { users: authgear({ endpoint: emulator.endpoint, token: "t" }) },
  fetch: emulator.fetch,
});
const batches: (readonly object[])[] = [];
const download = await client.runExport("users", { format: "ndjson" });
for await (const { records } of download.batches({ size: BATCH, bytes: 64e6 })) batches.push(records);
const { schema } = await client.recordSchema("users", { format: "ndjson" });

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
    for (const records of batches) {
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
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };

  await bySink();
  const connection = await pool.connect();
  await pipeline(connection.query(to("COPY users TO STDOUT")), createWriteStream(file));
  connection.release();
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [sinkMs, copyMs] = [await timed(bySink), await timed(byCopy)];
    ratios.push(copyMs / sinkMs);
    const perSecond = (ms: number) => Math.round((RECORDS / ms) * 1_000);
    console.log(
      `sink ${perSecond(sinkMs)} records/s, COPY from a file ${perSecond(copyMs)} rows/s, ratio ${(copyMs / sinkMs).toFixed(2)}`,
    );
  }
  ratios.sort((a, b) => a - b);
  const rss = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  console.log(`median ratio ${ratios[Math.floor(ROUNDS / 2)]?.toFixed(2)}, ${rss} MB with all records held`);
} finally {
  await pool.end();
  await served.close();
  await rm(folder, { recursive: true, force: true });
}
