import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBudget, createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { saveExport } from "exportkit/node";
import { createAuthgearEmulator, createTestClock, serveEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { accessRequest, connect, vendorNames } from "./vendors.js";

/** What another part of the program did to all objects. */
function pollute(values: { readonly [name: string]: unknown }): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(Object.prototype, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    polluted.add(name);
  }
}
const polluted = new Set<string>();
const clean = () => {
  for (const name of polluted) Reflect.deleteProperty(Object.prototype, name);
  polluted.clear();
};
afterEach(clean);

describe("P3: what others put on Object.prototype is no option, and breaks nothing", () => {
  it.each(vendorNames)("an export of %s goes well beside a property of no meaning", async (name) => {
    pollute({ helper: () => "of some old library", extra: 1 });
    const set = connect(name, { settings: { retry: { retries: 2 }, timeouts: { requestMs: 5_000 } } });
    const budget = createBudget({ requests: 100 });
    const started = await set.client.startExport("export", set.request, { budget });
    const polled = await set.client.pollExport(started, { signal: new AbortController().signal });
    const job = await set.client.waitForExport(set.client.parseJob(JSON.parse(JSON.stringify(polled))), {
      timeoutMs: 600_000,
      onProgress: () => {},
    });
    const download = await set.client.download(job, { budget: { requests: 50 } });
    const records = await collect(download.records({ onInvalid: "skip" }));
    expect(records.length).toBeGreaterThan(0);
    const csv = (await set.client.download(job)).encode("csv", { formulas: "escape" });
    expect((await new Response(csv as BodyInit).text()).length).toBeGreaterThan(100);
  });

  it.each(vendorNames)("an export of %s goes well whatever option is there for everybody", async (name) => {
    const values = {
      retries: "x",
      minDelayMs: -1,
      maxElapsedMs: "x",
      patienceMs: "x",
      requestMs: 0,
      stallMs: 0,
      requests: 0,
      jobs: 0,
      maxRunningJobs: 0,
      timeoutMs: 0,
      checkpoint: "x",
      onProgress: "x",
      onDownloadProgress: "x",
      budget: 0,
      prefetchPages: 0,
      maxBufferedBytes: 0,
      integers: "number",
      delimiter: "xx",
      preset: "excel",
      onInvalid: "skip",
    };
    const { client, request } = connect(name, {});
    const read = async () => {
      const records = await collect(await client.runExport("export", request));
      const job = await client.waitForExport(await client.startExport("export", request));
      return [records, await collect(await client.download(job))];
    };
    const expected = (await read()).map(({ length }) => length);
    for (const [field, value] of Object.entries(values)) {
      pollute({ [field]: value });
      const found = await read().finally(clean);
      expect([field, ...found.map(({ length }) => length)]).toEqual([field, ...expected]);
    }
  });

  it("a request goes out as it is over real sockets, whatever option of a request is there for everybody", async () => {
    const token = "canary-token-7f3a9c51e0";
    const emulator = createAuthgearEmulator({ tokens: [token], users: 3 });
    const served = await serveEmulator(emulator);
    onTestFinished(() => served.close());
    const client = createExportClient({
      providers: { users: authgear({ endpoint: served.endpoint, token }) },
      retry: { retries: 0 },
    });
    const text = [
      "cache",
      "mode",
      "credentials",
      "redirect",
      "referrerPolicy",
      "duplex",
      "priority",
      "integrity",
    ];
    const of = [
      "json",
      "searchParams",
      "onUploadProgress",
      "hooks",
      "prefix",
      "baseUrl",
      "accept",
      "page",
      "retry",
    ];
    const values = { ...Object.fromEntries([...text, ...of].map((name) => [name, "x"])), authorize: false };
    const read = async () => {
      const job = await client.pollExport(await client.startExport("users", { format: "ndjson" }));
      return (await collect(await client.download(job))).length;
    };
    // What is loaded late is loaded before: the loader of these tests reads options of its own.
    await read();
    for (const [name, value] of Object.entries(values)) {
      pollute({ [name]: value });
      expect([name, await read().finally(clean)]).toEqual([name, 3]);
    }
    expect(emulator.tasks).toHaveLength(Object.keys(values).length + 1);
  });

  it("a file of CSV is written as asked", async () => {
    const set = connect("Authgear with a token", {
      request: { format: "csv", fields: [{ pointer: "/sub" }] },
    });
    const job = await set.finish();
    const encoded = async () => {
      const download = await set.client.download(job);
      const body = download.encode("csv", { quote: "all", columns: ["sub", { path: "sub", header: "id" }] });
      return new Response(body as BodyInit).text();
    };
    const expected = await encoded();
    pollute({ preset: "excel", delimiter: ";", newline: "crlf", bom: true, nullText: "x", header: "other" });
    pollute({ fieldName: "other", booleans: "upper" });
    expect(await encoded()).toBe(expected);
    expect(expected).toMatch(/^"sub","id"\n/);
    const other = connect("Authgear with a token", {
      request: { format: "csv", fields: [{ pointer: "/email" }] },
    });
    expect(
      Object.keys((await collect(await other.client.download(await other.finish())))[0] as object),
    ).toEqual(["email"]);
  });

  it.each([{ format: "ndjson" }, { format: "csv", fields: ["/sub", "/mfa", "/mfa/totps"] }] as const)(
    "includeSecrets is not turned on: %j",
    async (request) => {
      pollute({ includeSecrets: true });
      const set = connect("Authgear with a token", { request });
      const job = await set.finish();
      expect(Object.hasOwn(job.request as object, "includeSecrets")).toBe(false);
      const records = JSON.stringify(await collect(await set.client.download(job)));
      const encoded = await new Response((await set.client.download(job)).encode("csv") as BodyInit).text();
      expect(records).toContain("sub");
      expect(records + encoded).not.toContain("TOTP-SECRET-");
    },
  );

  it("fields, names and filters of others are not asked for", async () => {
    const since = "2029-01-01T00:00:00Z";
    pollute({
      fields: ["/mfa/totps"],
      fieldName: "x",
      since,
      appIds: ["x"],
      exportOption: 3,
      pageSize: 1,
    });
    const users = connect("Authgear with a token", { request: { format: "csv" } });
    const readers = connect("Zephr", { request: {} });
    const access = connect("AvePoint with a secret", { request: accessRequest });
    expect(await collect(await users.client.download(await users.finish()))).toHaveLength(30);
    expect(await collect(await readers.client.download(await readers.finish()))).toHaveLength(30);
    await access.finish();
    const sent = [...users.sent, ...readers.sent, ...access.sent].map(
      ({ url, body }) => `${url.search} ${body}`,
    );
    expect(sent.filter((text) => /totps|field_name|since|appIds|exportOptionType/.test(text))).toEqual([]);
  });

  it("addresses, credentials and keys of others are not used", async () => {
    pollute({
      baseUrl: "https://evil.example",
      tokenUrl: "https://evil.example/token",
      token: "evil-token-1",
    });
    const secret = connect("AvePoint with a secret");
    const key = connect("Authgear with a private key");
    const readers = zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" });
    expect(readers.origins).toEqual(["https://news.api.zephr.com"]);
    await secret.finish();
    await key.finish();
    expect([...secret.sent, ...key.sent].filter(({ url }) => url.host === "evil.example")).toEqual([]);
    expect(
      [...secret.sent, ...key.sent].some(({ headers }) => headers.get("authorization")?.includes("evil")),
    ).toBe(false);
    clean();
    pollute({
      clientSecret: "x",
      certificate: { privateKey: "y" },
      endpoint: "https://evil.example",
      accessKey: "z",
    });
    expect(() => avepoint({ dataCenter: "us", clientId: "c" } as never)).toThrow(/clientSecret: /);
    expect(() => authgear({ token: "a-token-1" } as never)).toThrow(/endpoint: /);
    expect(() => zephr({ tenantId: "news", secretKey: "s" } as never)).toThrow(/accessKey: /);
  });

  it("settings of the client and of calls are not changed", async () => {
    const { provider, emulator } = connect("Zephr");
    const clock = createTestClock();
    pollute({
      retries: 99,
      maxBufferedBytes: 1024,
      prefetchPages: 99,
      budget: { requests: 0 },
      timeoutMs: 0,
      checkpoint: {},
      onEvent: () => expect.fail("nobody listens"),
      onInvalid: "skip",
      columns: ["x"],
    });
    const client = createExportClient({
      providers: { export: provider },
      fetch: emulator.fetch,
      clock,
      retry: { minDelayMs: 1 },
    });
    emulator.faults.add({ on: "page", times: 3, fault: { type: "status", status: 503 } });
    const job = await client.waitForExport(await client.startExport("export", {}));
    const download = await client.download(job);
    expect(await collect(download.records())).toHaveLength(30);
    const csv = (await client.download(job)).encode("csv");
    expect((await new Response(csv as BodyInit).text()).split("\n")[0]).toContain("user_id");
  });

  it("a file is not overwritten, and saving works", async () => {
    const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "kept");
    await writeFile(path, "kept");
    const set = connect("Authgear with a token");
    const job = await set.finish();
    pollute({ overwrite: true, resume: "restart", helper: 1, columns: ["x"] });
    expect(await rejection(saveExport(set.client, job, path))).toMatchObject({ code: "CONFIG_INVALID" });
    expect(await readFile(path, "utf8")).toBe("kept");
    const result = await saveExport(set.client, job, join(folder, "new"), { checkpointEvery: { ms: 1 } });
    expect(result.path).toBe(join(folder, "new"));
  });
});
