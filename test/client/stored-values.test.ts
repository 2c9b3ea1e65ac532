import { generateKeyPairSync } from "node:crypto";
import { type AnyProvider, createExportClient, ExportError } from "exportkit";
import { type AuthgearUser, authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { zephr } from "exportkit/zephr";
import { describe, expect, expectTypeOf, it } from "vitest";
import { rejection, thrown } from "../support/outcome.js";
import { harness, token } from "./harness.js";

const stored = <T>(value: T): unknown => JSON.parse(JSON.stringify(value));

describe("parseJob of a connection and a request", () => {
  it("gives the job, with the record type of that request", async () => {
    const { client } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const parsed = client.parseJob(stored(job), "users", { format: "ndjson" });
    expect(parsed).toEqual(job);
    const download = await client.download(await client.waitForExport(parsed));
    for await (const user of download) expectTypeOf(user).toEqualTypeOf<AuthgearUser>();
    expect(download.complete).toBe(true);
  });

  it("takes members in any order, and a request before it was normalised", async () => {
    const { client } = harness();
    const job = await client.startExport("users", { format: "csv", fields: ["/sub", { pointer: "/email" }] });
    const again = { fields: [{ pointer: "/sub" }, "/email"], format: "csv" } as const;
    const same =
      JSON.stringify(job.request) === JSON.stringify((await client.startExport("users", again)).request);
    if (same) expect(client.parseJob(stored(job), "users", again)).toEqual(job);
    expect(
      client.parseJob(stored(job), "users", { fields: ["/sub", { pointer: "/email" }], format: "csv" }),
    ).toEqual(job);
  });

  it.each([
    [{ format: "csv" }, "request.format"],
    [{ format: "ndjson", includeSecrets: true }, "request.includeSecrets"],
  ] as const)("refuses a job of another request: %j", async (request, field) => {
    const { client } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    expect(thrown(() => client.parseJob(stored(job), "users", request))).toMatchObject({
      code: "JOB_INVALID",
      details: { field },
    });
  });

  it("refuses a job of another connection, and a connection that is not there", async () => {
    const { emulator, fetch, clock } = harness();
    const provider = authgear({ endpoint: emulator.endpoint, token });
    const client = createExportClient({ providers: { users: provider, others: provider }, fetch, clock });
    const job = await client.startExport("users", { format: "ndjson" });
    expect(thrown(() => client.parseJob(stored(job), "others"))).toMatchObject({
      code: "JOB_INVALID",
      details: { field: "connection" },
      message: expect.stringContaining('"users"'),
    });
    expect(thrown(() => client.parseJob(stored(job), "nobody" as "users"))).toMatchObject({
      code: "CONFIG_INVALID",
    });
  });
});

describe("parseCheckpoint", () => {
  it("types what a store answers, and download takes it", async () => {
    const { client } = harness();
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    const download = await client.download(job);
    for await (const _ of download) break;
    const checkpoint = client.parseCheckpoint(stored(download.checkpoint()));
    let rest = 0;
    for await (const _ of await client.download(job, { checkpoint })) rest++;
    expect(rest).toBe(19);
  });

  it.each([null, 7, "{}", [], { version: 2 }, { version: 1, connection: "users" }])("refuses %j", (value) => {
    const { client } = harness();
    expect(thrown(() => client.parseCheckpoint(value))).toMatchObject({
      code: "JOB_INVALID",
      details: expect.any(Object),
    });
  });
});

describe("ExportError.fromJSON", () => {
  it("brings an error back as it was, its job and its causes included", async () => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", times: 99, fault: { type: "rate-limit", retryAfterMs: 7_200_000 } });
    const error = await rejection<ExportError>(client.pollExport(job));
    const again = ExportError.fromJSON(stored(error));
    expect(ExportError.isInstance(again)).toBe(true);
    expect(again).toBeInstanceOf(ExportError);
    expect(stored(again)).toEqual(stored(error));
    expect(again.retryAt).toEqual(error.retryAt);
  });

  it("reads what a mapper has written null for as absent", () => {
    const nothing = { retryAt: null, provider: null, job: null, details: null, cause: null, status: null };
    const error = new ExportError("NETWORK", "lost", { connection: "users" });
    const again = ExportError.fromJSON({ ...nothing, retryable: null, ...(stored(error) as object) });
    expect(stored(again)).toEqual(stored(error));
    expect("job" in again || "retryAt" in again).toBe(false);
  });

  it.each(["false", "true", 0, 1, {}])("takes retryable: %j for no promise", (retryable) => {
    const error = ExportError.fromJSON({ name: "ExportError", code: "TIMEOUT", message: "late", retryable });
    expect(error.retryable).toBe(false);
  });

  it("brings causes back as errors", () => {
    const root = Object.assign(new TypeError("socket hang up"), { code: "ECONNRESET" });
    const inner = new ExportError("NETWORK", "lost", { cause: root, retryable: true });
    const again = ExportError.fromJSON(stored(new ExportError("TIMEOUT", "late", { cause: inner })));
    expect(again.cause).toMatchObject({ name: "ExportError", code: "NETWORK", retryable: true });
    expect((again.cause as Error).cause).toMatchObject({
      name: "TypeError",
      message: "socket hang up",
      code: "ECONNRESET",
    });
    expect((again.cause as Error).cause).toBeInstanceOf(Error);
  });

  it.each([
    null,
    undefined,
    "x",
    7,
    {},
    { name: "Error", code: "NETWORK", message: "x" },
    { name: "ExportError", code: "NETWORK" },
  ])("refuses %j", (value) => {
    expect(thrown(() => ExportError.fromJSON(value))).toMatchObject({ code: "JOB_INVALID" });
  });
});

const { privateKey: pair } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKey = pair.export({ type: "pkcs8", format: "pem" }) as string;

const anything = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
} as const;

/** A provider whose attempts carry these headers; `declared` unless told otherwise. */
function signing(headers: readonly string[], declared = true, more: { authorize?: false } = {}): Provider {
  return {
    spec: 1,
    name: "other",
    capabilities: { delivery: "file", jobs: "asynchronous", progress: false, formats: [] },
    requestSchema: anything,
    origins: ["https://api.example.com"],
    ...(declared && { authorizationHeaders: headers }),
    ...(headers.length > 0 && {
      authorize: () => Object.fromEntries(headers.map((name) => [name.toLowerCase(), "canary-of-a-secret"])),
    }),
    start: async (context) => {
      await context.request({
        method: "POST",
        url: "https://api.example.com/start",
        headers: { "X-A": "1" },
        ...more,
      });
      return { id: "1", status: "pending" };
    },
    poll: async () => ({ status: "pending" }),
    delivery: fileDelivery({
      locate: async () => ({ url: "https://api.example.com/file", credentials: "none" }),
      records: () => ndjson(),
    }),
  };
}

describe("explainExport", () => {
  const sent: string[] = [];
  const client = createExportClient({
    providers: {
      users: authgear({
        endpoint: "https://myapp.authgearapps.com",
        token: () => Promise.reject(new Error("not asked")),
      }),
      access: avepoint({ dataCenter: "us", clientId: "app", clientSecret: "canary-client-secret" }),
      readers: zephr({ tenantId: "news", accessKey: "key", secretKey: "canary-secret-key" }),
    },
    fetch: async (input) => {
      sent.push(String(input));
      throw new TypeError("nothing is to be sent");
    },
  });

  it("tells what each vendor would be sent, and sends nothing", async () => {
    expect(await client.explainExport("users", { format: "csv" })).toEqual({
      method: "POST",
      url: "https://myapp.authgearapps.com/_api/admin/users/export",
      headers: ["accept", "authorization", "content-type"],
      body: expect.stringContaining('"format":"csv"'),
      safety: "once",
    });
    expect(
      await client.explainExport("access", { report: "userActivities", email: "ada@contoso.com" }),
    ).toEqual({
      method: "GET",
      url: "https://graph-us.avepointonlineservices.com/insights/users/ada%2540contoso.com/activities/export",
      headers: ["accept", "authorization"],
      safety: "once",
    });
    // A start there only asks whether the listing would be served.
    const { url, safety } = await client.explainExport("readers", { pageSize: 50 });
    expect(url).toMatch(/^https:\/\/news\.api\.zephr\.com\/v3\/user-export\?attributes=true&rpp=1&page=1/);
    expect(safety).toBe("safe");
    expect(sent).toEqual([]);
  });

  const endpoint = "https://api.example.com";
  const signers: readonly (readonly [string, AnyProvider, object])[] = [
    ["Authgear, a token", authgear({ endpoint, token }), { format: "csv" }],
    ["Authgear, a key", authgear({ endpoint, projectId: "p", keyId: "k", privateKey }), { format: "ndjson" }],
    ["Zephr", zephr({ baseUrl: endpoint, accessKey: "key", secretKey: "canary-secret-key" }), {}],
    [
      "AvePoint, a token",
      avepoint({ baseUrl: endpoint, token }),
      { report: "sitePermissions", siteUrls: ["https://contoso.sharepoint.com/sites/a"] },
    ],
    ["a provider that signs by two headers of its own", signing(["X-Key", "x-signature"]), {}],
    ["a provider that signs by authorization", signing(["authorization"], false), {}],
    ["a provider without credentials", signing([]), {}],
    ["a provider that does not know of credentials", signing([], false), {}],
    ["a start that takes none along", signing(["authorization"], false, { authorize: false }), {}],
  ];

  it.each(signers)("names the very headers that go out: %s", async (_, provider, request) => {
    const names: string[][] = [];
    const { explainExport, startExport } = createExportClient({
      providers: { it: provider as Provider },
      fetch: async (__, init) => {
        names.push(Object.keys(init?.headers ?? {}).map((name) => name.toLowerCase()));
        return new Response("{}", { status: 400 });
      },
    });
    await startExport("it", request).catch(() => {});
    expect(names).toHaveLength(1);
    expect((await explainExport("it", request)).headers).toEqual(names[0]?.sort());
  });

  it("refuses what startExport would refuse", async () => {
    const error = await rejection(client.explainExport("readers", { pageSize: 0 }));
    expect(error).toMatchObject({ code: "REQUEST_INVALID", message: expect.stringContaining("pageSize") });
    const nobody = client.explainExport("nobody" as "readers", {});
    expect(await rejection(nobody)).toMatchObject({ code: "CONFIG_INVALID" });
  });
});
