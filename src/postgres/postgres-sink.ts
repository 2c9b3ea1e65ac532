import * as z from "#zod";
import type { ClaimStart, Sink } from "../durable/sink.js";
import { documentedError } from "../model/documented-error.js";
import { describeIssues } from "../model/issues.js";
import { ownProperties, unpolluted } from "../model/own-properties.js";
import { type Column, type ColumnSource, createStatement, planColumns, readColumns } from "./columns.js";
import { canCopy, copyRows } from "./copy.js";
import { isWellFormed, quoted, quotedTable, type TableName } from "./identifier.js";
import { insertRows } from "./insert.js";
import { inTransaction, type PostgresClient, type PostgresPool } from "./pool.js";
import { rowsOf, type Unstorable } from "./row-text.js";
import { runTable } from "./run-table.js";
import { sinkError } from "./sink-error.js";

/** Options of {@link postgresSink}. */
export interface PostgresSinkOptions<R> {
  /** A `Pool` of `pg`, or one of its shape. It stays yours. */
  readonly pool: PostgresPool;
  /** Where the records go; made where it does not exist, see `create`. */
  readonly table: TableName;
  /**
   * The columns that identify a record, as `client.recordSchema` gives them: one with the same key is replaced. A path such
   * as `user.user_id` is the name of its column too. Default none: records are appended, by COPY. A table of your own needs
   * a unique index on them.
   */
  readonly key?: string | readonly string[] | undefined;
  /** Names this run, among all that share `runTable`: one export from its start to its end. */
  readonly run: string;
  /**
   * The record's JSON Schema, as `client.recordSchema` gives it: each of its properties is a column. Without it, and
   * without `columns`, the whole record goes into the `jsonb` column `record`, beside the columns of the key.
   */
  readonly schema?: unknown;
  /** These columns and no others, each with a path into the record, or a function of it. */
  readonly columns?: { readonly [column: string]: ColumnSource<R> } | undefined;
  /** The column for the whole record. Default `"record"`. */
  readonly recordColumn?: string | undefined;
  /** Where states and claims are kept. Default `"exportkit_runs"`. */
  readonly runTable?: TableName | undefined;
  /**
   * How many runs of one `group` may have a job running at the vendor, over all workers that share `runTable`: AvePoint runs
   * five reports of a tenant at a time. Where as many run, `claimStart` rejects with a `CONCURRENCY_LIMIT` that is
   * `retryable`, and nothing is claimed or sent. A run counts from its claim on until its job is seen to end, and not after an
   * hour without news. Default: no limit.
   */
  readonly limit?: { readonly group: string; readonly jobs: number } | undefined;
  /** Whether tables that do not exist are made. Default `true`. */
  readonly create?: boolean | undefined;
  /**
   * What to do with text that PostgreSQL cannot hold, a NUL or a lone surrogate: `"throw"` (default) ends the run with
   * `RECORD_INVALID`, `"replace"` stores U+FFFD in its place.
   */
  readonly unstorable?: Unstorable | undefined;
}

/** A sink for `advanceExport` and `runDurably`, with its claim. */
export interface PostgresSink<R> extends Sink<R> {
  /** The state that was stored with the last records; `null` before the first. */
  load(): ReturnType<NonNullable<Sink<R>["load"]>>;
  /** For the option of the same name: the run is started once, whatever is killed when. */
  readonly claimStart: ClaimStart & {
    /** The same by hand, without a token. */
    (): Promise<boolean>;
    /** Gives the claim back, where it is certain that nothing was started; without a token, whoever has it. */
    release(claim?: string): Promise<void>;
  };
}

const schema = () => {
  const name = z.string("must be a string").check(z.minLength(1, "must not be empty"));
  // What would be stored as another name, and so be another's.
  const exact = name.check(
    z.refine((text) => isWellFormed(text) && !text.includes("\0"), "must hold no NUL and no lone surrogate"),
  );
  const table = z.union([name, z.strictObject({ schema: z.optional(name), name })], "must be a table's name");
  return z.strictObject({
    pool: z.custom<PostgresPool>(
      (pool) => typeof (pool as Partial<PostgresPool> | null)?.connect === "function",
      "must be a Pool of pg",
    ),
    table,
    key: z.optional(z.union([name, z.array(name)], "must be a column, or a list of columns")),
    run: exact,
    schema: z.optional(z.unknown()),
    columns: z.optional(
      z.record(
        z.string(),
        z.custom<string>(
          (source) => (typeof source === "string" && source !== "") || typeof source === "function",
          "must be a path or a function",
        ),
      ),
    ),
    recordColumn: z.optional(name),
    runTable: z.optional(table),
    limit: z.optional(
      z.strictObject({
        group: exact,
        jobs: z.int("must be a whole number").check(z.positive("must be 1 or more")),
      }),
    ),
    create: z.optional(z.boolean("must be true or false")),
    unstorable: z.optional(z.enum(["throw", "replace"], 'must be "throw" or "replace"')),
  });
};

/**
 * A sink that stores records, state and claim in PostgreSQL, in one transaction for each batch: every record lands once,
 * whatever is killed when. Fenced by the state before: a worker that was overtaken by another one writes nothing, and is
 * told so by a `CONCURRENCY_LIMIT` that is `retryable`.
 *
 * @example
 * ```ts
 * import { Pool } from "pg";
 *
 * const sink = postgresSink<AuthgearUser>({ pool: new Pool(), table: "users", key: "sub", run: "users-2026-11-28" });
 * let state = beginExport("users", { format: "ndjson" });
 * state = await advanceExport(client, state, { sink, claimStart: sink.claimStart });
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option; when it is used, also for a table without the columns
 */
export function postgresSink<R = unknown>(given: PostgresSinkOptions<R>): PostgresSink<R> {
  const options = ownProperties(given);
  const checked = unpolluted(() => schema().safeParse(options));
  if (!checked.success)
    throw documentedError("CONFIG_INVALID", ...describeIssues("postgresSink", checked.error.issues, given));
  const { pool, run, recordColumn = "record", create = true, unstorable = "throw" } = options;
  const key = options.key === undefined ? [] : [options.key].flat();
  const quotedKey = key.map((name) => quoted("key", name));
  const table = quotedTable("table", options.table);
  const planned = planColumns({ key, schema: options.schema, columns: options.columns, recordColumn });
  const runsTable = quotedTable("runTable", options.runTable ?? "exportkit_runs");
  const runs = runTable(pool, runsTable, run, options.limit);

  let isReady = !create;
  /** Makes the tables. Each use asks again until it has worked: a value is kept, and no promise. */
  const ready = async () => {
    if (isReady) return;
    await guarded(0, () =>
      inTransaction(pool, async (client) => {
        // Two that make the same table at the same time would fail.
        await client.query("SELECT pg_advisory_xact_lock(hashtext('exportkit'))");
        if (!(await exists(client, runsTable))) await client.query(runs.createStatement);
        if (!(await exists(client, table))) await client.query(createStatement(table, planned, key));
      }),
    );
    isReady = true;
  };
  let columns: readonly Column[] | undefined;
  const store = async (client: PostgresClient, records: readonly unknown[], before: number) => {
    columns ??= await readColumns(client, table, planned);
    const rows = rowsOf(records, columns, unstorable, before);
    if (quotedKey.length === 0 && canCopy(client)) await copyRows(client, table, columns, rows);
    else await insertRows(client, table, columns, [...rows], quotedKey);
  };
  const guarded = async <T>(before: number, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw sinkError(error, table, before);
    }
  };
  const prepared = async <T>(work: () => Promise<T>): Promise<T> => {
    await ready();
    return guarded(0, work);
  };
  return {
    load: () => prepared(() => runs.load()),
    async write({ records }, states) {
      await ready();
      await guarded(states.before.records, () =>
        inTransaction(pool, async (client) => {
          await runs.advance(client, states);
          if (records.length > 0) await store(client, records, states.before.records);
        }),
      );
    },
    claimStart: Object.assign((claim?: string) => prepared(() => runs.claim(claim)), {
      release: (claim?: string) => prepared(() => runs.release(claim)),
    }),
  };
}

/** Asked first: a role that may not make tables may still use them. */
async function exists(client: PostgresClient, table: string): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS found", [table]);
  return rows[0]?.found === true;
}
