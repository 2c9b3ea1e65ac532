import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { accessRequest, connect } from "./vendors.js";

const trap = "https://elsewhere.example.org/x";
const paths: { readonly [name: string]: RegExp } = {
  "Authgear with a token": /^\/_api\/admin\/users\/export\/[^/]+$/,
  "AvePoint with a secret": /^\/insights\/job\/[^/]+\/(exportstatus|exportfile)$/,
};
const ids = [
  trap,
  "//elsewhere.example.org/x",
  "../../../admin",
  "..%2f..%2fadmin",
  "%2e%2e",
  "a/../../b",
  "a?x=1",
  "a#b",
  "a\\..\\b",
  "@elsewhere.example.org",
  "a\r\nhost: elsewhere.example.org",
  "a;b",
  " ",
  "\u0000",
  "a&b=c",
  "é",
];

describe("J1: whatever id a stored job has, it is one step of the path at the vendor's own address", () => {
  it.each(Object.keys(paths).flatMap((name) => ids.map((id) => [name, id] as const)))(
    "%s, %j",
    async (name, id) => {
      const set = connect(name);
      const job = await set.client.startExport("export", set.request);
      const before = set.sent.length;
      for (const status of ["running", "succeeded"] as const) {
        const stored = { ...job, id, status };
        await (status === "running" ? set.client.pollExport(stored) : set.client.download(stored)).catch(
          () => {},
        );
      }
      const asked = set.sent.slice(before);
      expect(asked).toHaveLength(2);
      for (const { url } of asked) {
        expect(url.origin).toBe(set.home);
        expect(url.pathname).toMatch(paths[name] as RegExp);
        expect(url.search + url.hash).toBe("");
        expect(decodeURIComponent(url.pathname)).toContain(id);
      }
    },
  );

  it.each([".", ".."])("and one that is a path is refused: %s", async (id) => {
    const set = connect("Authgear with a token");
    const job = await set.client.startExport("export", set.request);
    expect(await rejection(set.client.pollExport({ ...job, id }))).toMatchObject({ code: "JOB_INVALID" });
    expect(set.sent).toHaveLength(1);
  });
});

it.each(Object.keys(paths))(
  "J2: a stored job cannot name an address: fields it should not have do nothing: %s",
  async (name) => {
    const set = connect(name);
    const job = await set.finish();
    const url = {
      url: trap,
      href: trap,
      download_url: trap,
      endpoint: trap,
      baseUrl: trap,
      tokenUrl: trap,
      origin: trap,
      origins: [trap],
      location: trap,
    };
    const download = await set.client.download({
      ...job,
      ...url,
      provider: job.provider,
      result: url,
      artifact: url,
    } as never);
    expect((await collect(download)).length).toBeGreaterThanOrEqual(30);
    expect(set.sent.filter((request) => request.url.host === "elsewhere.example.org")).toEqual([]);
  },
);

describe("J3: the request in a stored job is checked like one that is started", () => {
  it.each([
    ["Authgear with a token", { format: "ndjson", endpoint: trap }],
    ["Authgear with a token", { format: "xml" }],
    ["Authgear with a token", { format: "csv", fields: ["no pointer"] }],
    ["AvePoint with a secret", { ...accessRequest, email: ".." }],
    ["AvePoint with a secret", { ...accessRequest, baseUrl: trap }],
    ["AvePoint with a secret", { report: "../admin" }],
    ["Zephr", { pageSize: -1 }],
    ["Zephr", { path: "/v3/users" }],
    ["Zephr", null],
  ])("%s %j", async (name, request) => {
    const set = connect(name);
    const job = await set.finish();
    const before = set.sent.length;
    for (const call of [set.client.pollExport, set.client.waitForExport, set.client.download])
      expect(await rejection(call({ ...job, request } as never))).toMatchObject({ code: "JOB_INVALID" });
    expect(set.sent).toHaveLength(before);
  });
});

it.each([
  { connection: "other" },
  { connection: "__proto__" },
  { connection: "constructor" },
  { provider: "zephr" },
  { version: 2 },
  { status: "done" },
])(
  "J4: a job of another connection, vendor or version is refused before anything is sent: %j",
  async (change) => {
    const set = connect("Authgear with a token");
    const job = await set.finish();
    const before = set.sent.length;
    for (const call of [set.client.pollExport, set.client.waitForExport, set.client.download])
      expect(await rejection(call({ ...job, ...change } as never))).toMatchObject({ code: "JOB_INVALID" });
    expect(set.sent).toHaveLength(before);
  },
);

describe("J5: a checkpoint can choose the place in its own job's download, and no address, header or other job", () => {
  /** A download of some records, and its checkpoint. */
  async function begun(name: string) {
    const set = connect(name);
    const job = await set.finish();
    const download = await set.client.download(job);
    await download[Symbol.asyncIterator]().next();
    const checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
    await download[Symbol.asyncDispose]();
    const before = set.sent.length;
    const go = (changed: object) => set.client.download(job, { checkpoint: changed as never }).then(collect);
    return { ...set, job, checkpoint, go, fresh: () => set.sent.slice(before) };
  }

  it.each([{ jobId: "other" }, { connection: "other" }, { version: 2 }, { mode: "all" }])(
    "%j",
    async (change) => {
      const { checkpoint, go, fresh } = await begun("Authgear with a token");
      expect(await rejection(go({ ...checkpoint, ...change }))).toMatchObject({ code: "JOB_INVALID" });
      expect(fresh()).toEqual([]);
    },
  );

  it.each(['"a"\r\nx-evil: 1', '"a"\nx: 1', "*", 'W/"weak"', '"a", "b"', ""])(
    "a validator that is none: %j",
    async (value) => {
      for (const kind of ["etag", "last-modified"]) {
        const { checkpoint, go, fresh } = await begun("Authgear with a token");
        const artifact = { ...checkpoint.artifact, validator: { kind, value } };
        expect(await rejection(go({ ...checkpoint, artifact }))).toMatchObject({ code: "JOB_INVALID" });
        expect(fresh()).toEqual([]);
      }
    },
  );

  it.each([
    { page: trap },
    { url: trap },
    { page: 2, url: trap, size: trap },
    { page: -1 },
    { page: "2&admin=1" },
  ])("a cursor that is none of the vendor's: %j", async (cursor) => {
    const { checkpoint, go, fresh, home } = await begun("Zephr");
    await go({ ...checkpoint, position: { ...checkpoint.position, cursor, before: cursor } }).catch(() => {});
    for (const { url } of fresh()) {
      expect(`${url.origin}${url.pathname}`).toBe(`${home}/v3/user-export`);
      expect([...url.searchParams.keys()].sort()).toEqual(["attributes", "page", "rpp"]);
      expect(url.searchParams.get("page")).toMatch(/^-?\d+$/);
    }
  });

  it("fields it should not have do nothing", async () => {
    for (const name of ["Authgear with a token", "AvePoint with a secret", "Zephr"]) {
      const { checkpoint, go, sent } = await begun(name);
      const url = { url: trap, location: trap, download_url: trap };
      await go({
        ...checkpoint,
        ...url,
        artifact: { ...checkpoint.artifact, ...url },
        position: { ...checkpoint.position, ...url },
      }).catch(() => {});
      expect(sent.filter((request) => request.url.host === "elsewhere.example.org")).toEqual([]);
    }
  });
});
