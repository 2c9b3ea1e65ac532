import type { ExportState } from "../durable/export-state.js";
import type { StateChange } from "../durable/sink.js";
import { ExportError } from "../model/errors.js";
import { inTransaction, type PostgresClient, type PostgresPool, query } from "./pool.js";

/** The table of runs: the state and the claim of each. */
export interface RunTable {
  /** Makes the table. */
  readonly createStatement: string;
  load(): Promise<ExportState | null>;
  /** Takes the state a step further, in the transaction of the records. Throws where another worker has done so. */
  advance(client: PostgresClient, states: StateChange): Promise<void>;
  claim(): Promise<boolean>;
  release(): Promise<void>;
}

/** How many runs of a group may have a job running at the vendor, over all workers that share the table of runs. */
export interface RunLimit {
  readonly group: string;
  readonly jobs: number;
}

/**
 * @param table - quoted
 */
export function runTable(
  pool: PostgresPool,
  table: string,
  run: string,
  limit: RunLimit | undefined,
): RunTable {
  return {
    createStatement: `CREATE TABLE ${table} (
      run text PRIMARY KEY,
      state jsonb,
      claimed_at timestamptz,
      run_group text,
      updated_at timestamptz NOT NULL DEFAULT now()
    )`,
    async load() {
      const { rows } = await query(pool, `SELECT state::text FROM ${table} WHERE run = $1`, [run]);
      const state = rows[0]?.state ?? null;
      return state === null ? null : fromJsonb(String(state));
    },
    async advance(client, { before, after }) {
      const isFirst = before.job === undefined && before.records === 0;
      // The row is locked from here on; whoever comes at the same time waits, and then finds another state.
      const statement = isFirst
        ? `INSERT INTO ${table} AS r (run, state) VALUES ($1, $3) ON CONFLICT (run) DO UPDATE
           SET state = excluded.state, updated_at = now() WHERE r.state IS NULL OR r.state = $2`
        : `UPDATE ${table} SET state = $3, updated_at = now() WHERE run = $1 AND state = $2`;
      const states = [toJsonb(before), toJsonb(after)];
      const { rowCount } = await client.query(
        statement.replace("$2", "$2::jsonb").replace("$3", "$3::jsonb"),
        [run, ...states],
      );
      if (rowCount !== 1) throw overtaken(before.connection, run);
    },
    async claim() {
      if (limit) return inTransaction(pool, (client) => claimWithin(client, table, run, limit));
      const { rowCount } = await query(
        pool,
        `INSERT INTO ${table} AS r (run, claimed_at) VALUES ($1, now()) ON CONFLICT (run) DO UPDATE
         SET claimed_at = now() WHERE r.claimed_at IS NULL AND r.state IS NULL`,
        [run],
      );
      return rowCount === 1;
    },
    async release() {
      await query(pool, `UPDATE ${table} SET claimed_at = NULL WHERE run = $1 AND state IS NULL`, [run]);
    },
  };
}

/** Claims, and takes it back with the transaction where as many of the group run as may. */
async function claimWithin(
  client: PostgresClient,
  table: string,
  run: string,
  { group, jobs }: RunLimit,
): Promise<boolean> {
  // Two that count at the same time would both find room.
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`exportkit ${table} ${group}`]);
  const { rowCount } = await client.query(
    `INSERT INTO ${table} AS r (run, claimed_at, run_group) VALUES ($1, now(), $2) ON CONFLICT (run) DO UPDATE
     SET claimed_at = now(), updated_at = now(), run_group = $2 WHERE r.claimed_at IS NULL AND r.state IS NULL`,
    [run, group],
  );
  if (rowCount !== 1) return false;
  // Whoever waits for a job asks often, and stores it: without news for an hour nobody does, and counting it on would block
  // starts for ever.
  const { rows } = await client.query(
    `SELECT count(*)::int AS running FROM ${table} WHERE run_group = $1 AND run <> $2
     AND updated_at > now() - interval '1 hour' AND CASE WHEN state IS NULL THEN claimed_at IS NOT NULL
     ELSE state->'job'->>'status' IN ('pending', 'running') END`,
    [group, run],
  );
  const running = Number(rows[0]?.running);
  if (running < jobs) return true;
  throw new ExportError(
    "CONCURRENCY_LIMIT",
    `${running} ${running === 1 ? "export runs" : "exports run"} in group ${group} already, and no more than ${jobs} may; ` +
      "nothing was claimed or sent. Take the step again when one of them has ended",
    { operation: "start", retryable: true, details: { running, limit: jobs, group, reason: "limit" } },
  );
}

// What `jsonb` refuses, a NUL or a lone surrogate, is stored as U+001A and four digits, and so is U+001A itself: a state must
// come back as it was, for it decides what is sent and where the export resumes.
const REFUSED = /(?<!\\)((?:\\\\)*)\\u(0000|001a|d[89a-f][0-9a-f]{2})/g;
const STORED = /(?<!\\)((?:\\\\)*)\\u001a([0-9a-f]{4})/g;

function toJsonb(state: ExportState): string {
  return JSON.stringify(state).replace(REFUSED, "$1\\u001a$2");
}

function fromJsonb(text: string): ExportState {
  return JSON.parse(text.replace(STORED, "$1\\u$2"));
}

function overtaken(connection: string, run: string): ExportError {
  return new ExportError(
    "CONCURRENCY_LIMIT",
    `run ${run} was taken further by another worker meanwhile, so nothing was written. Take the next step: it goes by the sink's state`,
    { connection, retryable: true, details: { run, reason: "overtaken" } },
  );
}
