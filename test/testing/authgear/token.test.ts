import {
  type AuthgearEmulatorOptions,
  type AuthgearKeys,
  createAuthgearEmulator,
  createTestClock,
  generateAuthgearKeys,
} from "exportkit/testing";
import { importPKCS8, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { exportPath } from "./admin-api.js";

const start = Date.UTC(2026, 5, 1);
const seconds = start / 1000;
let keys: AuthgearKeys;
let others: AuthgearKeys;
beforeAll(async () => {
  [keys, others] = await Promise.all([generateAuthgearKeys(), generateAuthgearKeys()]);
});

interface Forged {
  readonly claims?: { readonly [claim: string]: unknown };
  readonly header?: { readonly [name: string]: unknown };
  readonly alg?: string;
  readonly key?: CryptoKey | Uint8Array;
  readonly scheme?: string;
}

async function status(forged: Forged, skewMs = 0): Promise<Response> {
  const emulator = createAuthgearEmulator({
    keys: { [keys.keyId]: keys.publicKey },
    clock: createTestClock(start),
    allowedClockSkewMs: skewMs,
  });
  const { claims, header, alg = "RS256", key, scheme = "Bearer " } = forged;
  const token = await new SignJWT({ aud: "myapp", iat: seconds - 30, exp: seconds + 300, ...claims })
    .setProtectedHeader({ alg, kid: keys.keyId, typ: "JWT", ...header })
    .sign(key ?? (await importPKCS8(keys.privateKey, alg)), { crit: { x: true } });
  return emulator.fetch(`${emulator.endpoint}${exportPath}`, {
    method: "POST",
    headers: { authorization: `${scheme}${token}`, "content-type": "application/json" },
    body: '{"format":"ndjson"}',
  });
}

describe("tokens that are let in", () => {
  it.each<[string, Forged]>([
    ["a plain one", {}],
    ["the project among several audiences", { claims: { aud: ["other", "myapp"] } }],
    ["without times", { claims: { iat: undefined, exp: undefined } }],
    ["issued in this very second", { claims: { iat: seconds, nbf: seconds } }],
    ["in its last second", { claims: { exp: seconds + 1 } }],
    ["with times written as text", { claims: { exp: String(seconds + 1), iat: String(seconds) } }],
    ["that ends at 0", { claims: { exp: 0 } }],
    ["with an extension that it does not know, marked critical", { header: { crit: ["x"], x: 1 } }],
    ["behind two spaces", { scheme: "Bearer  " }],
    ["with text for issuer, subject and id", { claims: { iss: "a", sub: "b", jti: "c" } }],
  ])("%s", async (_, forged) => {
    expect((await status(forged)).status).toBe(200);
  });

  it("a clock that is ahead by no more than the skew", async () => {
    expect((await status({ claims: { iat: seconds + 20 } }, 20_000)).status).toBe(200);
    expect((await status({ claims: { exp: seconds - 19 } }, 20_000)).status).toBe(200);
  });
});

it("by default five minutes of skew are allowed, and none at an older server", async () => {
  const by = async (options: AuthgearEmulatorOptions, iat: number) => {
    const clock = createTestClock(start);
    const emulator = createAuthgearEmulator({ keys: { [keys.keyId]: keys.publicKey }, clock, ...options });
    const token = await new SignJWT({ aud: "myapp", iat })
      .setProtectedHeader({ alg: "RS256", kid: keys.keyId })
      .sign(await importPKCS8(keys.privateKey, "RS256"));
    const headers = { authorization: `Bearer ${token}` };
    return (await emulator.fetch(`${emulator.endpoint}${exportPath}/x`, { headers })).status;
  };
  expect(await by({}, seconds + 299)).toBe(404);
  expect(await by({}, seconds + 301)).toBe(403);
  expect(await by({ olderServer: true }, seconds + 1)).toBe(403);
});

describe("tokens that are refused, always with 403 and plain text", () => {
  it.each<[string, Forged]>([
    ["another audience", { claims: { aud: "myapp2" } }],
    ["no audience", { claims: { aud: undefined } }],
    ["another project among the audiences only", { claims: { aud: ["a", "b"] } }],
    ["expired just now", { claims: { exp: seconds } }],
    ["issued a second ahead", { claims: { iat: seconds + 1 } }],
    ["not valid before the next second", { claims: { nbf: seconds + 1 } }],
    ["a time that is no number", { claims: { exp: "soon" } }],
    ["no key id", { header: { kid: undefined } }],
    ["an unknown key id", { header: { kid: "other" } }],
    ["a key id that every object has", { header: { kid: "toString" } }],
    ["a subject that is a number", { claims: { sub: 7 as unknown as string } }],
    ["an id that is a number", { claims: { jti: 7 as unknown as string } }],
    ["an issuer that is an object", { claims: { iss: {} as unknown as string } }],
    ["audiences that are not all text", { claims: { aud: ["myapp", 7] as unknown as string[] } }],
    ["a time as text that has passed", { claims: { exp: String(seconds) } }],
    ["another RSA algorithm", { alg: "RS512" }],
    ["PSS", { alg: "PS256" }],
    ["a shared secret", { alg: "HS256", key: new TextEncoder().encode("0123456789abcdef0123456789abcdef") }],
    ["a scheme in lower case", { scheme: "bearer " }],
    ["another scheme", { scheme: "Basic " }],
    ["no scheme", { scheme: "" }],
  ])("%s", async (_, forged) => {
    const response = await status(forged);
    expect(response.status).toBe(403);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    expect((await response.text()).trim()).toBe("Forbidden");
    expect(response.headers.get("retry-after")).toBeNull();
  });

  it("another private key", async () => {
    const response = await status({ key: await importPKCS8(others.privateKey, "RS256") });
    expect(response.status).toBe(403);
  });

  it("a skew beyond what is allowed", async () => {
    expect((await status({ claims: { iat: seconds + 21 } }, 20_000)).status).toBe(403);
  });

  it.each([
    ["no header", undefined],
    ["an empty token", "Bearer "],
    ["no token at all", "Bearer x.y.z"],
    ["an unsigned token", `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"aud":"myapp"}')}.`.replaceAll("=", "")],
  ])("%s", async (_, authorization) => {
    const emulator = createAuthgearEmulator({ keys: { [keys.keyId]: keys.publicKey } });
    const headers = authorization === undefined ? {} : { authorization };
    const response = await emulator.fetch(`${emulator.endpoint}${exportPath}/x`, { headers });
    expect(response.status).toBe(403);
  });
});

it("generated keys are what the vendor's portal hands out", () => {
  expect(keys.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect(keys.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  expect(keys.keyId).not.toBe(others.keyId);
});
