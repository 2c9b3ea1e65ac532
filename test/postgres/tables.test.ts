import type { IntegerMode } from "exportkit";
import { beginExport, verdictOf } from "exportkit/durable";
import { type PostgresPool, type PostgresSinkOptions, postgresSink } from "exportkit/postgres";
import { ndjson } from "exportkit/provider";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { openFile } from "../cases/open-case.js";
import fc from "../support/fast-check.js";
import { rejection, thrown } from "../support/outcome.js";
import { runs } from "../support/runs.js";
import type { ServedPostgres } from "./served-postgres.js";
import { usePostgres } from "./use-postgres.js";

let server: ServedPostgres;
let pool: pg.Pool;

usePostgres((used) => {
  ({ server, pool } = used);
});

let names = 0;
const before = beginExport("users", {});

type Options = Partial<PostgresSinkOptions<unknown>>;

/** Writes records as the first batch of a run of its own; resolves with the rows of its table. */
async function written(records: readonly unknown[], options: Options = {}) {
  names += 1;
  const table = `t${names}`;
  const sink = postgresSink({ pool, table, run: table, ...options });
  await sink.write({ records, last: true }, { before, after: { ...before, records: records.length } });
  const { rows } = await pool.query(`SELECT * FROM ${options.table ? "" : table}${options.table ?? ""}`);
  return rows;
}

const nasty = [
  "",
  "\\N",
  "\\.",
  "a\tb",
  "a\nb",
  "a\r\nb",
  "\\",
  '"',
  "'",
  "{}",
  "NULL",
  "null",
  "\u{1f600}",
  "\u2028",
  "\\u0000",
  "$1",
];

describe.each<[string, Options]>([
  ["COPY", {}],
  ["an upsert", { key: "id" }],
])("by %s", (_, options) => {
  const columns = { id: "id", text: "text", record: (record: unknown) => record };

  it("text arrives as it is", async () => {
    const records = nasty.map((text, id) => ({ id: `${id}${text}`, text, deep: [{ [`k${text}`]: text }] }));
    const schema = { properties: { id: { type: "string" }, text: { type: "string" } } };
    const rows = await written(records, { ...options, columns, schema });
    expect(rows).toEqual(records.map((record) => ({ id: record.id, text: record.text, record })));
  });

  it("any JSON arrives as it is", async () => {
    // PostgreSQL has neither NUL nor a lone surrogate, and no -0.
    const json = fc
      .jsonValue({ stringUnit: "grapheme" })
      .filter((value) => !/\\u0000|-0[,}\]]|-0$/.test(JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(fc.array(json, { maxLength: 20 }), async (values) => {
        const records = values.map((value, id) => ({ id: String(id), value }));
        const rows = await written(records, options);
        const plain = JSON.parse(
          JSON.stringify(records, (_key, value) => (Object.is(value, -0) ? 0 : value)),
        );
        expect(rows.map(({ record }) => record)).toEqual(plain);
      }),
      { numRuns: runs(12) },
    );
  });

  it("what PostgreSQL cannot hold is refused with its place, or replaced", async () => {
    for (const text of ["a\0b", "a\ud800b", "\udc00"]) {
      const records = [
        { id: "1", text: "fine" },
        { id: "2", text },
      ];
      const error = await rejection<Error>(written(records, { ...options, columns }));
      expect(error).toMatchObject({ code: "RECORD_INVALID", retryable: false, details: { record: 2 } });
      expect(error.message).toContain('unstorable: "replace"');
      const rows = await written(records, { ...options, columns, unstorable: "replace" });
      const replaced = ["\0", "\ud800", "\udc00"].reduce((all, unit) => all.replaceAll(unit, "\ufffd"), text);
      // Without a schema a column is one of JSON.
      expect(rows[1]).toEqual({ id: "2", text: replaced, record: { id: "2", text: replaced } });
    }
    // A backslash before it, and it is no escape.
    expect((await written([{ id: "1", text: "\\u0000" }], { ...options, columns }))[0].text).toBe("\\u0000");
  });
});

describe("a table", () => {
  it("is made of the record's JSON Schema", async () => {
    const schema = {
      type: "object",
      properties: {
        sub: { type: "string" },
        created_at: { type: "string", format: "date-time" },
        logins: { type: "integer" },
        score: { type: ["number", "null"] },
        disabled: { type: "boolean" },
        roles: { type: "array" },
        either: { type: ["string", "number"] },
        any: true,
      },
    };
    const record = {
      sub: "a",
      created_at: "2026-01-02T03:04:05.678Z",
      logins: "9007199254740993",
      score: 0.1,
      disabled: false,
      roles: ["a", 1],
      either: "5",
      extra: "nobody asked",
    };
    const [row] = await written([record], { schema, key: "sub" });
    expect(row).toEqual({
      sub: "a",
      created_at: new Date(record.created_at),
      logins: "9007199254740993",
      score: "0.1",
      disabled: false,
      roles: ["a", 1],
      either: "5",
      any: null,
    });
    const { rows } = await pool.query(
      `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't${names}'`,
    );
    expect(Object.fromEntries(rows.map((found) => [found.column_name, found.data_type]))).toEqual({
      sub: "text",
      created_at: "timestamp with time zone",
      logins: "bigint",
      score: "numeric",
      disabled: "boolean",
      roles: "jsonb",
      either: "jsonb",
      any: "jsonb",
    });
  });

  it("of your own keeps its types, its defaults and its other columns", async () => {
    await pool.query(
      "CREATE TABLE own (id bigserial, tags text[], city text, n int, doc json, at timestamptz DEFAULT now())",
    );
    const columns = {
      tags: "tags",
      city: "address.city",
      n: (record: unknown) => (record as { n: number }).n * 2,
      doc: "address",
    };
    const tags = ["a", 'b"', null, "c,d", "\\"];
    const [row] = await written([{ tags, address: { city: "Aarhus" }, n: 21 }], { table: "own", columns });
    expect(row).toMatchObject({ id: "1", tags, city: "Aarhus", n: 42, doc: { city: "Aarhus" } });
    expect(row.at).toBeInstanceOf(Date);
  });

  it.each(["appended", "by key"])("of your own takes values whole, or not at all, %s", async (how) => {
    const table = how === "appended" ? "lengths" : "lengths_by_key";
    await pool.query(
      `CREATE TABLE ${table} (sub text PRIMARY KEY, country char(3), codes char(2)[], flags bit(4), name varchar(5), rate numeric(6, 2))`,
    );
    const columns = Object.fromEntries(
      ["sub", "country", "codes", "flags", "name", "rate"].map((name) => [name, name]),
    );
    const options = { table, columns, ...(how === "by key" && { key: "sub" }) };
    const record = {
      sub: "a",
      country: "DNK",
      codes: ["da", "en"],
      flags: "1010",
      name: "Århus",
      rate: "1234.56",
    };
    expect(await written([record], options)).toEqual([record]);
    for (const wrong of [{ country: "DNKX" }, { codes: ["dan"] }, { flags: "10101" }, { name: "Aarhus" }]) {
      const error = await rejection(written([{ ...record, sub: "b", ...wrong }], options));
      expect(error).toMatchObject({ code: "RECORD_INVALID" });
    }
  });

  it.each(['Robert"); DROP TABLE students;--', "weiß nicht", "user", "a'b", 'quote"d'])(
    "may be called %s, and its columns too",
    async (name) => {
      await pool.query("CREATE SCHEMA IF NOT EXISTS audit");
      names += 1;
      const table = { schema: "audit", name };
      const sink = postgresSink({ pool, table, run: name, key: name, runTable: { name: `runs ${name}` } });
      await sink.write(
        { records: [{ [name]: "1" }], last: true },
        { before, after: { ...before, records: 1 } },
      );
      const { rows } = await pool.query(`SELECT * FROM audit."${name.replaceAll('"', '""')}"`);
      expect(rows).toEqual([{ [name]: "1", record: { [name]: "1" } }]);
    },
  );

  it("is used by who may not make any", async () => {
    await pool.query("CREATE TABLE given (record jsonb)");
    await pool.query(
      "CREATE TABLE given_runs (run text PRIMARY KEY, state jsonb, claimed_at timestamptz, updated_at timestamptz DEFAULT now())",
    );
    await pool.query("CREATE ROLE writer LOGIN PASSWORD 'password'");
    await pool.query("GRANT SELECT, INSERT, UPDATE ON given, given_runs TO writer");
    const own = new pg.Pool({
      connectionString: server.connectionString.replace("postgres:password", "writer:password"),
    });
    try {
      const sink = postgresSink({ pool: own, table: "public.given", runTable: "given_runs", run: "1" });
      await sink.write({ records: [{ a: 1 }], last: true }, { before, after: { ...before, records: 1 } });
      const refused = postgresSink({ pool: own, table: "another", runTable: "given_runs", run: "2" });
      expect(await rejection(refused.load())).toMatchObject({
        code: "CONFIG_INVALID",
        details: { sqlState: "42501" },
      });
    } finally {
      await own.end();
    }
  });
});

describe("a number of the vendor's", () => {
  it("keeps the sign of a zero in columns that can hold it", async () => {
    await pool.query(
      "CREATE TABLE signs (n double precision, word text, list text[], whole int, doc json, record jsonb)",
    );
    const columns = { n: "n", word: "n", list: "list", whole: "n", doc: "deep", record: "deep" };
    const sink = postgresSink({ pool, table: "signs", run: "1", columns });
    const records = [{ n: -0, list: [-0, 0], deep: { n: [-0, 0] } }];
    await sink.write({ records, last: true }, { before, after: { ...before, records: 1 } });
    const { rows } = await pool.query(
      "SELECT n::text, word, list, whole::text, doc::text, record FROM signs",
    );
    expect(rows).toEqual([
      { n: "-0", word: "-0", list: ["-0", "0"], whole: "0", doc: '{"n":[-0,0]}', record: { n: [0, 0] } },
    ]);
  });

  const literals = [
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890", "12345678901234567890"],
    ["-1E400", `-1${"0".repeat(400)}`],
    ["0.1000000000000000055", "0.1000000000000000055"],
    ["123456789012345678e2", "12345678901234567800"],
    ["1e-400", `0.${"0".repeat(399)}1`],
    ["-0", "0"],
    ["0.1", "0.1"],
    ["1.5e3", "1500"],
    ["1e21", "1000000000000000000000"],
  ] as const;
  const line = (id: number, literal: string) =>
    `{"id":"${id}","n":${literal},"list":[${literal},null],"deep":{"n":${literal}}}\n`;
  const text = literals.map(([literal], id) => line(id, literal)).join("");
  const columns = {
    id: "id",
    n: "n",
    word: "n",
    list: "list",
    deep: "deep",
    record: (record: unknown) => record,
  };

  /** The rows by their text: what reads them here would round them. */
  async function stored(table: string, integers: IntegerMode, key?: string) {
    await pool.query(
      `CREATE TABLE ${table} (id text PRIMARY KEY, n numeric, word text, list numeric[], deep jsonb, record jsonb)`,
    );
    const sink = postgresSink({ pool, table, columns, run: table, ...(key && { key }) });
    const download = await openFile(ndjson(), { text }, { integers });
    for await (const { records, last } of download.batches()) {
      await sink.write({ records, last }, { before, after: { ...before, records: records.length } });
    }
    const paths = "deep->>'n' AS deep, record#>>'{n}' AS whole, jsonb_typeof(record->'n') AS type";
    const { rows } = await pool.query(
      `SELECT n::text, word, list::text, ${paths} FROM ${table} ORDER BY id::int`,
    );
    return rows;
  }

  it.each([
    ["text", "string", undefined, ["string", "string"]],
    ["a bigint", "bigint", "id", ["number", "string"]],
    ["a number of its digits", "exact", undefined, ["number", "number"]],
    ["a number of its digits, by key", "exact", "id", ["number", "number"]],
  ] as const)(
    "keeps its digits in every column where records have it as %s",
    async (_, integers, key, types) => {
      const rows = await stored(`digits_${integers}_${key}`, integers, key);
      expect(rows).toHaveLength(literals.length);
      for (const [at, [literal, digits]] of literals.entries()) {
        const isWhole = /^-?\d+$/.test(literal);
        const type = at > 5 ? "number" : types[isWhole ? 0 : 1];
        const json = type === "string" ? literal : digits;
        expect(rows[at]).toEqual({
          n: digits,
          word: expect.any(String),
          list: `{${digits},NULL}`,
          deep: json,
          whole: json,
          type,
        });
        expect(at > 4 || rows[at].word).toBe(at > 4 || literal);
      }
    },
  );
});

describe("a batch that is larger than what a connection takes at once", () => {
  const size = 300_000;
  const record = (id: number) => ({ id, text: `${id}æ\u{1f600}\t\\${"x".repeat(size)}` });
  const columns = { id: "id", text: "text" };
  const schema = { properties: { id: { type: "integer" }, text: { type: "string" } } };
  const records = Array.from({ length: 30 }, (_, id) => record(id));
  const isFine = async () => (await pool.query("SELECT 1 AS one")).rows[0].one === 1;

  it("arrives whole", async () => {
    expect(await written(records, { columns, schema })).toEqual(
      records.map(({ id, text }) => ({ id: String(id), text })),
    );
  });

  it.each([
    ["the client, at its end", { ...record(30), text: "\0" }, "push", undefined],
    ["the server, at its beginning", { id: "none", text: "" }, "unshift", "22P02"],
  ] as const)(
    "leaves nothing, and a connection as good as new, if it fails at %s",
    async (_, wrong, add, sqlState) => {
      const some: unknown[] = [...records];
      some[add](wrong);
      const error = await rejection(written(some, { columns, schema }));
      expect(error).toMatchObject({
        code: "RECORD_INVALID",
        details: { record: add === "push" ? 31 : 1, ...(sqlState && { sqlState }) },
      });
      expect((await pool.query(`SELECT count(*)::int AS n FROM t${names}`)).rows[0].n).toBe(0);
      expect(pool.idleCount).toBe(pool.totalCount);
      expect(await isFine()).toBe(true);
    },
  );
});

describe("what the server refuses", () => {
  it("names the record and the column, and never the value", async () => {
    const columns = { id: "id", n: "n" };
    const schema = { properties: { id: { type: "string" }, n: { type: "integer" } } };
    const records = [
      { id: "1", n: 1 },
      { id: "2", n: "a secret of somebody" },
    ];
    const error = await rejection<Error>(written(records, { columns, schema }));
    expect(error).toMatchObject({
      code: "RECORD_INVALID",
      retryable: false,
      details: { record: 2, column: "n", sqlState: "22P02" },
    });
    expect(error.message).not.toContain("secret");
    // Nothing of the batch is there, and the connection is as good as new.
    expect((await pool.query(`SELECT count(*)::int AS n FROM t${names}`)).rows[0].n).toBe(0);
    expect(pool.idleCount).toBe(pool.totalCount);
    const { rows } = await pool.query(`SELECT * FROM exportkit_runs WHERE run = 't${names}'`);
    expect(rows).toEqual([]);
  });

  it("is the records' fault, and not worth another try, where their keys are the same to the table, or too long", async () => {
    await pool.query("CREATE TABLE same_keys (id uuid PRIMARY KEY, record jsonb)");
    const id = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    const long = Array.from({ length: 2_000 }, (_, index) => (index * 2_654_435_761).toString(36)).join("");
    for (const [records, options] of [
      [[{ id }, { id: id.toUpperCase() }], { table: "same_keys", key: "id" }],
      [[{ id: long }], { key: "id" }],
    ] as const) {
      const error = await rejection<Error>(written(records, options));
      expect(error).toMatchObject({ code: "RECORD_INVALID" });
      expect(verdictOf(error)).toEqual({ retry: false });
      expect(error.message).not.toContain(long.slice(0, 20));
    }
  });

  it.each<[string, (record: unknown) => unknown]>([
    ["fails", (record) => (record as { user: { n: number } }).user.n],
    ["gives what has no form as text", () => () => 1],
  ])("is not worth another try where a column %s", async (_, n) => {
    const error = await rejection<Error>(written([{ id: "b" }], { columns: { id: "id", n } }));
    expect(error).toMatchObject({ code: "RECORD_INVALID", details: { record: 1, column: '"n"' } });
    expect(verdictOf(error)).toEqual({ retry: false });
  });

  it("is a matter of the configuration where the table does not fit", async () => {
    await pool.query("CREATE TABLE keyless (id text, record jsonb)");
    const noIndex = postgresSink({ pool, table: "keyless", key: "id", run: "keyless" });
    const batch = { records: [{ id: "1" }], last: true };
    const states = { before, after: { ...before, records: 1 } };
    expect(await rejection(noIndex.write(batch, states))).toMatchObject({
      code: "CONFIG_INVALID",
      details: { sqlState: "42P10" },
    });
    const noColumn = postgresSink({ pool, table: "keyless", columns: { nothing: "a" }, run: "columnless" });
    const error = await rejection<Error>(noColumn.write(batch, states));
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expect(error.message).toContain('no column "nothing"');
    const noSchema = postgresSink({ pool, table: "nowhere.users", run: "nowhere" });
    expect(await rejection(noSchema.load())).toMatchObject({ details: { sqlState: "3F000" } });
  });
});

it("a client without COPY appends by INSERT", async () => {
  const plain: PostgresPool = {
    async connect() {
      const client = await pool.connect();
      return {
        query: (text, values) => client.query(text, values),
        release: (destroy) => client.release(destroy),
      };
    },
  };
  const records = nasty.map((text) => ({ text }));
  const rows = await written(records, { pool: plain });
  expect(rows.map(({ record }) => record)).toEqual(records);
});

it.each<[string, object]>([
  ["pool", { pool: {} }],
  ["table", { table: "a.b.c" }],
  ["table", { table: "" }],
  ["table", { table: "x".repeat(64) }],
  ["run", { run: "" }],
  ["run", { run: "a\0" }],
  ["run", { run: "a\ud83d" }],
  ["limit.group", { limit: { group: "a\ude00", jobs: 1 } }],
  ["key", { key: "id", columns: { a: "a" } }],
  ["key", { key: "a\0" }],
  ["table", { table: "a\ud83d" }],
  ["schema", { schema: [] }],
  ["columns", { columns: {} }],
  ["columns", { columns: { a: 5 } }],
  ["unstorable", { unstorable: "drop" }],
  ["limit.jobs", { limit: { group: "a", jobs: 0 } }],
  ["limit.group", { limit: { jobs: 5 } }],
  ["tabel", { tabel: "users" }],
])("a wrong option is named: %s", (field, options) => {
  const error = thrown<Error>(() => postgresSink({ pool, table: "a", run: "1", ...options } as never));
  expect(error).toMatchObject({ code: "CONFIG_INVALID" });
  expect(error.message).toContain(field);
});
