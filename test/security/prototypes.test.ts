import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { xlsx } from "../records/xlsx/workbook-writer.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { type Connected, connect, vendorNames } from "./vendors.js";

const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
const shared = [
  Object,
  Array,
  Function,
  String,
  Number,
  Boolean,
  Map,
  Set,
  Promise,
  Error,
  RegExp,
  Date,
  Uint8Array,
];

/** Everything that stands on the prototypes that all code shares. */
const standing = () =>
  shared.flatMap((kind) =>
    Reflect.ownKeys(kind.prototype).map((key) => [
      kind.name,
      key,
      Object.getOwnPropertyDescriptor(kind.prototype, key)?.value,
    ]),
  );

let before: readonly unknown[];
beforeEach(() => {
  before = standing();
});
afterEach(() => {
  expect(standing()).toEqual(before);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

type Bag = { readonly [key: string]: unknown };

function expectOwn(record: unknown, value: unknown): void {
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  for (const name of names) {
    expect(Object.hasOwn(record as Bag, name)).toBe(true);
    expect((record as Bag)[name]).toEqual(value);
  }
}

/** Records in all the ways there are, as they come and encoded. */
async function read(set: Connected) {
  const job = await set.finish();
  const open = () => set.client.download(job);
  const encoded = async (format: "csv" | "ndjson") =>
    new Response((await open()).encode(format) as BodyInit).text();
  const [record] = await collect(await open());
  const [ndjson, csv] = [await encoded("ndjson"), await encoded("csv")];
  return { record: record as Bag, ndjson, csv };
}

describe("P1: a column, key or header of any name is the record's own property, and is in what is encoded", () => {
  const evil = { polluted: true };
  const entries = names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(evil)}`).join(",");

  it("NDJSON", async () => {
    const set = connect("Authgear with a private key", {
      intercept: ({ url }, proceed) =>
        url.host.startsWith("storage") ? new Response(`{"sub":"1",${entries}}\n`) : proceed(),
    });
    const { record, ndjson, csv } = await read(set);
    expectOwn(record, evil);
    for (const name of names) expect(ndjson).toContain(`"${name}":{"polluted":true}`);
    for (const name of names) expect(csv).toContain(`""${name}"":{""polluted"":true}`);
  });

  it("CSV", async () => {
    const set = connect("Authgear with a token", {
      intercept: ({ url }, proceed) =>
        url.host.startsWith("storage")
          ? new Response(`sub,${names.join(",")}\n1,${names.map(() => "polluted").join(",")}\n`)
          : proceed(),
    });
    const { record, ndjson, csv } = await read(set);
    expectOwn(record, "polluted");
    for (const name of names) expect(ndjson).toContain(`"${name}":"polluted"`);
    for (const name of names) expect(csv).toContain(`""${name}"":""polluted""`);
  });

  it("a workbook", async () => {
    const file = xlsx({ sheets: [{ name: "__proto__", rows: [names, names.map(() => "polluted")] }] });
    const set = connect("AvePoint with a secret", {
      intercept: ({ url }, proceed) =>
        url.pathname.endsWith("/exportfile") ? new Response(file as BodyInit) : proceed(),
    });
    const { record, csv } = await read(set);
    expectOwn(record.values, "polluted");
    expect(csv.split("\n")[0]).toBe(`_file,_sheet,_row,${names.join(",")},_extra`);
    expect(csv.split("\n")[1]).toMatch(new RegExp(`__proto__,2,${names.map(() => "polluted").join(",")},$`));
  });

  it("a page in JSON", async () => {
    const set = connect("Zephr", {
      intercept: () =>
        new Response(`{"results":[{${entries},"user":{"user_id":"1",${entries}}}]}`, {
          headers: { "content-type": "application/json" },
        }),
    });
    const { record, ndjson, csv } = await read(set);
    expectOwn(record, evil);
    expectOwn(record.user, evil);
    for (const name of names) expect(ndjson).toContain(`"${name}":{"polluted":true}`);
    for (const name of names) expect(csv).toContain(`""${name}"":{""polluted"":true}`);
  });
});

describe("P2: no answer, stored job, checkpoint or request changes what other objects inherit", () => {
  const poison = '"__proto__":{"polluted":true,"status":200},"constructor":{"prototype":{"polluted":true}},';

  // What a vendor says in detail stands in the details of an error.
  const refusal = JSON.stringify({
    error: {
      reason: "ValidationFailed",
      info: { causes: [{ location: "a", kind: "b", details: { c: 1 } }] },
    },
    errors: [{ code: "a", field: "b", message: "c" }],
    message: "no",
  });

  it.each(vendorNames)("answers of %s, good and bad", async (name) => {
    for (const status of [200, 400, 403, 500]) {
      const set = connect(name, {
        settings: { retry: { retries: 0 } },
        intercept: async ({ url }, proceed) => {
          const response = await proceed();
          if (!/json/.test(response.headers.get("content-type") ?? "") || url.pathname.endsWith("file"))
            return response;
          const body = status === 200 ? await response.text() : refusal;
          const text = body.replaceAll("{", `{${poison}`).replaceAll(",}", "}");
          return new Response(text, { status, headers: { "content-type": "application/json" } });
        },
      });
      const ending = set
        .finish()
        .then((job) => set.client.download(job))
        .then(collect);
      if (status !== 200) await rejection(ending);
      else expect((await ending).length).toBeGreaterThanOrEqual(30);
    }
  });

  it.each(vendorNames)("a stored job, a checkpoint and a request of %s", async (name) => {
    const set = connect(name);
    const poisoned = (value: unknown) =>
      JSON.parse(JSON.stringify(value).replaceAll("{", `{${poison}`).replaceAll(",}", "}"));
    const job = await set.finish();
    const download = await set.client.download(job);
    await download[Symbol.asyncIterator]().next();
    const checkpoint = download.checkpoint();
    await download[Symbol.asyncDispose]();
    const calls = [
      () => set.client.pollExport({ ...poisoned(job), request: job.request }),
      () =>
        set.client.download({ ...poisoned(job), request: job.request }, { checkpoint: poisoned(checkpoint) }),
      () => set.client.startExport("export", poisoned(job.request)),
      () => set.client.pollExport({ ...job, request: poisoned(job.request) }),
      () => set.client.pollExport({ ...job, connection: "__proto__" } as never),
      () => set.client.startExport("constructor" as "export", {}),
    ];
    for (const call of calls)
      await Promise.resolve()
        .then(call)
        .then(
          (result) => (result as AsyncDisposable)[Symbol.asyncDispose]?.(),
          () => {},
        );
    const taken = set.client.parseJob({ ...poisoned(job), request: job.request });
    expect(Object.getPrototypeOf(taken)).toBe(Object.prototype);
    expect((taken as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
