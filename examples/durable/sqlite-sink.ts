// A sink in SQLite: records, state and claim in one file, each write one transaction.
import { DatabaseSync } from "node:sqlite";
import type { ClaimStart, ExportState, Sink } from "exportkit/durable";

export interface SqliteSink extends Sink<unknown> {
  readonly claimStart: ClaimStart;
}

/** Appends the records to a table of that run's own name; without the fence, whoever comes may write. */
export function sqliteSink(path: string, run: string, isFenced = true): SqliteSink {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  const table = `"${run.replaceAll('"', '""')}"`;
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS ${table} (record TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY, state TEXT, claim TEXT)`);
  const append = database.prepare(`INSERT INTO ${table} VALUES (?)`);
  const advance = database.prepare(
    "INSERT INTO runs (run, state) VALUES (?1, ?2) ON CONFLICT (run) DO UPDATE SET state = ?2",
  );
  const stored = (): string | null =>
    (database.prepare("SELECT state FROM runs WHERE run = ?").get(run)?.state ?? null) as string | null;
  const claimant = (): unknown => database.prepare("SELECT claim FROM runs WHERE run = ?").get(run)?.claim;
  const claimStart = async (claim: string) =>
    database.prepare("INSERT INTO runs (run, claim) VALUES (?, ?) ON CONFLICT DO NOTHING").run(run, claim)
      .changes === 1;
  const release = async (claim: string) =>
    void database.prepare("DELETE FROM runs WHERE run = ? AND claim = ? AND state IS NULL").run(run, claim);

  return {
    async load() {
      const state = stored();
      return state === null ? null : (JSON.parse(state) as ExportState);
    },
    async write({ records }, { before, after, claim }) {
      database.exec("BEGIN IMMEDIATE");
      try {
        const known = stored();
        // The fence: whoever was overtaken by another worker finds another state, and writes nothing.
        if (isFenced && known !== null && known !== JSON.stringify(before))
          throw new Error("another worker was faster");
        // The same for a start that is stored late: its claim may be gone, or another worker's by now.
        if (isFenced && claim !== undefined && claimant() !== claim)
          throw new Error("the start was claimed again");
        for (const record of records) append.run(JSON.stringify(record));
        advance.run(run, JSON.stringify(after));
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    claimStart: Object.assign(claimStart, { release }),
  };
}
