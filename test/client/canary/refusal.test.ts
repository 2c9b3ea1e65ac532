import { authgear } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { harness } from "../harness.js";
import { partsOfKey, visible } from "./leaks.js";
import { canaryToken, endpoint, keys } from "./scenario.js";

describe("no secret is seen in what is refused at once", () => {
  const canary = "canary5f0e1d2c3b4a59687";
  it.each([
    [
      "user info in the endpoint",
      { endpoint: `https://user:${canary}@myapp.example.com`, token: "t".repeat(20) },
    ],
    [
      "a query in the endpoint",
      { endpoint: `https://myapp.example.com/?key=${canary}`, token: "t".repeat(20) },
    ],
    ["a token with a line break", { endpoint, token: `${canary}\n` }],
    ["a key that is no PEM", { endpoint, projectId: "p", keyId: "k", privateKey: canary }],
    [
      "a key without its end",
      { endpoint, projectId: "p", keyId: "k", privateKey: `-----BEGIN PRIVATE KEY-----\n${canary}` },
    ],
    [
      "a key that is damaged",
      {
        endpoint,
        projectId: "p",
        keyId: "k",
        privateKey: `-----BEGIN PRIVATE KEY-----\n${canary}!\n-----END PRIVATE KEY-----`,
      },
    ],
    [
      "a PKCS#1 key",
      {
        endpoint,
        projectId: "p",
        keyId: "k",
        privateKey: `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`,
      },
    ],
    ["a key beside a token", { endpoint, token: "t".repeat(20), privateKey: canary }],
    ["a secret in a wrong place", { endpoint, token: { secret: canary } }],
  ])("%s", (_, options) => {
    let error: unknown;
    try {
      authgear(options as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expect(visible(error)).not.toContain(canary);
  });

  it("a damaged key at its first use", async () => {
    const lines = keys.privateKey.split("\n");
    const privateKey = lines.filter((_, index) => index !== 9).join("\n");
    const set = harness({ provider: authgear({ endpoint, projectId: "p", keyId: "k", privateKey }) });
    const error = await set.client
      .startExport("users", { format: "ndjson" })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    const text = visible(error);
    expect(partsOfKey(privateKey).filter((part) => text.includes(part))).toEqual([]);
  });

  it("a token function that fails after it has returned a token", async () => {
    let calls = 0;
    const set = harness({
      provider: authgear({
        endpoint,
        token: () => {
          if (calls++ === 0) return canaryToken;
          throw new Error(`${canaryToken} was revoked`, { cause: new Error(canaryToken) });
        },
      }),
      emulator: { tokens: [canaryToken] },
    });
    const job = await set.client.startExport("users", { format: "ndjson" });
    const error = await set.client.pollExport(job).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "UNAUTHORIZED", cause: { message: "[redacted] was revoked" } });
    expect(visible(error)).not.toContain(canaryToken);
  });

  it("a failure that quotes the private key, whole or in part", async () => {
    const { keyId, privateKey } = keys;
    const body = privateKey.replace(/-----.*-----|\s/g, "");
    const [line = ""] = privateKey.split("\n").slice(3);
    for (const quoted of [privateKey, body, line, privateKey.replaceAll("\n", "\\n")]) {
      const set = harness({
        provider: authgear({ endpoint, projectId: "myapp", keyId, privateKey }),
        intercept: () => Promise.reject(new Error(`bad environment: ${quoted}`)),
      });
      const error = await set.client
        .startExport("users", { format: "ndjson" })
        .catch((reason: unknown) => reason);
      const text = visible(error);
      expect(text).toContain("bad environment: [redacted");
      expect(partsOfKey(privateKey).filter((part) => text.includes(part))).toEqual([]);
    }
  });

  it("a request that holds the credential", async () => {
    const set = harness({
      provider: authgear({ endpoint, token: canaryToken }),
      emulator: { tokens: [canaryToken] },
    });
    const fields = [{ pointer: "/sub", fieldName: canaryToken }] as const;
    const job = await set.client.startExport("users", { format: "csv", fields });
    expect(visible(job)).not.toContain(canaryToken);
  });
});
