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
    database.prepare("CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY, state TEXT, claimed INTEGER)"),
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
    async write({ records }, { before, after }) {
      // The fence: nothing is written where another worker has stored another state than `before`.
      const isFenced = "EXISTS (SELECT 1 FROM runs WHERE run = ?1 AND (state IS NULL OR state = ?2))";
      const [, , swapped] = await database.batch([
        database.prepare("INSERT INTO runs (run) VALUES (?1) ON CONFLICT DO NOTHING").bind(run),
        database
          .prepare(
            `INSERT INTO users (sub, record) SELECT value->>'sub', value FROM json_each(?3) WHERE ${isFenced}
             ON CONFLICT (sub) DO UPDATE SET record = excluded.record`,
          )
          .bind(run, text(before), JSON.stringify(records)),
        database
          .prepare("UPDATE runs SET state = ?3 WHERE run = ?1 AND (state IS NULL OR state = ?2)")
          .bind(run, text(before), text(after)),
      ]);
      if (swapped?.meta.changes !== 1) throw new Error(`run ${run} was taken further by another worker`);
    },
    claimStart: Object.assign(
      async () => {
        const claim =
          "INSERT INTO runs (run, claimed) VALUES (?1, 1) ON CONFLICT (run) DO UPDATE SET claimed = 1 WHERE claimed IS NULL";
        return (await database.prepare(claim).bind(run).run()).meta.changes === 1;
      },
      {
        async release() {
          const back = "UPDATE runs SET claimed = NULL WHERE run = ?1 AND state IS NULL";
          await database.prepare(back).bind(run).run();
        },
      },
    ),
  };
}
