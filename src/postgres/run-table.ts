import type { ExportState } from "../durable/export-state.js";
import type { StateChange } from "../durable/sink.js";
import { ExportError } from "../model/errors.js";
import { type PostgresClient, type PostgresPool, query } from "./pool.js";

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

/**
 * @param table - quoted
 */
export function runTable(pool: PostgresPool, table: string, run: string): RunTable {
  return {
    createStatement: `CREATE TABLE ${table} (
      run text PRIMARY KEY,
      state jsonb,
      claimed_at timestamptz,
      updated_at timestamptz NOT NULL DEFAULT now()
    )`,
    async load() {
      const { rows } = await query(pool, `SELECT state FROM ${table} WHERE run = $1`, [run]);
      return (rows[0]?.state ?? null) as ExportState | null;
    },
    async advance(client, { before, after }) {
      const isFirst = before.job === undefined && before.records === 0;
      // The row is locked from here on; whoever comes at the same time waits, and then finds another state.
      const statement = isFirst
        ? `INSERT INTO ${table} AS r (run, state) VALUES ($1, $3) ON CONFLICT (run) DO UPDATE
           SET state = excluded.state, updated_at = now() WHERE r.state IS NULL OR r.state = $2`
        : `UPDATE ${table} SET state = $3, updated_at = now() WHERE run = $1 AND state = $2`;
      const states = [JSON.stringify(before), JSON.stringify(after)];
      const { rowCount } = await client.query(
        statement.replace("$2", "$2::jsonb").replace("$3", "$3::jsonb"),
        [run, ...states],
      );
      if (rowCount !== 1) throw overtaken(before.connection, run);
    },
    async claim() {
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

function overtaken(connection: string, run: string): ExportError {
  return new ExportError(
    "CONCURRENCY_LIMIT",
    `run ${run} was taken further by another worker meanwhile, so nothing was written. Take the next step: it goes by the sink's state`,
    { connection, retryable: true, details: { run, reason: "overtaken" } },
  );
}
