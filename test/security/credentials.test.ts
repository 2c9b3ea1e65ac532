import { type AnyProvider, createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection, thrown } from "../support/outcome.js";
import { connect, credentialsOf, vendorNames } from "./vendors.js";

const identity = "https://identity.avepointonlineservices.com";

describe("C1: credentials go to the vendor's own addresses and nowhere else", () => {
  it.each(vendorNames)("%s", async (name) => {
    const { client, emulator, finish, sent, home } = connect(name);
    emulator.faults.add({ on: "artifact", times: 2, fault: { type: "drop", afterBytes: 900 } });
    const records = await collect(await client.download(await finish()));
    expect(records.length).toBeGreaterThanOrEqual(30);
    const trusted = name.startsWith("AvePoint") ? [home, identity] : [home];
    const carrying = sent.filter((request) => credentialsOf(request) !== undefined);
    expect(carrying.length).toBeGreaterThan(2);
    expect(carrying.filter(({ url }) => !trusted.includes(url.origin))).toEqual([]);
    // The token endpoint gets the proof in the body, and no token.
    expect(
      sent.filter(({ url, headers }) => url.origin === identity && headers.has("authorization")),
    ).toEqual([]);
    if (name.startsWith("Authgear")) expect(sent.some(({ url }) => !trusted.includes(url.origin))).toBe(true);
  });
});

it.each(vendorNames)("C2: keys that sign are never sent, not even to the vendor: %s", async (name) => {
  const { client, finish, sent, unsent } = connect(name);
  await collect(await client.download(await finish()));
  const wire = sent
    .map(({ url, headers, body }) => `${url} ${JSON.stringify([...headers])} ${body}`)
    .join("\n");
  expect(unsent.filter((secret) => wire.includes(secret))).toEqual([]);
  expect(sent.length).toBeGreaterThan(3);
});

describe("C3: an address that is not https, or carries a password, is refused before anything is sent", () => {
  const token = "a-token-of-some-length";
  const key = { accessKey: "access-key", secretKey: "secret-key" };
  const tokenUrl = "https://login.example.com/token";
  it.each([
    "http://api.example.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "https://user:canary@api.example.com",
    "https://user@api.example.com",
    "ftp://api.example.com",
    "file:///etc",
  ])("%s", (address) => {
    const calls = [
      () => authgear({ endpoint: address, token }),
      () => avepoint({ baseUrl: address, token }),
      () =>
        avepoint({
          baseUrl: "https://api.example.com",
          tokenUrl: `${address}/x`,
          clientId: "id",
          clientSecret: "secret",
        }),
      () => zephr({ baseUrl: address, ...key }),
    ];
    for (const call of calls) {
      const error = thrown<Error>(call);
      expect(error).toMatchObject({ code: "CONFIG_INVALID" });
      expect(JSON.stringify(error) + error.message).not.toContain("canary");
    }
  });

  it("while https and loopback are taken", () => {
    for (const origin of [
      "https://api.example.com",
      "http://127.0.0.1:8080",
      "http://localhost:1",
      "http://[::1]:1",
    ]) {
      expect(authgear({ endpoint: origin, token }).origins).toEqual([origin]);
      expect(avepoint({ baseUrl: origin, tokenUrl, clientId: "id", clientSecret: "secret" }).origins).toEqual(
        [origin],
      );
      expect(zephr({ baseUrl: origin, ...key }).origins).toEqual([origin]);
    }
  });
});

it("C4: an adapter that asks elsewhere is stopped before its credentials leave", async () => {
  const sent: string[] = [];
  const provider: AnyProvider = {
    ...authgear({ endpoint: "https://api.example.com", token: "a-token-of-some-length" }),
    start: async (context) => {
      await context.request({ method: "GET", url: "https://elsewhere.example.org/collect" });
      return { id: "1", status: "running" };
    },
  };
  const client = createExportClient({
    providers: { export: provider },
    fetch: async (input) => {
      sent.push(String(input));
      return Response.json({});
    },
  });
  const error = await rejection(client.startExport("export", { format: "ndjson" }));
  expect(error).toMatchObject({
    code: "RESPONSE_INVALID",
    message: expect.stringContaining("elsewhere.example.org"),
  });
  expect(sent).toEqual([]);
});

it("C5: two connections of one client never use each other's credentials", async () => {
  const sent: (readonly [string, string | null])[] = [];
  const tokens = { one: "token-of-connection-one", two: "token-of-connection-two" };
  const client = createExportClient({
    providers: {
      one: authgear({ endpoint: "https://one.example.com", token: tokens.one }),
      two: authgear({ endpoint: "https://two.example.com", token: tokens.two }),
    },
    fetch: async (input, init) => {
      sent.push([new URL(String(input)).host, new Headers(init?.headers).get("authorization")]);
      return Response.json({ result: { id: "1", status: "pending" } });
    },
  });
  const [one, two] = await Promise.all([
    client.startExport("one", { format: "ndjson" }),
    client.startExport("two", { format: "ndjson" }),
  ]);
  await Promise.all([
    client.pollExport(two),
    client.pollExport(one),
    client.pollExport({ ...two, connection: "one" } as never),
  ]);
  expect(new Set(sent.map(String))).toEqual(
    new Set([`one.example.com,Bearer ${tokens.one}`, `two.example.com,Bearer ${tokens.two}`]),
  );
  expect(sent).toHaveLength(5);
});
