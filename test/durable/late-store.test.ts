import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  advanceExport,
  beginExport,
  type ClaimStart,
  type ExportState,
  type Sink,
  verdictOf,
} from "exportkit/durable";
import { postgresSink } from "exportkit/postgres";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type D1, d1Sink } from "../../examples/durable/d1-sink.ts";
import { sqliteSink } from "../../examples/durable/sqlite-sink.ts";
import { count, harness } from "../client/harness.js";
import { usePostgres } from "../postgres/use-postgres.js";
import { rejection } from "../support/outcome.js";
import { stored } from "../support/stored.js";

type Claimed = Sink<unknown> & { readonly claimStart: ClaimStart };

/** A store as two workers use it: each has a sink of its own. */
interface Shared {
  sink(run: string): Claimed | Promise<Claimed>;
  /** What somebody does who gives up a run. */
  forget(run: string): unknown;
}

let folder: string;
let pool: pg.Pool;
usePostgres((used) => {
  ({ pool } = used);
});
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "exportkit-late-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stores: { readonly [name: string]: () => Shared } = {
  PostgreSQL: () => ({
    sink: (run) => postgresSink({ pool, table: run, run }),
    forget: (run) => pool.query("DELETE FROM exportkit_runs WHERE run = $1", [run]),
  }),
  "PostgreSQL, with a limit on the group": () => ({
    sink: (run) => postgresSink({ pool, table: run, run, key: "sub", limit: { group: run, jobs: 1 } }),
    forget: (run) => pool.query("DELETE FROM exportkit_runs WHERE run = $1", [run]),
  }),
  "SQLite of the examples": () => {
    const path = join(folder, "sqlite");
    return {
      sink: (run) => sqliteSink(path, run),
      forget: (run) => new DatabaseSync(path).prepare("DELETE FROM runs WHERE run = ?").run(run),
    };
  },
  "D1 of the examples": () => {
    const database = new DatabaseSync(":memory:");
    return {
      sink: (run) => d1Sink(likeD1(database), run),
      forget: (run) => database.prepare("DELETE FROM runs WHERE run = ?").run(run),
    };
  },
};

/** SQLite as a D1 binding has it: one transaction for each batch. */
function likeD1(database: DatabaseSync): D1 {
  const prepare = (
    sql: string,
    values: readonly unknown[] = [],
  ): ReturnType<D1["prepare"]> & { now(): never } => {
    const statement = database.prepare(sql);
    // Numbered, as D1 takes them: each may stand more than once.
    const named = Object.fromEntries(values.map((value, index) => [`?${index + 1}`, value])) as never;
    const now = () => ({ meta: { changes: Number(statement.run(named).changes) } }) as never;
    return {
      bind: (...given) => prepare(sql, given),
      first: async <T>() => (statement.get(named) ?? null) as T | null,
      run: async () => now(),
      now,
    };
  };
  return {
    prepare,
    async batch(statements) {
      database.exec("BEGIN");
      try {
        const results = statements.map((statement) => (statement as ReturnType<typeof prepare>).now());
        database.exec("COMMIT");
        return results;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

const state = beginExport("users", { format: "ndjson" });
let runs = 0;

describe.each(Object.entries(stores))("a start that was not stored, in %s", (_, open) => {
  async function arranged() {
    const { client, clock, emulator } = harness();
    const store = open();
    runs += 1;
    const run = `late${runs}`;
    const first = await store.sink(run);
    const away = { ...first, write: () => Promise.reject(new Error("away")) };
    const error = await rejection(advanceExport(client, state, { sink: away, claimStart: first.claimStart }));
    const { job } = verdictOf(error);
    // As an engine or a queue keeps it.
    const late: ExportState = stored({ ...state, ...(job && { job }) });
    const finish = async (sink: Claimed, from: ExportState) => {
      let known = from;
      while (known.phase !== "done") {
        clock.advance(Math.max(0, known.wakeAt - clock.now()));
        known = await advanceExport(client, known, { sink, claimStart: sink.claimStart });
      }
      return known;
    };
    /** The late store, by the worker that made the start and by one that was handed it. */
    const refused = async () => {
      for (const sink of [first, await store.sink(run)])
        await rejection(advanceExport(client, late, { sink, claimStart: sink.claimStart }));
    };
    return { client, emulator, store, run, first, late, finish, refused };
  }

  it("is refused once another worker has claimed it anew, who then stores its own", async () => {
    const { client, emulator, store, run, first, late, finish, refused } = await arranged();
    await store.forget(run);
    const second = await store.sink(run);
    let attempts = 0;
    const slow: Claimed = {
      ...second,
      async write(batch, states) {
        if (states.before.job === undefined) {
          await refused();
          await first.claimStart.release?.("another's");
          expect(await second.load?.()).toBeNull();
          attempts += 1;
        }
        return second.write(batch, states);
      },
    };
    const started = await advanceExport(client, state, { sink: slow, claimStart: second.claimStart });
    expect(attempts).toBe(1);
    expect(await second.load?.()).toEqual(started);
    // Now another job is there, and the late one is none of this run's.
    await refused();
    const done = await finish(second, started);
    expect(done).toMatchObject({ phase: "done", records: 20, job: { id: started.job?.id } });
    expect(stored(done)).not.toHaveProperty("job.claim");
    expect(count(emulator, "start")).toBe(2);
    // A run that has ended, and whose row was cleared away, is not taken up again by who was there.
    await store.forget(run);
    expect(await rejection(advanceExport(client, late, { sink: first }))).toBeInstanceOf(Error);
    expect(await first.load?.()).toBeNull();
  });

  it("is stored by whoever has it, as long as its claim stands", async () => {
    const { emulator, store, run, late, finish } = await arranged();
    const other = await store.sink(run);
    expect(await other.claimStart("another's")).toBe(false);
    await other.claimStart.release?.("another's");
    expect(await other.claimStart("another's")).toBe(false);
    const done = await finish(other, late);
    expect(done).toMatchObject({ phase: "done", records: 20, job: { id: late.job?.id } });
    expect(count(emulator, "start")).toBe(1);
  });
});
