// A sink in Cloudflare D1: the records of a batch and the state in one transaction, which D1 makes of a `batch` of statements.
import type { ClaimStart, ExportState, Sink } from "exportkit/durable";

/** The part of a D1 binding that is used. */
export interface D1 {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<{ readonly meta: { readonly changes: number } }[]>;
}

interface Statement {
  bind(...values: unknown[]): Statement;
  first<T>(): Promise<T | null>;
  run(): Promise<{ readonly meta: { readonly changes: number } }>;
}

/** Replaces records by their `sub`, for the run of that name. */
export async function d1Sink(
  database: D1,
  run: string,
): Promise<Sink<object> & { readonly claimStart: ClaimStart }> {
  await database.batch([
    database.prepare("CREATE TABLE IF NOT EXISTS users (sub TEXT PRIMARY KEY, record TEXT NOT NULL)"),
    database.prepare("CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY, state TEXT, claim TEXT)"),
  ]);
  const text = (state: ExportState) => JSON.stringify(state);
  return {
    async load() {
      const row = await database
        .prepare("SELECT state FROM runs WHERE run = ?1")
        .bind(run)
        .first<{ state: string | null }>();
      return row?.state ? JSON.parse(row.state) : null;
    },
    async write({ records }, { before, after, claim = null }) {
      // The fence: nothing is written where another worker has stored another state than `before`, or has claimed the start that
      // is stored here.
      const fence = "run = ?1 AND (state IS NULL OR state = ?2) AND (?4 IS NULL OR claim = ?4)";
      const [, , swapped] = await database.batch([
        // Who claimed finds the row, unless it was deleted.
        database
          .prepare("INSERT INTO runs (run) SELECT ?1 WHERE ?2 IS NULL ON CONFLICT DO NOTHING")
          .bind(run, claim),
        database
          .prepare(
            `INSERT INTO users (sub, record) SELECT value->>'sub', value FROM json_each(?3) WHERE EXISTS (SELECT 1 FROM runs WHERE ${fence})
             ON CONFLICT (sub) DO UPDATE SET record = excluded.record`,
          )
          .bind(run, text(before), JSON.stringify(records), claim),
        database
          .prepare(`UPDATE runs SET state = ?3 WHERE ${fence}`)
          .bind(run, text(before), text(after), claim),
      ]);
      if (swapped?.meta.changes !== 1) throw new Error(`run ${run} was taken further by another worker`);
    },
    claimStart: Object.assign(
      async (claim: string) => {
        const take = "INSERT INTO runs (run, claim) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        return (await database.prepare(take).bind(run, claim).run()).meta.changes === 1;
      },
      {
        async release(claim: string) {
          const back = "DELETE FROM runs WHERE run = ?1 AND claim = ?2 AND state IS NULL";
          await database.prepare(back).bind(run, claim).run();
        },
      },
    ),
  };
}
