import { type AvepointDataCenter, type AvepointOptions, avepoint } from "exportkit/avepoint";
import {
  type AvepointTestCertificate,
  createTestClock,
  generateAvepointCertificate,
} from "exportkit/testing";
import { decodeJwt, decodeProtectedHeader, importPKCS8 } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { rejection, thrown } from "../../support/outcome.js";
import { accessRequest, clientId, clientSecret, type SentRequest, type Tenant, tenant } from "./tenant.js";

const minute = 60_000;
const tokenUrl = "https://identity.avepointonlineservices.com/connect/token";

const tokenRequests = ({ sent }: Tenant): readonly SentRequest[] =>
  sent.filter(({ url }) => url === tokenUrl);
const forms = (given: Tenant) => tokenRequests(given).map(({ body }) => new URLSearchParams(body));

describe("a client secret", () => {
  it("goes in the body of a form, and nowhere else", async () => {
    const given = tenant();
    await given.client.startExport("access", accessRequest);
    expect(tokenRequests(given)).toMatchObject([{ method: "POST", url: tokenUrl }]);
    expect(Object.fromEntries(forms(given)[0] ?? [])).toEqual({
      client_id: clientId,
      client_secret: clientSecret,
      scope: "insights.graph.readwrite.all",
      grant_type: "client_credentials",
    });
    expect(tokenRequests(given)[0]?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
    expect(tokenRequests(given)[0]?.headers.has("authorization")).toBe(false);
    expect(given.sent.at(-1)?.headers.get("authorization")).toMatch(/^Bearer emulated-access-token-1/);
  });

  it("a wrong one is UNAUTHORIZED, and nothing is started", async () => {
    const given = tenant({ options: { clientSecret: "not-the-secret" } });
    expect(await rejection(given.client.startExport("access", accessRequest))).toMatchObject({
      code: "UNAUTHORIZED",
      operation: "authorize",
      status: 400,
      connection: "access",
      message: expect.stringContaining("invalid_client"),
    });
    expect(given.sent).toHaveLength(1);
  });
});

describe("a certificate", () => {
  let own: AvepointTestCertificate;
  let other: AvepointTestCertificate;
  beforeAll(async () => {
    [own, other] = await Promise.all([generateAvepointCertificate(), generateAvepointCertificate()]);
  });
  const withCertificate = (
    certificate: AvepointOptions["certificate"],
    theirs = createTestClock(),
    ours = theirs,
  ) =>
    tenant({
      options: { clientId, certificate } as Partial<AvepointOptions>,
      emulator: {
        clients: [{ clientId, certificates: [own.certificate] }],
        tokenLifetimeMs: 10 * minute,
        clock: theirs,
      },
      client: { clock: ours },
    });

  it("signs an assertion for this endpoint, good for five minutes", async () => {
    const given = withCertificate({ privateKey: own.privateKey, thumbprint: own.thumbprint });
    await given.client.startExport("access", accessRequest);
    const { client_assertion: assertion = "", ...form } = Object.fromEntries(forms(given)[0] ?? []);
    expect(form).toEqual({
      scope: "insights.graph.readwrite.all",
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    expect(decodeProtectedHeader(assertion)).toEqual({
      alg: "RS256",
      typ: "JWT",
      kid: own.thumbprint,
      x5t: Buffer.from(own.thumbprint, "hex").toString("base64url"),
    });
    const now = Date.UTC(2026, 0, 1) / 1000;
    expect(decodeJwt(assertion)).toEqual({
      iss: clientId,
      sub: clientId,
      aud: tokenUrl,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      nbf: now,
      exp: now + 300,
    });
  });

  it.each<[string, () => Promise<AvepointOptions["certificate"]>]>([
    [
      "the thumbprint as portals show it",
      async () => ({ ...keyOf(own), thumbprint: spaced(own.thumbprint) }),
    ],
    ["the certificate itself", async () => ({ ...keyOf(own), certificate: own.certificate })],
    [
      "a CryptoKey",
      async () => ({ privateKey: await importPKCS8(own.privateKey, "RS256"), thumbprint: own.thumbprint }),
    ],
  ])("is named by %s", async (_, make) => {
    const given = withCertificate(await make());
    await given.client.startExport("access", accessRequest);
    expect(given.emulator.jobs).toHaveLength(1);
  });
  const keyOf = ({ privateKey }: AvepointTestCertificate) => ({ privateKey });
  const spaced = (hex: string) => `\u200e${hex.toLowerCase().replace(/../g, "$&:").slice(0, -1)} `;

  it("every token takes an assertion of its own", async () => {
    const clock = createTestClock();
    const given = withCertificate({ ...keyOf(own), thumbprint: own.thumbprint }, clock);
    await given.client.startExport("access", accessRequest);
    clock.advance(10 * minute);
    await given.client.startExport("access", accessRequest);
    const ids = forms(given).map((form) => decodeJwt(form.get("client_assertion") ?? "").jti);
    expect(new Set(ids).size).toBe(2);
  });

  it.each([3_600_000, -3_600_000])("a local clock that is off by %i ms is corrected once", async (skewMs) => {
    const clock = createTestClock();
    const given = withCertificate({ ...keyOf(own), thumbprint: own.thumbprint }, clock, {
      ...clock,
      now: () => clock.now() + skewMs,
    });
    await given.client.startExport("access", accessRequest);
    expect(tokenRequests(given)).toHaveLength(2);
    clock.advance(10 * minute);
    await given.client.startExport("access", accessRequest);
    expect(tokenRequests(given)).toHaveLength(3);
  });

  it("the key of another certificate is UNAUTHORIZED, without a second try", async () => {
    const given = withCertificate({ ...keyOf(other), thumbprint: own.thumbprint });
    expect(await rejection(given.client.startExport("access", accessRequest))).toMatchObject({
      code: "UNAUTHORIZED",
      message: expect.stringContaining("certificate of this thumbprint"),
      details: { error: "invalid_client", description: "the assertion has a wrong signature" },
    });
    expect(given.sent).toHaveLength(1);
  });

  it("a key that only looks like one is CONFIG_INVALID and is not shown", async () => {
    const privateKey = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LWtleQ==\n-----END PRIVATE KEY-----";
    const error = await rejection<Error>(
      (async () => withCertificate({ privateKey, thumbprint: own.thumbprint }))(),
    );
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "certificate.privateKey" } });
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain("Y2FuYXJ5");
  });
});

describe("a token", () => {
  it("serves many requests until shortly before its end", async () => {
    const { client, clock, count } = tenant({ emulator: { jobDurationMs: 10 * minute } });
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    await client.download(job);
    expect(count("token")).toBe(1);
    clock.advance(60 * minute - (clock.now() - Date.parse("2026-01-01")) - minute - 1);
    await client.startExport("access", accessRequest);
    expect(count("token")).toBe(1);
    clock.advance(1);
    await client.startExport("access", accessRequest);
    expect(count("token")).toBe(2);
  });

  it("that is refused is dropped, and asked for once more", async () => {
    const { client, emulator, count, events } = tenant();
    const job = await client.startExport("access", accessRequest);
    emulator.revokeTokens();
    expect((await client.pollExport(job)).status).toBe("succeeded");
    expect([count("token"), count("poll")]).toEqual([2, 2]);
    expect(events).toContainEqual(expect.objectContaining({ type: "refresh", what: "credentials" }));
  });

  it("that is refused at a start is renewed too: the refused start took no effect", async () => {
    const { client, emulator, count } = tenant();
    await client.startExport("access", accessRequest);
    emulator.revokeTokens();
    await client.startExport("access", accessRequest);
    expect([count("token"), count("start"), emulator.jobs.length]).toEqual([2, 3, 2]);
  });

  it("fetched for this very request is renewed once as well: the token server can be ahead of the service", async () => {
    for (const operation of ["start", "poll", "artifact"] as const) {
      const first = tenant();
      const job = await first.client.waitForExport(await first.client.startExport("access", accessRequest));
      const { client, emulator, count } = tenant({
        client: { fetch: first.emulator.fetch, clock: first.clock },
      });
      expect(emulator.jobs).toEqual([]);
      first.emulator.faults.add({ on: operation, fault: { type: "expire" } });
      const before = first.count("token");
      if (operation === "start") await client.startExport("access", accessRequest);
      else if (operation === "poll") await client.pollExport({ ...job, status: "running" });
      else await client.download(job);
      expect([count("token"), first.count("token") - before]).toEqual([0, 2]);
    }
  });

  it("renewed and refused all the same is not asked for again", async () => {
    const { client, emulator, count } = tenant();
    emulator.faults.add({ on: "start", times: 9, fault: { type: "expire" } });
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "UNAUTHORIZED",
      status: 401,
    });
    expect([count("token"), count("start"), emulator.jobs.length]).toEqual([2, 2, 0]);
    emulator.faults.clear();
    await client.startExport("access", accessRequest);
    expect(emulator.jobs).toHaveLength(1);
  });

  it("that may not do this is not renewed for it", async () => {
    const { client, emulator, count } = tenant();
    emulator.faults.add({ on: "start", times: 9, fault: { type: "status", status: 403 } });
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({ code: "FORBIDDEN" });
    expect([count("token"), count("start")]).toEqual([1, 1]);
  });

  it("renewed by one request serves those that were refused beside it", async () => {
    const { client, emulator, count } = tenant();
    const jobs = [
      await client.startExport("access", accessRequest),
      await client.startExport("access", accessRequest),
    ];
    emulator.revokeTokens();
    await client.pollExport(jobs[0] as (typeof jobs)[number]);
    const before = count("token");
    await Promise.all(jobs.map((job) => client.pollExport(job)));
    expect([before, count("token")]).toEqual([2, 2]);
  });

  it.each<[string, unknown]>([
    ["no access_token", { token_type: "Bearer", expires_in: 3600 }],
    ["an access_token that no header can hold", { access_token: "a b\n", token_type: "Bearer" }],
    ["another kind of token", { access_token: "abcd", token_type: "mac" }],
  ])("is not made of an answer with %s", async (_, body) => {
    const { client, sent } = tenant({
      intercept: async ({ url }, pass) => (url === tokenUrl ? Response.json(body) : pass()),
    });
    const error = await rejection(client.startExport("access", accessRequest));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "authorize" });
    expect(sent).toHaveLength(1);
  });

  it.each([
    ["as a number", 600, 540_000],
    ["as a string", "600", 540_000],
    ["not at all: five minutes, of which a tenth is kept back", undefined, 270_000],
    ["short: a tenth is kept back", 20, 18_000],
  ])("tells its lifetime %s", async (_, expires_in, usableMs) => {
    const body = { access_token: "ready-made", expires_in };
    const given = tenant({
      emulator: { tokens: ["ready-made"] },
      intercept: async ({ url }, pass) => (url === tokenUrl ? Response.json(body) : pass()),
    });
    for (const [advance, expected] of [
      [0, 1],
      [usableMs - 1, 1],
      [1, 2],
    ] as const) {
      given.clock.advance(advance);
      await given.client.startExport("access", accessRequest);
      expect(tokenRequests(given)).toHaveLength(expected);
    }
  });
});

describe("a token of one's own", () => {
  it("is taken as it is, and no token endpoint is asked", async () => {
    const { client, sent } = tenant({
      emulator: { tokens: ["my-token"] },
      options: { token: "my-token", tokenUrl: "https://login.example/token" },
    });
    await client.startExport("access", accessRequest);
    expect(sent.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer my-token"]);
  });

  it("comes from a function for every request, and once more when refused", async () => {
    const tokens = ["old-token", "new-token", "new-token"];
    const { client, sent } = tenant({
      emulator: { tokens: ["new-token"] },
      options: { token: async () => tokens.shift() ?? "" },
    });
    const job = await client.startExport("access", accessRequest);
    await client.pollExport(job);
    expect(sent.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer old-token",
      "Bearer new-token",
      "Bearer new-token",
    ]);
  });

  it("that is refused and has no successor is UNAUTHORIZED", async () => {
    const { client, sent } = tenant({ options: { token: () => "old-token" } });
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "UNAUTHORIZED",
    });
    expect(sent).toHaveLength(1);
  });

  it.each<[string, () => string | Promise<string>, string]>([
    ["UNAUTHORIZED", () => Promise.reject(new Error("vault is closed")), "the token function failed"],
    ["CONFIG_INVALID", () => "two words", "printable characters"],
    ["CONFIG_INVALID", () => undefined as never, "must return a string"],
  ])("%s where the function misbehaves", async (code, token, message) => {
    const { client, sent } = tenant({ options: { token } });
    const error = await rejection(client.startExport("access", accessRequest));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), connection: "access" });
    expect(sent).toEqual([]);
  });
});

describe("the token endpoint in trouble", () => {
  it("a start that never came that far is no START_OUTCOME_UNKNOWN", async () => {
    const { client, emulator, count } = tenant();
    emulator.faults.add({ on: "token", times: 99, fault: { type: "reset" } });
    const error = await rejection(client.startExport("access", accessRequest));
    expect(error).toMatchObject({ code: "NETWORK", operation: "authorize", retryable: true });
    // One budget of retries, not a budget within a budget.
    expect([count("token"), count("start")]).toEqual([4, 0]);
  });

  it.each([503, 429])("HTTP %i is waited out, and the export is started once", async (status) => {
    const { client, emulator, count } = tenant();
    emulator.faults.add({
      on: "token",
      times: 2,
      fault: { type: "status", status, headers: { "retry-after": "1" } },
    });
    await client.startExport("access", accessRequest);
    expect([count("token"), count("start")]).toEqual([3, 1]);
  });

  it("a redirect to another origin is not followed: the body is the secret", async () => {
    const { client, emulator, sent } = tenant();
    emulator.faults.add({
      on: "token",
      fault: { type: "redirect", to: "https://evil.example/token", status: 307 },
    });
    const error = await rejection(client.startExport("access", accessRequest));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "authorize" });
    expect(sent.map(({ url }) => url)).toEqual([tokenUrl]);
  });

  it.each([
    ["invalid_scope", "UNAUTHORIZED", "insights.graph.readwrite.all"],
    ["unauthorized_client", "UNAUTHORIZED", "may not sign in"],
    ["unsupported_grant_type", "CONFIG_INVALID", "check tokenUrl"],
    ["invalid_request", "CONFIG_INVALID", "check tokenUrl"],
    ["invalid_client", "UNAUTHORIZED", "clientId and clientSecret belong together"],
    ["something_new", "UNAUTHORIZED", "something_new"],
    ["", "UNAUTHORIZED", "HTTP 401"],
  ])("%j is %s, with advice", async (error, code, advice) => {
    const { client } = tenant({
      intercept: async () =>
        Response.json(error && { error, error_description: `${"x".repeat(295)} ${clientSecret}` }, {
          status: 401,
        }),
    });
    const thrown = await rejection(client.startExport("access", accessRequest));
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(advice), retryable: false });
    // Not even the beginning of it, as shortening before hiding would leave.
    expect(JSON.stringify(thrown)).not.toContain(clientSecret.slice(0, 6));
  });
});

describe("data centres", () => {
  const hosts = async (options: Partial<AvepointOptions>) => {
    const urls: string[] = [];
    const { client } = tenant({
      options: { dataCenter: undefined, ...options } as Partial<AvepointOptions>,
      intercept: async ({ url }) => {
        urls.push(url);
        return Response.json({ access_token: "abcd", jobId: "1", status: 200 });
      },
    });
    await client.startExport("access", accessRequest);
    return urls.map((url) => url.replace(/\/insights.*/, ""));
  };
  const commercial = "https://identity.avepointonlineservices.com/connect/token";

  it.each<[AvepointDataCenter, string, string]>([
    ...["au", "sg", "ca", "ne", "we", "fr", "de", "jp", "kr", "ch", "uk", "us", "uae", "za", "qa"].map(
      (name): [AvepointDataCenter, string, string] => [
        name as AvepointDataCenter,
        `https://graph-${name}.avepointonlineservices.com`,
        commercial,
      ],
    ),
    ...["gcp-au", "gcp-jp", "gcp-us", "gcp-we", "gcp-kr"].map(
      (name): [AvepointDataCenter, string, string] => [
        name as AvepointDataCenter,
        `https://graph-${name}.avepointonlineservices.com`,
        commercial,
      ],
    ),
    [
      "gov",
      "https://graph-gov.avepointonlineservices.com",
      "https://identity-gov.avepointonlineservices.com/connect/token",
    ],
    [
      "aos2",
      "https://graph-aos2.avepointonlineservices.com",
      "https://identity-aos2.avepointonlineservices.com/connect/token",
    ],
    ["fedramp", "https://graphusgovapi.online15.net", "https://identity.online15.net/connect/token"],
  ])("%s", async (dataCenter, api, identity) => {
    expect(await hosts({ dataCenter })).toEqual([identity, api]);
  });

  it("either host can be another one, or both", async () => {
    const baseUrl = "https://proxy.example/avepoint/";
    const tokenUrl = "https://login.example/token";
    const api = "https://proxy.example/avepoint";
    expect(await hosts({ dataCenter: "gov", baseUrl })).toEqual([
      "https://identity-gov.avepointonlineservices.com/connect/token",
      api,
    ]);
    expect(await hosts({ dataCenter: "us", tokenUrl })).toEqual([
      tokenUrl,
      "https://graph-us.avepointonlineservices.com",
    ]);
    expect(await hosts({ baseUrl, tokenUrl })).toEqual([tokenUrl, api]);
  });
});

describe("options are checked when given", () => {
  const secret = { clientId, clientSecret };
  const pem = "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----";
  const thumbprint = "AB".repeat(20);
  const certificate = (given: object) => ({ dataCenter: "us", clientId, certificate: given });

  it.each<[string, unknown]>([
    ["dataCenter", { ...secret, dataCenter: "mars" }],
    ["dataCenter", secret],
    ["tokenUrl", { ...secret, baseUrl: "https://a.example" }],
    ["baseUrl", { ...secret, tokenUrl: "https://a.example/token" }],
    ["baseUrl", { ...secret, dataCenter: "us", baseUrl: "http://a.example" }],
    ["baseUrl", { ...secret, dataCenter: "us", baseUrl: "https://a.example/insights" }],
    ["baseUrl", { ...secret, dataCenter: "us", baseUrl: "https://a.example?x=1" }],
    ["tokenUrl", { ...secret, dataCenter: "us", tokenUrl: "https://user:secret@a.example/token" }],
    ["tokenUrl", { ...secret, dataCenter: "us", tokenUrl: "https://a.example" }],
    ["clientId", { dataCenter: "us", clientSecret }],
    ["clientSecret", { dataCenter: "us", clientId }],
    ["clientSecret", { dataCenter: "us", clientId, clientSecret: "" }],
    ["clientSecret", { ...certificate({ privateKey: pem, thumbprint }), clientSecret }],
    ["clientId", { dataCenter: "us", clientId, token: "token" }],
    ["dataCenter", { token: "token" }],
    ["token", { dataCenter: "us", token: " " }],
    ["certificate", certificate({ privateKey: pem })],
    ["certificate", certificate({ privateKey: pem, thumbprint, certificate: "x" })],
    ["certificate.thumbprint", certificate({ privateKey: pem, thumbprint: "AB" })],
    ["certificate.certificate", certificate({ privateKey: pem, certificate: "x" })],
    ["certificate.certificate", certificate({ privateKey: pem, certificate: pem })],
    [
      "certificate.privateKey",
      certificate({ privateKey: pem.replaceAll("PRIVATE", "RSA PRIVATE"), thumbprint }),
    ],
    [
      "certificate.privateKey",
      certificate({ privateKey: pem.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"), thumbprint }),
    ],
    ["certificate.privateKey", certificate({ privateKey: `Bag Attributes\n${pem}`, thumbprint })],
    ["certificate.privateKey", certificate({ thumbprint })],
    [
      "certificate.privateKey",
      certificate({
        privateKey: {
          type: "private",
          algorithm: { name: "RSASSA-PKCS1-v1_5", hash: { name: "SHA-256" } },
          usages: [],
        },
        thumbprint,
      }),
    ],
    ["maxRunningJobs", { ...secret, dataCenter: "us", maxRunningJobs: 0 }],
    ["region", { ...secret, dataCenter: "us", region: "us" }],
  ])("%s of %j", (field, options) => {
    const error = thrown<Error>(() => avepoint(options as AvepointOptions));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", provider: "avepoint" });
    expect(error.message).toContain(`${field}: `);
    expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/canary|QUJD|user:secret/);
  });

  it.each([undefined, null, 1, "us"])("%s is no options", (options) => {
    expect(thrown(() => avepoint(options as never))).toMatchObject({ code: "CONFIG_INVALID" });
  });
});
