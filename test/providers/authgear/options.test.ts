import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import type { ExportError } from "exportkit";
import { type AuthgearOptions, authgear } from "exportkit/authgear";
import { generateAuthgearKeys } from "exportkit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { harness, token } from "../../client/harness.js";
import { rejection, thrown } from "../../support/outcome.js";
import { pemForms, unfitKeys } from "../pem-forms.js";

const endpoint = "https://myapp.authgearapps.com";
let keys: Awaited<ReturnType<typeof generateAuthgearKeys>>;
beforeAll(async () => {
  keys = await generateAuthgearKeys();
});

const withKey = (privateKey: unknown) =>
  authgear({ endpoint, projectId: "myapp", keyId: keys.keyId, privateKey } as AuthgearOptions);

/** Starts an export with a key at an emulator that knows its public half. */
async function startsWith(privateKey: unknown) {
  const set = harness({
    emulator: { tokens: [], keys: { [keys.keyId]: keys.publicKey } },
    provider: withKey(privateKey),
  });
  return set.client.startExport("users", { format: "ndjson" });
}

const pkcs8 = { type: "pkcs8", format: "pem" } as const;

describe("authgear", () => {
  it.each([undefined, null, 5, "https://x", [], () => ({})])("refuses %o as its options", (options) => {
    expect(thrown(() => authgear(options as never))).toMatchObject({
      code: "CONFIG_INVALID",
      provider: "authgear",
    });
  });

  it.each([
    ["endpoint", undefined],
    ["endpoint", ""],
    ["endpoint", null],
    ["endpoint", { hostname: "myapp.authgearapps.com" }],
    ["endpoint", "myapp.authgearapps.com"],
    ["endpoint", "http://myapp.authgearapps.com"],
    ["endpoint", "ftp://myapp.authgearapps.com"],
    ["endpoint", "https://user:pass@myapp.authgearapps.com"],
    ["endpoint", "https://myapp.authgearapps.com/_api/admin"],
    ["endpoint", "https://myapp.authgearapps.com/?x=1"],
    ["endpoint", "https://myapp.authgearapps.com\n"],
    ["projectId", undefined],
    ["projectId", ""],
    ["projectId", 7],
    ["projectId", "myapp\n"],
    ["keyId", undefined],
    ["keyId", ""],
    ["keyId", {}],
    ["keyId", " key-1"],
    ["privateKey", undefined],
    ["privateKey", null],
    ["privateKey", ""],
    ["privateKey", "  "],
    ["privateKey", 42],
    ["privateKey", {}],
    ["privateKey", "secret"],
    ["projectID", "myapp"],
    ["privatekey", "…"],
  ])("names the option that is wrong: %s", (field, value) => {
    const options = { endpoint, projectId: "myapp", keyId: "k", privateKey: keys.privateKey, [field]: value };
    const error = thrown<ExportError>(() => authgear(options as AuthgearOptions));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field }, retryable: false });
    expect(error.message).toMatch(new RegExp(`^authgear: ${field}: `));
  });

  it.each([
    ["token", null],
    ["token", ""],
    ["token", " "],
    ["token", 5],
    ["token", "two words"],
    ["token", "Bearer abcdef"],
    ["token", "line\n"],
    ["token", "ключ"],
    ["endpoint", "nowhere"],
    ["projectId", "myapp"],
    ["keyId", "k"],
    ["privateKey", "pem"],
    ["tokens", "x"],
  ])("names the option that is wrong beside a token: %s = %j", (field, value) => {
    const error = thrown<ExportError>(() => authgear({ endpoint, token, [field]: value } as AuthgearOptions));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field } });
    expect(error.message).toMatch(new RegExp(`^authgear: ${field}: `));
  });

  it.each([
    endpoint,
    `${endpoint}/`,
    "https://auth.example.com:8443",
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "https://gateway.example/authgear/",
    new URL(endpoint),
  ])("takes %s as an endpoint", (address) => {
    expect(authgear({ endpoint: address, token }).origins).toEqual([new URL(address).origin]);
  });

  it("does not see what the caller changes later", async () => {
    const options = { endpoint, token: token as string };
    const { client } = harness({ provider: authgear(options) });
    options.token = "another-token";
    expect(await client.startExport("users", { format: "ndjson" })).toMatchObject({ status: "pending" });
  });

  it("shows no credential when it is looked at", () => {
    const provider = withKey(keys.privateKey);
    const shown = inspect(provider, { depth: 9, showHidden: true }) + JSON.stringify(provider);
    expect(shown).not.toContain(keys.privateKey.split("\n")[1]);
  });
});

describe("privateKey", () => {
  it.each(pemForms)("is taken %s", async (_, form) => {
    expect(await startsWith(form(keys.privateKey))).toMatchObject({ status: "pending" });
  });

  it("is taken as a CryptoKey", async () => {
    const der = createPrivateKey(keys.privateKey).export({ type: "pkcs8", format: "der" });
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
    expect(await startsWith(key)).toMatchObject({ status: "pending" });
  });

  it.each(unfitKeys)("is refused, and told why, where it is %s", (_, make, message) => {
    const privateKey = make();
    const error = thrown<ExportError>(() => withKey(privateKey));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "privateKey" } });
    expect(error.message).toMatch(/^authgear: privateKey: /);
    expect(error.message).toMatch(message);
    if (privateKey.includes("-----END"))
      expect(error.message).not.toContain(privateKey.split("\n")[1]?.slice(0, 16));
  });

  it.each([
    ["too short", () => generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export(pkcs8)],
    [
      "cut in the middle",
      () =>
        keys.privateKey
          .split("\n")
          .filter((_, line) => line < 5 || line > 20)
          .join("\n"),
    ],
  ])("is refused at its first use where it is %s", async (_, make) => {
    const error = await rejection<ExportError>(startsWith(make()));
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field: "privateKey" },
      connection: "users",
    });
    expect(error.message).toContain("authgear: privateKey: cannot sign RS256");
    expect(error.cause).toBeUndefined();
  });

  it.each([
    [{ name: "RSA-PSS", hash: "SHA-256" }, ["sign"], "private", /RSASSA-PKCS1-v1_5 with SHA-256/],
    [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" }, ["sign"], "private", /RSASSA-PKCS1-v1_5 with SHA-256/],
    [{ name: "RSA-OAEP", hash: "SHA-256" }, ["decrypt"], "private", /RSASSA-PKCS1-v1_5 with SHA-256/],
  ] as const)("is refused as a CryptoKey for %j", async (algorithm, usages, _, message) => {
    const der = createPrivateKey(keys.privateKey).export({ type: "pkcs8", format: "der" });
    const key = await crypto.subtle.importKey("pkcs8", der, algorithm, false, usages);
    const error = thrown<ExportError>(() => withKey(key));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "privateKey" } });
    expect(error.message).toMatch(message);
  });

  it("is refused as a public CryptoKey, and as one that may not sign", async () => {
    const algorithm = {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    };
    const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    expect(thrown<ExportError>(() => withKey(pair.publicKey)).message).toContain("must be a private key");
    const idle = { type: "private", algorithm: pair.privateKey.algorithm, usages: [] };
    expect(thrown<ExportError>(() => withKey(idle)).message).toContain("must be a key that may sign");
  });
});
