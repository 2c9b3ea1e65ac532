import { createExportClient, type ExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { advanceExport, beginExport, type ExportState, verdictOf } from "exportkit/durable";
import {
  type PostgresClient,
  type PostgresPool,
  type PostgresSink,
  type PostgresSinkOptions,
  postgresSink,
} from "exportkit/postgres";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import type { ServedPostgres } from "./served-postgres.js";
import { usePostgres } from "./use-postgres.js";

let server: ServedPostgres;
let pool: pg.Pool;

usePostgres((used) => {
  ({ server, pool } = used);
});

const token = "ready-made-token";
let names = 0;
/** A table and a run that no other test has. */
const fresh = () => {
  names += 1;
  return { table: `t${names}`, run: `run-${names}` };
};

function usersOf(count: number) {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: [token], users: count, chunkBytes: 4_000, clock });
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: emulator.fetch,
    clock,
  });
  return { client, clock, emulator };
}

type Options = Omit<PostgresSinkOptions<unknown>, "pool" | "run" | "table">;
type AnyClient = ExportClient<{ readonly any: ReturnType<typeof authgear> }>;

/** Takes a run to its end. */
async function deliver(
  client: unknown,
  state: ExportState,
  sink: ReturnType<typeof postgresSink>,
  batch = 50,
) {
  let known = state;
  while (known.phase !== "done")
    known = await advanceExport(client as AnyClient, known, { sink, batch, claimStart: sink.claimStart });
  return known;
}

async function rowsOf(table: string): Promise<readonly { readonly [column: string]: unknown }[]> {
  return (await pool.query(`SELECT * FROM ${table}`)).rows;
}

describe("a run that ends in PostgreSQL", () => {
  it.each<[string, Options]>([
    ["appended as jsonb", {}],
    ["by key, as jsonb", { key: "sub" }],
    ["in columns", { columns: { sub: "sub", email: "email", record: (record: unknown) => record } }],
    ["in columns by key", { key: ["sub"], columns: { sub: "sub", record: (record: unknown) => record } }],
  ])("has every record once: %s", async (_, options) => {
    const { table, run } = fresh();
    const { client } = usersOf(230);
    const sink = postgresSink({ pool, table, run, ...options });
    const state = await deliver(client, beginExport("users", { format: "ndjson" }), sink);
    expect(state).toMatchObject({ phase: "done", records: 230 });
    expect(await sink.load()).toEqual(state);
    const rows = await rowsOf(table);
    expect(rows).toHaveLength(230);
    const subs = rows.map(({ record }) => (record as { readonly sub: string }).sub);
    expect(new Set(subs).size).toBe(230);

    const expected: unknown[] = [];
    const job = await client.pollExport(await client.startExport("users", { format: "ndjson" }));
    for await (const user of await client.download(job)) expected.push(JSON.parse(JSON.stringify(user)));
    const bySub = (a: unknown, b: unknown) =>
      (a as { sub: string }).sub < (b as { sub: string }).sub ? -1 : 1;
    expect(rows.map(({ record }) => record).sort(bySub)).toEqual(expected.sort(bySub));
  });

  function vendorNamed(vendor: "zephr" | "avepoint") {
    const zephrs = createZephrEmulator({ keys: { access: "secret" }, users: 120 });
    const reports = createAvepointEmulator({ tokens: [token], rows: 60 });
    const client =
      vendor === "zephr"
        ? createExportClient({
            providers: { any: zephr({ baseUrl: zephrs.endpoint, accessKey: "access", secretKey: "secret" }) },
            fetch: zephrs.fetch,
          })
        : createExportClient({
            providers: { any: avepoint({ baseUrl: reports.endpoint, token }) },
            fetch: reports.fetch,
          });
    const request =
      vendor === "zephr"
        ? { pageSize: 25 }
        : { report: "userAccess", email: "ada@contoso.com", dataSources: ["SharePoint Online"] };
    return { client, connection: "any", request };
  }

  it.each(["zephr", "avepoint"] as const)("takes the records of %s as well", async (vendor) => {
    const { table, run } = fresh();
    const { client, request } = vendorNamed(vendor);
    const state = await deliver(client, beginExport("any", request), postgresSink({ pool, table, run }));
    const { rows } = await pool.query(
      `SELECT count(*)::int AS n, count(DISTINCT record)::int AS d FROM ${table}`,
    );
    expect(rows[0]).toEqual({ n: state.records, d: state.records });
    expect(state.records).toBeGreaterThan(50);
  });

  it.each(
    (["authgear", "authgear CSV", "zephr", "avepoint"] as const).flatMap((vendor) =>
      [true, false].map((hasSchema) => ({ vendor, hasSchema })),
    ),
  )("replaces records by the key that recordSchema tells: %o", async ({ vendor, hasSchema }) => {
    const { table } = fresh();
    const { client, connection, request } =
      vendor === "zephr" || vendor === "avepoint"
        ? vendorNamed(vendor)
        : {
            client: usersOf(60).client,
            connection: "users",
            request: { format: vendor === "authgear" ? "ndjson" : "csv" },
          };
    const { schema, key } = await (client as unknown as AnyClient).recordSchema(
      connection as "any",
      request as never,
    );
    expect(key).not.toHaveLength(0);
    // Two runs into one table: the second one brings the same records again.
    for (let count = 1; count <= 2; count++) {
      const { run } = fresh();
      const sink = postgresSink({ pool, table, run, key, ...(hasSchema && { schema }) });
      const state = await deliver(client, beginExport(connection, request), sink);
      expect(await rowsOf(table)).toHaveLength(state.records);
    }
  });

  it("replaces what has the same key, also within one batch", async () => {
    const { table, run } = fresh();
    const sink = postgresSink({ pool, table, run, key: "sub", columns: { sub: "sub", name: "name" } });
    const before = beginExport("users", {});
    const after = { ...before, records: 3 };
    const records = [
      { sub: "a", name: "old" },
      { sub: "b", name: "other" },
      { sub: "a", name: "new" },
    ];
    await sink.write({ records, last: false }, { before, after });
    await sink.write(
      { records: [{ sub: "b", name: null }], last: false },
      { before: after, after: { ...after, records: 4 } },
    );
    expect(await rowsOf(table)).toEqual([
      { sub: "a", name: "new" },
      { sub: "b", name: null },
    ]);
  });
});

it.each([
  ["a NUL", "\0"],
  ["half of a pair", "a\ud83db"],
  ["two halves, the wrong way round", "\ude00\ud83d"],
  ["what they are stored as", "\u001a0000 \u001ad83d"],
  ["escapes that are none", "\\u0000 \\\\ud83d \u{1f600}"],
])("a state may hold %s, in its members' names too, and is fenced all the same", async (_, text) => {
  const { table, run } = fresh();
  const sink = postgresSink({ pool, table, run });
  const before = beginExport("users", { appIds: [text], [text]: { [`${text}${text}`]: text } });
  const first = { ...before, wakeAt: 1 };
  await sink.write({ records: [], last: false }, { before, after: first });
  expect(await sink.load()).toEqual(first);
  const second = { ...first, records: 1 };
  await sink.write(
    { records: [{ sub: "a" }], last: true },
    { before: (await sink.load()) ?? before, after: second },
  );
  expect(await sink.load()).toEqual(second);
  const other = { ...first, request: { appIds: ["\ufffd"] } };
  const late = sink.write({ records: [], last: true }, { before: other, after: second });
  expect(await rejection(late)).toMatchObject({ details: { reason: "overtaken" } });
});

describe("a worker that was overtaken", () => {
  it("writes nothing, and is told so", async () => {
    const { table, run } = fresh();
    const [slow, quick] = [postgresSink({ pool, table, run }), postgresSink({ pool, table, run })];
    const before = beginExport("users", {});
    const after = { ...before, records: 1 };
    const batch = { records: [{ sub: "a" }], last: false };
    await quick.write(batch, { before, after });
    const error = await rejection(slow.write(batch, { before, after }));
    expect(error).toMatchObject({
      code: "CONCURRENCY_LIMIT",
      retryable: true,
      details: { reason: "overtaken" },
    });
    expect(await rowsOf(table)).toHaveLength(1);
    // It resumes from what the other one stored.
    await slow.write(batch, { before: (await slow.load()) as ExportState, after: { ...after, records: 2 } });
    expect(await rowsOf(table)).toHaveLength(2);
  });

  it("of two at the same moment one writes", async () => {
    const { table, run } = fresh();
    const before = beginExport("users", {});
    const sinks = Array.from({ length: 6 }, () => postgresSink({ pool, table, run }));
    const outcomes = await Promise.allSettled(
      sinks.map((sink, index) =>
        sink.write(
          { records: [{ index }], last: false },
          { before, after: { ...before, records: index + 1 } },
        ),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await rowsOf(table)).toHaveLength(1);
  });

  it("of a run that was deleted and claimed again leaves the new one alone", async () => {
    const { table, run } = fresh();
    const { client } = usersOf(10);
    const state = beginExport("users", { format: "ndjson" });
    const [slow, quick] = [postgresSink({ pool, table, run }), postgresSink({ pool, table, run })];
    const waiting = await advanceExport(client, state, { sink: slow, claimStart: slow.claimStart });
    expect(waiting.phase).toBe("waiting");
    const late = (known: ExportState) =>
      rejection(
        slow.write({ records: [], last: false }, { before: waiting, after: { ...known, phase: "reading" } }),
      );
    const overtaken = { code: "CONCURRENCY_LIMIT", details: { reason: "overtaken" } };
    await pool.query("DELETE FROM exportkit_runs WHERE run = $1", [run]);
    expect(await late(waiting)).toMatchObject(overtaken);
    expect(await quick.load()).toBeNull();
    expect(await quick.claimStart()).toBe(true);
    // Claimed, and no state yet.
    expect(await late(waiting)).toMatchObject(overtaken);
    expect(await quick.load()).toBeNull();
    const renewed = await advanceExport(client, state, { sink: quick });
    expect(await late(waiting)).toMatchObject(overtaken);
    expect(await quick.load()).toEqual(renewed);
  });

  it("cannot restart a run whose state is gone", async () => {
    const { table, run } = fresh();
    const sink = postgresSink({ pool, table, run });
    const before = { ...beginExport("users", {}), records: 5 };
    const write = sink.write(
      { records: [{ sub: "a" }], last: false },
      { before, after: { ...before, records: 6 } },
    );
    expect(await rejection(write)).toMatchObject({ details: { reason: "overtaken" } });
    expect(await rowsOf(table)).toHaveLength(0);
  });
});

it("the start is claimed once for a run, by however many workers, and given back before a job is known", async () => {
  const { table, run } = fresh();
  const sinks = Array.from({ length: 5 }, () => postgresSink({ pool, table, run }));
  const claims = () => Promise.all(sinks.map((sink) => sink.claimStart()));
  expect((await claims()).filter(Boolean)).toHaveLength(1);
  expect((await claims()).filter(Boolean)).toHaveLength(0);
  await sinks[0]?.claimStart.release();
  expect((await claims()).filter(Boolean)).toHaveLength(1);
  const before = beginExport("users", {});
  await sinks[0]?.write({ records: [], last: false }, { before, after: { ...before, wakeAt: 1 } });
  await sinks[0]?.claimStart.release();
  expect((await claims()).filter(Boolean)).toHaveLength(0);
  const other = postgresSink({ pool, table, run: `${run} the other` });
  expect(await other.claimStart()).toBe(true);
});

describe("a claim", () => {
  const before = beginExport("users", {});
  const started = { before, after: { ...before, wakeAt: 1 } };
  const forget = (run: string) => pool.query("DELETE FROM exportkit_runs WHERE run = $1", [run]);

  it.each([
    ["with a token", "token"],
    ["by hand", undefined],
  ])(
    "made %s: a run that somebody has deleted since then is not stored, by whoever claimed it",
    async (_, token) => {
      const { table, run } = fresh();
      const [sink, other] = [postgresSink({ pool, table, run }), postgresSink({ pool, table, run })];
      expect(await (token === undefined ? sink.claimStart() : sink.claimStart(token))).toBe(true);
      await forget(run);
      const states = { ...started, ...(token !== undefined && { claim: token }) };
      const lost = { code: "CONCURRENCY_LIMIT", retryable: false, details: { reason: "overtaken" } };
      expect(await rejection(sink.write({ records: [], last: false }, states))).toMatchObject(lost);
      expect(await other.load()).toBeNull();
      expect(await other.claimStart()).toBe(true);
      expect(await rejection(sink.write({ records: [], last: false }, states))).toMatchObject(lost);
    },
  );

  it("that was made before another of the same sink stores nothing when the run was deleted, and gives back nothing", async () => {
    const { table, run } = fresh();
    const [sink, other] = [postgresSink({ pool, table, run }), postgresSink({ pool, table, run })];
    for (const token of ["first", "second"]) {
      expect(await sink.claimStart(token)).toBe(true);
      await forget(run);
    }
    const late = sink.write({ records: [], last: false }, { ...started, claim: "first" });
    expect(await rejection(late)).toMatchObject({ details: { reason: "overtaken" } });
    expect(await other.load()).toBeNull();
    // By hand, so that the sink alone knows its token.
    expect(await sink.claimStart()).toBe(true);
    await sink.claimStart.release("first");
    expect(await other.claimStart()).toBe(false);
  });

  it("is given back by its own sink and no other, though no token is named, or one that is not passed on", async () => {
    const { table, run } = fresh();
    const [sink, other] = [postgresSink({ pool, table, run }), postgresSink({ pool, table, run })];
    for (const named of [undefined, "of the step"]) {
      expect(await sink.claimStart()).toBe(true);
      await forget(run);
      expect(await other.claimStart()).toBe(true);
      await sink.claimStart.release(named);
      expect(await sink.claimStart()).toBe(false);
      await other.claimStart.release(named);
      expect(await other.claimStart()).toBe(true);
      await other.claimStart.release();
    }
    // Who has claimed nothing, or given it back, means whoever has it.
    expect(await other.claimStart()).toBe(true);
    await sink.claimStart.release();
    expect(await sink.claimStart()).toBe(true);
  });
});

describe("a limit on the runs of a group, over all workers", () => {
  const limited = (group: string, jobs: number, count: number) =>
    Array.from({ length: count }, () => postgresSink({ pool, ...fresh(), limit: { group, jobs } }));
  const full = { code: "CONCURRENCY_LIMIT", retryable: true };

  it("lets as many start as may, who come at the same moment too", async () => {
    const sinks = limited("moment", 2, 6);
    // The tables are there, and so are the connections.
    await Promise.all(sinks.map((sink) => sink.load()));
    const outcomes = await Promise.allSettled(sinks.map((sink) => sink.claimStart()));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject(
        outcome.status === "fulfilled"
          ? { value: true }
          : { reason: { ...full, details: { running: 2, limit: 2, group: "moment", reason: "limit" } } },
      );
    // Another group has room, and so has a sink without a limit.
    expect(await limited("other", 1, 1)[0]?.claimStart()).toBe(true);
    expect(await postgresSink({ pool, ...fresh() }).claimStart()).toBe(true);
  });

  it("makes room when a job ends, or its start is given back; a refused claim is not spent", async () => {
    const { client, emulator } = usersOf(20);
    const state = beginExport("users", { format: "ndjson" });
    const [first, second] = limited("ends", 1, 2) as [PostgresSink<unknown>, PostgresSink<unknown>];
    const step = (sink: PostgresSink<unknown>, known = state) =>
      advanceExport(client, known, { sink, claimStart: sink.claimStart });
    const waiting = await step(first);
    expect(waiting.phase).toBe("waiting");
    const refused = await rejection(step(second));
    expect(refused).toMatchObject(full);
    expect(verdictOf(refused)).toEqual({ retry: true });
    expect(emulator.requests.filter(({ operation }) => operation === "start")).toHaveLength(1);
    expect((await step(first, waiting)).phase).toBe("reading");
    expect((await step(second)).phase).toBe("waiting");

    const [third, fourth] = limited("given back", 1, 2) as [PostgresSink<unknown>, PostgresSink<unknown>];
    expect(await third.claimStart()).toBe(true);
    expect(await rejection(fourth.claimStart())).toMatchObject(full);
    // Its own claim is spent, whatever the others do.
    expect(await third.claimStart()).toBe(false);
    await third.claimStart.release();
    expect(await fourth.claimStart()).toBe(true);
  });

  it("that is lowered while some run lets nobody start until fewer do, and one that is raised does at once", async () => {
    const running = limited("lowered", 3, 3);
    for (const sink of running) expect(await sink.claimStart()).toBe(true);
    const [low] = limited("lowered", 1, 1) as [PostgresSink<unknown>];
    for (const sink of running) {
      expect(await rejection(low.claimStart())).toMatchObject(full);
      await sink.claimStart.release();
    }
    expect(await low.claimStart()).toBe(true);
    expect(await rejection(limited("lowered", 1, 1)[0]?.claimStart() as Promise<unknown>)).toMatchObject(
      full,
    );
    expect(await limited("lowered", 2, 1)[0]?.claimStart()).toBe(true);
  });

  it("no longer counts a run that nobody has heard of for an hour", async () => {
    const [killed, next] = limited("killed", 1, 2) as [PostgresSink<unknown>, PostgresSink<unknown>];
    expect(await killed.claimStart()).toBe(true);
    expect(await rejection(next.claimStart())).toMatchObject(full);
    await pool.query(
      "UPDATE exportkit_runs SET updated_at = now() - interval '61 minutes' WHERE run_group = 'killed'",
    );
    expect(await next.claimStart()).toBe(true);
  });
});

it("a worker killed between the vendor's answer and the commit starts no second export", async () => {
  const { table, run } = fresh();
  const { client, emulator } = usersOf(10);
  const sink = postgresSink({ pool, table, run });
  const killed = new Error("killed");
  const dying = {
    ...sink,
    write: () => Promise.reject(killed),
  };
  const state = beginExport("users", { format: "ndjson" });
  const options = { claimStart: sink.claimStart };
  expect(await rejection(advanceExport(client, state, { sink: dying, ...options }))).toBe(killed);
  expect(await rejection(advanceExport(client, state, { sink, ...options }))).toMatchObject({
    code: "START_OUTCOME_UNKNOWN",
  });
  expect(emulator.requests.filter(({ operation }) => operation === "start")).toHaveLength(1);

  // It was the sink alone that failed: who is still there knows the job.
  const { job } = verdictOf(killed);
  const ended = await deliver(client, { ...state, ...(job && { job }) }, sink);
  expect(ended).toMatchObject({ phase: "done", records: 10, job: { id: job?.id } });
  expect(await rowsOf(table)).toHaveLength(10);
  expect(emulator.requests.filter(({ operation }) => operation === "start")).toHaveLength(1);
});

/** A pool whose process is killed at the `at`-th of its moments: before each statement and after it. */
function dyingPool(at: number): { readonly pool: PostgresPool; readonly died: () => boolean } {
  let moments = 0;
  let isDead = false;
  const moment = () => {
    if (isDead || moments++ >= at) {
      isDead = true;
      throw new Error("killed");
    }
  };
  const dying: PostgresPool = {
    async connect() {
      moment();
      const client = await pool.connect();
      const query = client.query.bind(client) as (...call: unknown[]) => unknown;
      // As pg's own, for COPY to be found.
      return Object.assign(Object.create(client), {
        query(...call: unknown[]) {
          moment();
          const result = query(...call);
          return result instanceof Promise
            ? result.then((value) => {
                moment();
                return value;
              })
            : result;
        },
        release: (destroy?: boolean) => client.release(isDead || destroy),
      });
    },
  };
  return { pool: dying, died: () => isDead };
}

it("a worker killed at any statement, and another one after it, deliver every record once", async () => {
  let kills = 0;
  let unknown = 0;
  // Every third moment, which comes round to each kind of them.
  for (let at = 0; ; at += 3) {
    const options: Options = at % 2 === 0 ? {} : { key: "sub" };
    const { table, run } = fresh();
    const { client, emulator } = usersOf(40);
    const state = beginExport("users", { format: "ndjson" });
    const first = dyingPool(at);
    const outcome = await deliver(
      client,
      state,
      postgresSink({ pool: first.pool, table, run, ...options }),
      15,
    ).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (outcome !== undefined) {
      expect(outcome).toMatchObject({ message: "killed" });
      kills += 1;
    }
    const end = await deliver(client, state, postgresSink({ pool, table, run, ...options }), 15).catch(
      (error: unknown) => error,
    );
    const starts = emulator.requests.filter(({ operation }) => operation === "start").length;
    expect(starts).toBeLessThanOrEqual(1);
    if (end instanceof Error) {
      // Claimed, and the job is not stored: whether there is one, nobody can know.
      expect(end).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
      unknown += 1;
    } else {
      expect(starts).toBe(1);
      const { rows } = await pool.query(
        `SELECT count(*)::int AS n, count(DISTINCT record->>'sub')::int AS d FROM ${table}`,
      );
      expect(rows[0]).toEqual({ n: 40, d: 40 });
    }
    if (!first.died()) break;
  }
  expect(kills).toBeGreaterThan(12);
  expect(unknown).toBeGreaterThan(0);
  expect(unknown).toBeLessThan(12);
});

it("a connection that ends within a transaction is an error of the step, and ends no process", async () => {
  const { table, run } = fresh();
  const ended: unknown[] = [];
  const cutting: PostgresPool = {
    async connect() {
      const client = await pool.connect();
      const query = client.query.bind(client) as PostgresClient["query"];
      return {
        on: client.on.bind(client),
        removeListener: client.removeListener.bind(client),
        release: (destroy?: boolean) => client.release(destroy),
        async query(text: string, values?: unknown[]) {
          const result = await query(text, values);
          if (text === "BEGIN" && ended.length === 0) {
            const gone = new Promise((resolve) => client.once("end", resolve));
            const { rows } = await query("SELECT pg_backend_pid() AS pid");
            ended.push(await pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]));
            await gone;
          }
          return result;
        },
      };
    },
  };
  const before = beginExport("users", {});
  const states = { before, after: { ...before, records: 1 } };
  const sink = postgresSink({ pool, table, run });
  await sink.load();
  const cut = postgresSink({ pool: cutting, table, run, create: false });
  const write = () => cut.write({ records: [{ sub: "a" }], last: false }, states);
  expect(verdictOf(await rejection(write()))).toEqual({ retry: true });
  await write();
  expect(await sink.load()).toEqual(states.after);
  expect(await rowsOf(table)).toHaveLength(1);
});

it("continues after the server was killed and came back", async () => {
  // Idle connections tell of their end.
  const told: Error[] = [];
  const ownPool = new pg.Pool({ connectionString: server.connectionString });
  for (const each of [ownPool, pool]) each.on("error", (error) => told.push(error));
  try {
    const { table, run } = fresh();
    const sink = postgresSink({ pool: ownPool, table, run });
    const before = beginExport("users", {});
    const after = { ...before, records: 1 };
    await sink.write({ records: [{ sub: "a" }], last: false }, { before, after });
    await server.restart();
    const states = { before: after, after: { ...after, records: 2 } };
    const again = () => sink.write({ records: [{ sub: "b" }], last: true }, states);
    // The pool learns that its connection is gone by using it.
    await again().catch(again);
    expect(await sink.load()).toEqual(states.after);
    expect((await ownPool.query(`SELECT * FROM ${table}`)).rows).toHaveLength(2);
  } finally {
    await ownPool.end();
  }
});
