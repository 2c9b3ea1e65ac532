import { createExportClient, type ExportError, ExportError as Failure } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { advanceExport, beginExport } from "exportkit/durable";
import { saveExport } from "exportkit/node";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { harness, token } from "./harness.js";

// What a compiler would have told, where there is none, or where a cast is in its way.

/** A client of three connections, a job of it that has succeeded, and a checkpoint of that. */
async function opened() {
  const { emulator, fetch, clock } = harness();
  const client = createExportClient({
    providers: {
      users: authgear({ endpoint: emulator.endpoint, token }),
      access: avepoint({ dataCenter: "us", token }),
      readers: zephr({ tenantId: "news", accessKey: "access", secretKey: "secret" }),
    },
    fetch,
    clock,
  });
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  const download = await client.download(job);
  for await (const _ of download) break;
  const requests = () => emulator.requests.length;
  return { client, job, download, checkpoint: download.checkpoint(), requests };
}

type Opened = Awaited<ReturnType<typeof opened>>;
type Use = (world: Opened) => unknown;
const soon = <T>(value: T) => Promise.resolve(value) as never;
const text = (value: unknown) => JSON.stringify(value) as never;

async function failureOf(use: Use): Promise<ExportError> {
  const world = await opened();
  const before = world.requests();
  const error = await rejection<ExportError>((async () => use(world))());
  expect(Failure.isInstance(error)).toBe(true);
  expect(world.requests()).toBe(before);
  return error;
}

describe("a forgotten await", () => {
  it.each<[string, string, Use]>([
    ["pollExport", "JOB_INVALID", ({ client, job }) => client.pollExport(soon(job))],
    ["waitForExport", "JOB_INVALID", ({ client, job }) => client.waitForExport(soon(job))],
    ["download", "JOB_INVALID", ({ client, job }) => client.download(soon(job))],
    ["parseJob", "JOB_INVALID", ({ client, job }) => client.parseJob(soon(job), "users")],
    ["parseCheckpoint", "JOB_INVALID", ({ client, checkpoint }) => client.parseCheckpoint(soon(checkpoint))],
    [
      "download from a checkpoint",
      "JOB_INVALID",
      ({ client, job, checkpoint }) => client.download(job, { checkpoint: soon(checkpoint) }),
    ],
    ["startExport", "REQUEST_INVALID", ({ client }) => client.startExport("users", soon({ format: "csv" }))],
    ["saveExport", "JOB_INVALID", ({ client, job }) => saveExport(client, soon(job), "/nowhere/users.csv")],
    [
      "advanceExport",
      "JOB_INVALID",
      ({ client }) =>
        advanceExport(client, soon(beginExport("users", { format: "ndjson" })), {
          sink: { write: async () => {} },
        }),
    ],
    ["the token", "CONFIG_INVALID", () => authgear({ endpoint: "https://a.example", token: soon("t") })],
  ])("%s", async (_, code, use) => {
    expect(await failureOf(use)).toMatchObject({
      code,
      message: expect.stringContaining("it is a promise; await it first"),
    });
  });

  it("is told of a thenable of any library, and a proxy that throws is only refused", async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    const thenable = { then: () => {} } as never;
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("trap");
        },
      },
    ) as never;
    expect((await failureOf(({ client }) => client.pollExport(thenable))).message).toContain(
      "await it first",
    );
    expect(await failureOf(({ client }) => client.startExport("users", hostile))).toMatchObject({
      code: "REQUEST_INVALID",
    });
  });
});

describe("JSON text where its value belongs", () => {
  it.each<[string, string, Use]>([
    ["parseJob", "JOB_INVALID", ({ client, job }) => client.parseJob(text(job))],
    ["parseJob of text encoded twice", "JOB_INVALID", ({ client, job }) => client.parseJob(text(text(job)))],
    ["pollExport", "JOB_INVALID", ({ client, job }) => client.pollExport(text(job))],
    ["parseCheckpoint", "JOB_INVALID", ({ client, checkpoint }) => client.parseCheckpoint(text(checkpoint))],
    ["startExport", "REQUEST_INVALID", ({ client }) => client.startExport("users", text({ format: "csv" }))],
    [
      "advanceExport",
      "JOB_INVALID",
      ({ client }) =>
        advanceExport(client, text(beginExport("users", {})), { sink: { write: async () => {} } }),
    ],
    ["ExportError.fromJSON", "JOB_INVALID", () => Failure.fromJSON(text(new Failure("NETWORK", "lost")))],
  ])("%s", async (_, code, use) => {
    expect(await failureOf(use)).toMatchObject({
      code,
      message: expect.stringContaining("it is a string; pass what JSON.parse makes of it"),
    });
  });
});

describe("what holds a job is no job", () => {
  it.each<[string, Use]>([
    ["a row of a store", ({ client, job }) => client.parseJob({ id: 7, job })],
    ["a download", ({ client, download }) => client.pollExport(download as never)],
  ])("%s", async (_, use) => {
    expect(await failureOf(use)).toMatchObject({
      code: "JOB_INVALID",
      message: expect.stringContaining("pass its job"),
      details: { field: "version" },
    });
  });
});

const report = {
  report: "userAccess",
  email: "ada@contoso.com",
  dataSources: ["SharePoint Online"],
} as const;

describe("a misspelt name or word", () => {
  it.each<[string, string, Use]>([
    [
      "a required field",
      "is fromat a misspelling of it?",
      ({ client }) => client.startExport("users", { fromat: "csv" } as never),
    ],
    [
      "an optional field",
      "did you mean fields?",
      ({ client }) => client.startExport("users", { format: "csv", feilds: ["/sub"] } as never),
    ],
    [
      "a field of a list's item",
      "did you mean fieldName?",
      ({ client }) =>
        client.startExport("users", {
          format: "csv",
          fields: [{ pointer: "/sub", fieldname: "id" }],
        } as never),
    ],
    [
      "a field of one of twelve reports",
      "is emial a misspelling of it?",
      ({ client }) => client.startExport("access", { ...report, email: undefined, emial: "a@b.c" } as never),
    ],
    [
      "other capitals",
      "did you mean pageSize?",
      ({ client }) => client.startExport("readers", { pagesize: 10 } as never),
    ],
    [
      "a choice",
      'did you mean "csv"?',
      ({ client }) => client.startExport("users", { format: "CSV" } as never),
    ],
    [
      "one of many choices",
      'did you mean "userAccess"?',
      ({ client }) => client.startExport("access", { ...report, report: "userAcess" } as never),
    ],
  ])("%s", async (_, hint, use) => {
    expect((await failureOf(use)).message).toContain(hint);
  });

  it.each([
    ["fxymat", true],
    ["fxyzat", false],
  ])("is recognised but for two letters of a long name: %s", async (name, isNear) => {
    const error = await failureOf(({ client }) => client.startExport("users", { [name]: "csv" } as never));
    expect(error.message.includes(`is ${name} a misspelling of it?`)).toBe(isNear);
  });

  it.each([
    ["fron", "did you mean from?"],
    ["frxx", "check its spelling"],
  ])("is recognised but for one letter of a short name: %s", async (name, hint) => {
    const readers = zephr({ tenantId: "news", accessKey: "key", secretKey: "secret", apiVersion: "v4" });
    const client = createExportClient({ providers: { readers } });
    const error = await rejection<ExportError>(client.startExport("readers", { [name]: "2026" } as never));
    expect(error.message).toContain(hint);
    if (!hint.startsWith("did")) expect(error.message).not.toContain("did you mean");
  });

  it("gets no suggestion that is far off", async () => {
    const fields = ["/sub", "/sub"] as const;
    const twice = await failureOf(({ client }) => client.startExport("users", { format: "csv", fields }));
    expect(twice.message).toContain('has the header "sub"');
    expect(twice.message).not.toContain("did you mean");
    const quote = await failureOf(({ download }) => download.encode("csv", { delimiter: '"' }));
    expect(quote.message).toContain("delimiter: must be one character");
    expect(quote.message).not.toContain("JSON.parse");
    const error = await failureOf(({ client }) => client.startExport("readers", { format: "csv" } as never));
    expect(error.message).toContain("format: is not a known field; check its spelling or remove it");
  });
});

describe("a Date where text belongs", () => {
  it.each<[string, string, Use]>([
    ["createdAt", "createdAt", ({ client, job }) => client.parseJob({ ...job, createdAt: new Date() })],
    ["expiresAt", "expiresAt", ({ client, job }) => client.parseJob({ ...job, expiresAt: new Date() })],
    [
      "a field of a request",
      "email",
      ({ client }) => client.startExport("access", { ...report, email: new Date() } as never),
    ],
    ["an option", "endpoint", () => authgear({ endpoint: new Date() as never, token })],
  ])("%s", async (_, field, use) => {
    expect(await failureOf(use)).toMatchObject({
      message: expect.stringContaining("it is a Date; pass its toISOString()"),
      details: { field },
    });
  });

  it("that is invalid is called so", async () => {
    const error = await failureOf(({ client }) =>
      client.startExport("readers", { since: new Date("never") }),
    );
    expect(error).toMatchObject({ code: "REQUEST_INVALID", details: { field: "since" } });
    expect(error.message).toContain("it is an invalid Date");
  });
});
