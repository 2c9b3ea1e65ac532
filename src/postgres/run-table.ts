import type { ExportState } from "../durable/export-state.js";
import type { StateChange } from "../durable/sink.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { randomId } from "../model/random-id.js";
import { inTransaction, type PostgresClient, type PostgresPool, type PostgresResult, query } from "./pool.js";

/** The table of runs: the state and the claim of each. */
export interface RunTable {
  /** Makes the table. */
  readonly createStatement: string;
  load(): Promise<ExportState | null>;
  /** Takes the state a step further, in the transaction of the records. Throws where another worker has done so. */
  advance(client: PostgresClient, states: StateChange): Promise<void>;
  /** @param token - of the claim; without one it gets one of its own */
  claim(token?: string): Promise<boolean>;
  release(token?: string): Promise<void>;
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
  // The claims made here. One without a token, made by hand or by a wrapper that does not pass it on, gets one of its own.
  const made = new Set<string>();
  let own: string | undefined;
  return {
    createStatement: `CREATE TABLE ${table} (
      run text PRIMARY KEY,
      state jsonb,
      claimed_at timestamptz,
      claim text,
      run_group text,
      updated_at timestamptz NOT NULL DEFAULT now()
    )`,
    async load() {
      const { rows } = await query(pool, `SELECT state::text FROM ${table} WHERE run = $1`, [run]);
      const state = rows[0]?.state ?? null;
      return state === null ? null : fromJsonb(String(state));
    },
    async advance(client, { before, after, claim }) {
      // The row is locked from here on; whoever comes at the same time waits, and then finds another state.
      const set = "SET state = $2::jsonb, updated_at = now() WHERE";
      const values: unknown[] = [run, toJsonb(after), toJsonb(before)];
      const isFirst = before.job === undefined && before.records === 0;
      if (!isFirst) {
        const changed = await client.query(`UPDATE ${table} ${set} run = $1 AND state = $3::jsonb`, values);
        if (isOne(changed)) return;
        throw overtaken(before.connection, run);
      }
      const tokens = [claim, own].filter((token) => token !== undefined);
      const isClaimed = tokens.length > 0;
      const fence = `(r.state IS NULL OR r.state = $3::jsonb)${isClaimed ? " AND (r.claim IS NULL OR r.claim = ANY($4))" : ""}`;
      // Where a claim was made here and its row is gone, somebody has given up what it started.
      const statement = tokens.some((token) => made.has(token))
        ? `UPDATE ${table} AS r ${set} run = $1 AND ${fence}`
        : `INSERT INTO ${table} AS r (run, state) VALUES ($1, $2::jsonb) ON CONFLICT (run) DO UPDATE ${set} ${fence}`;
      if (isOne(await client.query(statement, isClaimed ? [...values, tokens] : values))) return;
      const { rows } = isClaimed
        ? await client.query(`SELECT claim FROM ${table} WHERE run = $1`, [run])
        : { rows: [] };
      if (!isClaimed || tokens.some((token) => token === rows[0]?.claim))
        throw overtaken(before.connection, run);
      throw claimLost(after, run);
    },
    async claim(given) {
      const token = given ?? randomId();
      const isClaimed = limit
        ? await inTransaction(pool, (client) => claimWithin(client, table, run, token, limit))
        : isOne(await query(pool, claimStatement(table, "NULL"), [run, token]));
      if (isClaimed) {
        made.add(token);
        if (given === undefined) own = token;
      }
      return isClaimed;
    },
    async release(given) {
      const token = given !== undefined && made.has(given) ? given : (own ?? given);
      await query(
        pool,
        `UPDATE ${table} SET claimed_at = NULL, claim = NULL
         WHERE run = $1 AND state IS NULL AND ($2::text IS NULL OR claim = $2)`,
        [run, token],
      );
      if (token !== undefined) made.delete(token);
      if (token === own) own = undefined;
    },
  };
}

function claimStatement(table: string, group: string): string {
  return `INSERT INTO ${table} AS r (run, claimed_at, claim, run_group) VALUES ($1, now(), $2, ${group}) ON CONFLICT (run) DO UPDATE
    SET claimed_at = now(), claim = $2, updated_at = now(), run_group = ${group} WHERE r.claimed_at IS NULL AND r.state IS NULL`;
}

function isOne({ rowCount }: PostgresResult): boolean {
  return rowCount === 1;
}

/** Claims, and takes it back with the transaction where as many of the group run as may. */
async function claimWithin(
  client: PostgresClient,
  table: string,
  run: string,
  token: string,
  { group, jobs }: RunLimit,
): Promise<boolean> {
  // Two that count at the same time would both find room.
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`exportkit ${table} ${group}`]);
  if (!isOne(await client.query(claimStatement(table, "$3"), [run, token, group]))) return false;
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
  throw documentedError(
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

/** Not to be repeated: what would be stored is a start that somebody has given up. */
function claimLost({ connection, job }: ExportState, run: string): ExportError {
  return documentedError(
    "CONCURRENCY_LIMIT",
    `the claim of run ${run} was deleted or given to another worker before this start was stored, so nothing was written. ` +
      `${job ? `Job ${job.id} may run at ${job.provider} and belongs to no run` : "Nothing is known of this start"}`,
    { connection, retryable: false, details: { run, reason: "overtaken" } },
  );
}

function overtaken(connection: string, run: string): ExportError {
  return documentedError(
    "CONCURRENCY_LIMIT",
    `run ${run} was advanced by another worker meanwhile, so nothing was written. Take the next step: it continues from the sink's state`,
    { connection, retryable: true, details: { run, reason: "overtaken" } },
  );
}
