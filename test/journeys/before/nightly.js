// A run of its own for each day: claimed before the start, stored with the users of each batch, fenced by the place it resumed from.
import pg from "pg";
import { authgear, users } from "./authgear.js";

const { AUTHGEAR_ENDPOINT, AUTHGEAR_PROJECT_ID, AUTHGEAR_KEY_ID, AUTHGEAR_PRIVATE_KEY, DATABASE_URL } =
  process.env;
const vendor = authgear({
  endpoint: AUTHGEAR_ENDPOINT,
  projectId: AUTHGEAR_PROJECT_ID,
  keyId: AUTHGEAR_KEY_ID,
  privateKey: AUTHGEAR_PRIVATE_KEY,
});
const run = `users-${new Date().toISOString().slice(0, 10)}`;
const database = new pg.Client({ connectionString: DATABASE_URL });
await database.connect();
await database.query("CREATE TABLE IF NOT EXISTS users (sub text PRIMARY KEY, record jsonb)");
await database.query(
  "CREATE TABLE IF NOT EXISTS runs (run text PRIMARY KEY, task text, etag text, bytes bigint NOT NULL DEFAULT 0, done boolean NOT NULL DEFAULT false)",
);

const claim = await database.query("INSERT INTO runs (run) VALUES ($1) ON CONFLICT DO NOTHING", [run]);
if (claim.rowCount === 1) {
  try {
    const { id } = await vendor.start("ndjson");
    await database.query("UPDATE runs SET task = $2 WHERE run = $1", [run, id]);
  } catch (error) {
    // Refused for certain: another run may start.
    if (error.isForGood) await database.query("DELETE FROM runs WHERE run = $1", [run]);
    throw error;
  }
}
const { rows } = await database.query("SELECT * FROM runs WHERE run = $1", [run]);
const { task, etag, bytes, done } = rows[0];
if (!task)
  throw new Error(`run ${run} was claimed, and nobody knows whether an export runs: look in the portal`);

const seen = { etag };
let stored = Number(bytes);
async function store(batch, end, isLast) {
  await database.query("BEGIN");
  try {
    const moved = await database.query(
      "UPDATE runs SET bytes = $2, etag = $3, done = $4 WHERE run = $1 AND bytes = $5 AND NOT done",
      [run, end, seen.etag, isLast, stored],
    );
    if (moved.rowCount !== 1) throw new Error("another worker has taken the run further");
    const bySub = new Map(batch.map((user) => [user.sub, JSON.stringify(user)]));
    await database.query(
      `INSERT INTO users SELECT * FROM unnest($1::text[], $2::jsonb[])
       ON CONFLICT (sub) DO UPDATE SET record = excluded.record`,
      [[...bySub.keys()], [...bySub.values()]],
    );
    await database.query("COMMIT");
  } catch (error) {
    await database.query("ROLLBACK");
    throw error;
  }
  stored = end;
}

if (!done) {
  await vendor.wait(task);
  let batch = [];
  let last = stored;
  for await (const { user, end } of users(vendor.bytes(task, stored, seen), stored)) {
    batch.push(user);
    last = end;
    if (batch.length < 5_000) continue;
    await store(batch, end, false);
    batch = [];
  }
  await store(batch, last, true);
}
await database.end();
