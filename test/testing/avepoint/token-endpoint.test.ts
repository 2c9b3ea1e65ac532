import { type AvepointTestCertificate, generateAvepointCertificate } from "exportkit/testing";
import { importPKCS8, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { clientId, clientSecret, type InsightsApi, insightsApi, startPath } from "./insights-api.js";

const scope = "insights.graph.readwrite.all";
const good = { client_id: clientId, client_secret: clientSecret, scope, grant_type: "client_credentials" };
const seconds = Date.UTC(2026, 0, 1) / 1000;

async function errorOf(response: Response): Promise<string> {
  expect(response.status).toBe(400);
  return ((await response.json()) as { readonly error: string }).error;
}

describe("a client secret", () => {
  it("gets a token that opens the API until its end", async () => {
    const { token, emulator, clock } = insightsApi({ tokenLifetimeMs: 60_000 });
    const issued = (await (await token(good)).json()) as { readonly [key: string]: unknown };
    expect(issued).toMatchObject({ token_type: "Bearer", expires_in: 60, scope });
    const open = async () => {
      const headers = { authorization: `Bearer ${issued.access_token}` };
      return (await emulator.fetch(`${emulator.endpoint}${startPath}`, { headers })).status;
    };
    expect(await open()).toBe(200);
    clock.advance(59_999);
    expect(await open()).toBe(200);
    clock.advance(1);
    expect(await open()).toBe(401);
  });

  it("revoked tokens open nothing, and ready-made ones stay", async () => {
    const { token, emulator, get } = insightsApi();
    const { access_token } = (await (await token(good)).json()) as { readonly access_token: string };
    emulator.revokeTokens();
    expect((await get(startPath, { headers: { authorization: `Bearer ${access_token}` } })).status).toBe(401);
    expect((await get(startPath)).status).toBe(200);
  });

  it.each([
    ["invalid_client", { ...good, client_secret: "secret-2" }],
    ["invalid_client", { ...good, client_id: "app-2" }],
    ["invalid_client", { ...good, client_secret: "" }],
    ["invalid_client", { scope, grant_type: "client_credentials" }],
    ["invalid_scope", { ...good, scope: "openid" }],
    ["invalid_scope", { client_id: clientId, client_secret: clientSecret, grant_type: "client_credentials" }],
    ["unsupported_grant_type", { ...good, grant_type: "password" }],
    ["unsupported_grant_type", { client_id: clientId, client_secret: clientSecret, scope }],
  ])("%s: %j", async (error, form) => {
    expect(await errorOf(await insightsApi().token(form as never))).toBe(error);
  });

  it("wrong forms and verbs are refused", async () => {
    const { token, emulator } = insightsApi();
    expect(await errorOf(await token(good, { headers: { "content-type": "application/json" } }))).toBe(
      "invalid_request",
    );
    const twice = `${new URLSearchParams(good)}&client_id=${clientId}`;
    expect(await errorOf(await token(twice))).toBe("invalid_request");
    expect((await emulator.fetch(emulator.tokenUrl)).status).toBe(405);
    expect((await emulator.fetch(`${emulator.tokenUrl}/x`, { method: "POST" })).status).toBe(404);
    expect(emulator.requests.map(({ operation }) => operation)).toEqual([
      "token",
      "token",
      "token",
      "unknown",
    ]);
  });
});

describe("a signed assertion", () => {
  let own: AvepointTestCertificate;
  let other: AvepointTestCertificate;
  beforeAll(async () => {
    [own, other] = await Promise.all([generateAvepointCertificate(), generateAvepointCertificate()]);
  });
  const tenantOf = (options = {}) =>
    insightsApi({ clients: [{ clientId, certificates: [other.certificate, own.certificate] }], ...options });

  interface Forged {
    readonly claims?: { readonly [claim: string]: unknown };
    readonly header?: { readonly [name: string]: unknown };
    readonly form?: { readonly [field: string]: string };
    readonly key?: string;
    readonly alg?: string;
  }

  async function ask(
    api: InsightsApi,
    { claims, header, form, key, alg = "RS256" }: Forged,
  ): Promise<Response> {
    const assertion = await new SignJWT({
      iss: clientId,
      sub: clientId,
      aud: api.emulator.tokenUrl,
      jti: crypto.randomUUID(),
      nbf: seconds,
      exp: seconds + 300,
      ...claims,
    })
      .setProtectedHeader({
        alg,
        typ: "JWT",
        kid: own.thumbprint,
        x5t: Buffer.from(own.thumbprint, "hex").toString("base64url"),
        ...header,
      })
      .sign(await importPKCS8(key ?? own.privateKey, alg));
    return api.token({
      grant_type: "client_credentials",
      scope,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
      ...form,
    });
  }

  it.each<[string, Forged]>([
    ["as documented", {}],
    ["with the client id beside it", { form: { client_id: clientId } }],
    [
      "with several audiences",
      { claims: { aud: ["x", "https://identity.avepointonlineservices.com/connect/token"] } },
    ],
    ["in its last second", { claims: { nbf: seconds - 299, exp: seconds + 1 } }],
  ])("%s gets a token", async (_, forged) => {
    expect((await ask(tenantOf(), forged)).status).toBe(200);
  });

  it.each<[string, () => Forged]>([
    ["an expired one", () => ({ claims: { nbf: seconds - 300, exp: seconds } })],
    ["one from the future", () => ({ claims: { nbf: seconds + 1 } })],
    ["one without nbf", () => ({ claims: { nbf: undefined } })],
    ["one without exp", () => ({ claims: { exp: undefined } })],
    ["one for more than five minutes", () => ({ claims: { exp: seconds + 301 } })],
    ["one for another audience", () => ({ claims: { aud: "https://identity.avepointonlineservices.com" } })],
    ["one of another issuer", () => ({ claims: { iss: "app-2" } })],
    ["one about somebody else", () => ({ claims: { sub: "app-2" } })],
    ["one without jti", () => ({ claims: { jti: undefined } })],
    ["one signed by another key", () => ({ key: other.privateKey })],
    ["one with a small-letter kid", () => ({ header: { kid: own.thumbprint.toLowerCase() } })],
    ["one without kid", () => ({ header: { kid: undefined } })],
    ["one whose x5t is in hexadecimal", () => ({ header: { x5t: own.thumbprint } })],
    ["one without x5t", () => ({ header: { x5t: undefined } })],
    ["one without typ", () => ({ header: { typ: undefined } })],
    ["one signed with PS256", () => ({ alg: "PS256" })],
    ["one of an unknown type", () => ({ form: { client_assertion_type: "jwt" } })],
    ["another client id beside it", () => ({ form: { client_id: "app-2" } })],
    ["no JWT at all", () => ({ form: { client_assertion: "x.y.z" } })],
  ])("%s is invalid_client", async (_, forged) => {
    expect(await errorOf(await ask(tenantOf(), forged()))).toBe("invalid_client");
  });

  it.each([
    ["has expired", { notAfter: (seconds - 1) * 1000 }],
    ["has expired", { notBefore: Date.UTC(1949, 0, 1), notAfter: Date.UTC(1999, 11, 31) }],
    ["is not valid yet", { notBefore: (seconds + 1) * 1000 }],
    ["is not valid yet", { notBefore: Date.UTC(2050, 0, 1), notAfter: Date.UTC(2051, 0, 1) }],
  ])("signed with a certificate that %s is invalid_client: %j", async (told, period) => {
    const outdated = await generateAvepointCertificate(period);
    const api = tenantOf({ clients: [{ clientId, certificates: [outdated.certificate] }] });
    const x5t = Buffer.from(outdated.thumbprint, "hex").toString("base64url");
    const answer = await ask(api, { key: outdated.privateKey, header: { kid: outdated.thumbprint, x5t } });
    expect(await answer.json()).toMatchObject({
      error: "invalid_client",
      error_description: `the assertion is signed with a certificate that ${told}`,
    });
  });

  it.each([
    ["at its end", { notAfter: seconds * 1000 }],
    ["at its beginning", { notBefore: seconds * 1000 }],
    ["of another century", { notBefore: Date.UTC(1949, 0, 1), notAfter: Date.UTC(2050, 0, 1) }],
  ])("signed with a certificate %s gets a token", async (_, period) => {
    const good = await generateAvepointCertificate(period);
    const api = tenantOf({ clients: [{ clientId, certificates: [good.certificate] }] });
    const x5t = Buffer.from(good.thumbprint, "hex").toString("base64url");
    expect((await ask(api, { key: good.privateKey, header: { kid: good.thumbprint, x5t } })).status).toBe(
      200,
    );
  });

  it("serves once", async () => {
    const api = tenantOf();
    const claims = { jti: "the-same" };
    expect((await ask(api, { claims })).status).toBe(200);
    expect(await errorOf(await ask(api, { claims }))).toBe("invalid_client");
  });

  it("within an allowed skew, clocks may differ", async () => {
    const api = tenantOf({ allowedClockSkewMs: 10_000 });
    expect((await ask(api, { claims: { nbf: seconds + 10, exp: seconds + 300 } })).status).toBe(200);
    expect((await ask(api, { claims: { nbf: seconds - 309, exp: seconds - 9 } })).status).toBe(200);
    expect((await ask(api, { claims: { nbf: seconds + 11, exp: seconds + 300 } })).status).toBe(400);
  });

  it("is made for where the endpoint is served", async () => {
    const api = tenantOf();
    api.emulator.relocate({ api: "https://api.example", identity: "https://login.example" });
    expect(api.emulator.tokenUrl).toBe("https://login.example/connect/token");
    expect((await ask(api, {})).status).toBe(200);
    const old = { aud: "https://identity.avepointonlineservices.com/connect/token" };
    expect((await ask(api, { claims: old })).status).toBe(400);
  });
});

it("a certificate is one that other software reads, with the thumbprint and the period it says", async () => {
  const { X509Certificate } = await import("node:crypto");
  const period = { notBefore: Date.UTC(2049, 11, 31), notAfter: Date.UTC(2050, 0, 1) };
  const far = new X509Certificate((await generateAvepointCertificate(period)).certificate);
  expect([Date.parse(far.validFrom), Date.parse(far.validTo)]).toEqual([period.notBefore, period.notAfter]);
  const { certificate, privateKey, thumbprint } = await generateAvepointCertificate();
  const read = new X509Certificate(certificate);
  expect(read.fingerprint.replaceAll(":", "")).toBe(thumbprint);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.subject).toBe("CN=emulated app");
  const { createPrivateKey } = await import("node:crypto");
  expect(read.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
  expect(Date.parse(read.validTo)).toBeGreaterThan(Date.now());
});
