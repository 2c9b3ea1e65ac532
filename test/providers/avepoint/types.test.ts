import { createExportClient, type ExportDownload } from "exportkit";
import { avepoint, type SheetRow } from "exportkit/avepoint";
import { describe, expectTypeOf, it } from "vitest";

const client = createExportClient({
  providers: { access: avepoint({ dataCenter: "us", clientId: "app", clientSecret: "secret" }) },
});

// Only its types are looked at.
const start = () =>
  client.startExport("access", {
    report: "sharingLinks",
    linkType: "anyone",
    startTime: new Date(0),
    finishTime: "2026-01-31T00:00:00",
  });

describe("types", () => {
  it("a Date of the request is a string in the job", () => {
    type Job = Awaited<ReturnType<typeof start>>;
    expectTypeOf<Job["request"]["startTime"]>().toEqualTypeOf<string>();
    expectTypeOf<Job["request"]["linkType"]>().toEqualTypeOf<"anyone">();
  });

  it("a job is good to poll, wait and download; records are rows", () => {
    const use = async () => {
      const job = await client.waitForExport(await client.pollExport(await start()));
      return client.download(job);
    };
    expectTypeOf<Awaited<ReturnType<typeof use>>>().toEqualTypeOf<ExportDownload<SheetRow>>();
  });

  it("requests of one report are not those of another", () => {
    const run = () => [
      client.runExport("access", {
        report: "userAccess",
        email: "a@b.c",
        dataSources: ["SharePoint Online"],
      }),
      client.runExport("access", {
        report: "userAccess",
        email: "a@b.c",
        dataSources: ["x"],
        exportOption: 2,
      }),
      // @ts-expect-error: a time where none is known
      client.runExport("access", { report: "sitePermissions", siteUrls: ["https://x"], startTimes: "" }),
      // @ts-expect-error: no report of this name
      client.runExport("access", { report: "users" }),
      // @ts-expect-error: dataSources are required
      client.runExport("access", { report: "userAccess", email: "a@b.c" }),
      client.runExport("access", {
        report: "googleSharingLinks",
        // @ts-expect-error: Google knows no link type for the organization
        linkType: "organization",
        startTime: "",
        finishTime: "",
      }),
      client.runExport("access", {
        report: "googleGroupAccess",
        groupId: "g",
        dataSources: ["x"],
        // @ts-expect-error: not supported for Google groups
        exportOption: 1,
      }),
    ];
    expectTypeOf(run).toBeFunction();
  });

  it("options go together or not at all", () => {
    const make = () => [
      avepoint({
        baseUrl: "https://a.example",
        tokenUrl: "https://b.example/token",
        clientId: "a",
        clientSecret: "b",
      }),
      avepoint({ dataCenter: "gcp-jp", token: async () => "token" }),
      avepoint({ dataCenter: "us", clientId: "a", certificate: { privateKey: "pem", thumbprint: "hex" } }),
      // @ts-expect-error: no such data centre
      avepoint({ dataCenter: "mars", clientId: "a", clientSecret: "b" }),
      // @ts-expect-error: no address
      avepoint({ clientId: "a", clientSecret: "b" }),
      // @ts-expect-error: neither secret, certificate nor token
      avepoint({ dataCenter: "us", clientId: "a" }),
      // @ts-expect-error: both
      avepoint({ dataCenter: "us", clientId: "a", clientSecret: "b", token: "c" }),
      // @ts-expect-error: neither thumbprint nor certificate
      avepoint({ dataCenter: "us", clientId: "a", certificate: { privateKey: "pem" } }),
    ];
    expectTypeOf(make).toBeFunction();
  });

  it("capabilities are literal", () => {
    expectTypeOf(client.capabilities("access").delivery).toEqualTypeOf<"file">();
    expectTypeOf(client.capabilities("access").formats).toEqualTypeOf<readonly ["zip"]>();
  });
});
