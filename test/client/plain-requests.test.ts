import { runInNewContext } from "node:vm";
import type { ExportError, ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { connect } from "../security/vendors.js";
import { rejection } from "../support/outcome.js";

// Every field of a Zephr request may be absent, so whatever counts as {} asks for everybody.
const zephr = () => connect("Zephr", { request: {} });

class Getters {
  get since(): string {
    return "2020-01-01";
  }
}

describe("a request that is no plain object", () => {
  it.each<[string, () => object]>([
    ["a Map", () => new Map([["since", "2020-01-01"]])],
    ["a Set", () => new Set()],
    ["a Date", () => new Date(0)],
    ["search parameters", () => new URLSearchParams("since=2020-01-01")],
    ["headers", () => new Headers()],
    ["an instance whose class has the getters", () => new Getters()],
    ["an object that inherits its fields", () => Object.create({ since: "2020-01-01" })],
    ["a list", () => []],
  ])("is refused before anything is sent: %s", async (_, make) => {
    const { client, sent } = zephr();
    expect(await rejection(client.startExport("export", make() as never))).toMatchObject({
      code: "REQUEST_INVALID",
    });
    expect(sent).toEqual([]);
  });

  it("is named by the field whose getter throws", async () => {
    const { client, sent } = zephr();
    const request = {
      get since(): string {
        throw new Error("canary");
      },
    };
    const error = await rejection<ExportError>(client.startExport("export", request as never));
    expect(error).toMatchObject({ code: "REQUEST_INVALID", details: { field: "since" } });
    expect(error.message).toContain("since: cannot be read");
    expect(sent).toEqual([]);
  });

  it("is refused where it holds itself", async () => {
    const { client } = zephr();
    const request: { appIds?: unknown } = {};
    request.appIds = [request];
    const error = await rejection<ExportError>(client.startExport("export", request as never));
    expect(error.code).toBe("REQUEST_INVALID");
    expect(error.message).toContain("appIds[0]: holds itself");
  });

  it("is taken where it is an instance of nothing but its own fields, with a Date of another realm", async () => {
    const { client } = zephr();
    class Query {
      since = runInNewContext("new Date(1577836800000)");
      pageSize = 10;
    }
    const job: ExportJob = await client.startExport("export", new Query() as never);
    expect(job.request).toEqual({ since: "2020-01-01T00:00:00Z", pageSize: 10 });
  });
});

describe("a stored job with null for what is absent", () => {
  it.each([
    ["Zephr", { since: null, grants: null }],
    ["Authgear with a token", { fields: null, includeSecrets: null }],
    ["AvePoint with a secret", { siteUrls: null, exportOption: null }],
  ])("is the same job: %s", async (name, absent) => {
    const { client, finish } = connect(name);
    const job: ExportJob = await finish();
    const fields = ["providerStatus", "finishedAt", "expiresAt", "progress", "failure", "warnings"] as const;
    const nulls = Object.fromEntries(fields.filter((field) => !(field in job)).map((field) => [field, null]));
    const stored = JSON.parse(
      JSON.stringify({ ...job, ...nulls, request: { ...(job.request as object), ...absent } }),
    );
    expect(client.parseJob(stored)).toEqual(job);
    await (await client.download(client.parseJob(stored))).bytes().cancel();
  });

  it.each(["id", "status", "createdAt", "polls"])("is still refused without its %s", async (field) => {
    const { client, finish } = zephr();
    const stored = { ...(await finish()), [field]: null };
    expect(() => client.parseJob(stored)).toThrow(expect.objectContaining({ code: "JOB_INVALID" }));
  });
});
