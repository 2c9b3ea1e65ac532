import type { ExportError } from "exportkit";
import { authgear, type TokenSource } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { harness, token } from "../../client/harness.js";
import { rejection } from "../../support/outcome.js";
import { settle } from "../../support/turns.js";

const endpoint = "https://myapp.authgearapps.com";
const withToken = (source: unknown, options: Parameters<typeof harness>[0] = {}) =>
  harness({ provider: authgear({ endpoint, token: source as TokenSource }), ...options });
const start = ({ client }: ReturnType<typeof harness>) => client.startExport("users", { format: "ndjson" });

it.each([
  ["a token", "expired"],
  ["what a function returned", () => "expired"],
])("%s that is refused: the error is about the token, not about keys", async (_, source) => {
  const error = await rejection<ExportError>(start(withToken(source)));
  expect(error).toMatchObject({ code: "FORBIDDEN", status: 403, retryable: false });
  expect(error.message).toMatch(/Check that token .*Admin API.*expired; see docs\/errors\.md#forbidden$/);
  expect(error.message).not.toMatch(/keyId|privateKey/);
});

describe("a token function", () => {
  it.each([
    ["at once", () => token],
    ["later", async () => token],
  ])("may return the token %s", async (_, source) => {
    expect(await start(withToken(source))).toMatchObject({ status: "pending" });
  });

  it("is called for every request", async () => {
    let calls = 0;
    const set = withToken(() => {
      calls += 1;
      return token;
    });
    const job = await start(set);
    await set.client.pollExport(job);
    expect(calls).toBe(2);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("the vault is locked");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the vault is locked"))],
  ])("that %s is named, with what it threw as the cause, and nothing is sent", async (_, source) => {
    const set = withToken(source);
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({
      code: "UNAUTHORIZED",
      connection: "users",
      provider: "authgear",
      details: { field: "token" },
      cause: { message: "the vault is locked" },
    });
    expect(error.message).toBe(
      "authgear: token: the function that should return it failed; see docs/errors.md#unauthorized",
    );
    expect(set.emulator.requests).toEqual([]);
  });

  it.each([undefined, null, "", 5, {}, ["t"], "two words", "line\nbreak", "Bearer x"])(
    "that returns %j is named, and nothing is sent",
    async (value) => {
      const set = withToken(() => value);
      const error = await rejection<ExportError>(start(set));
      expect(error).toMatchObject({
        code: "CONFIG_INVALID",
        details: { field: "token" },
        connection: "users",
      });
      expect(error.message).toContain("authgear: token: the function must return the token alone");
      expect(set.emulator.requests).toEqual([]);
    },
  );

  it("that throws a string is as good as one that throws an error", async () => {
    const set = withToken(() => {
      throw "locked";
    });
    expect(await rejection(start(set))).toMatchObject({ code: "UNAUTHORIZED", cause: { message: "locked" } });
  });

  it("is asked once more after a refusal, and its fresh token is used at once", async () => {
    const tokens = ["yesterdays-token"];
    const set = withToken(() => tokens.shift() ?? token);
    expect(await start(set)).toMatchObject({ status: "pending" });
    expect(set.emulator.requests.map(({ status }) => status)).toEqual([403, 200]);
    expect(set.emulator.tasks).toHaveLength(1);
  });

  it("with nothing newer to offer costs no second request", async () => {
    const set = withToken(() => "yesterdays-token");
    expect(await rejection(start(set))).toMatchObject({ code: "FORBIDDEN", status: 403 });
    expect(set.emulator.requests).toHaveLength(1);
  });

  it("is asked once only: a second refusal is final", async () => {
    let calls = 0;
    const set = withToken(() => `wrong-token-${calls++}`);
    expect(await rejection(start(set))).toMatchObject({ code: "FORBIDDEN" });
    expect(set.emulator.requests).toHaveLength(2);
    expect(calls).toBe(2);
  });

  it("serves calls side by side: one's refusal is cured though another got the fresh token first", async () => {
    let current = "yesterdays-token";
    const set = withToken(() => current, {
      intercept: async (_, proceed) => {
        const response = await proceed();
        // Both have been refused before either asks again.
        if (response.status === 403) await settle();
        current = token;
        return response;
      },
    });
    const jobs = await Promise.all([start(set), start(set)]);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(2);
    expect(set.emulator.tasks).toHaveLength(2);
  });

  it("that never answers does not hold up a call that is aborted", async () => {
    const set = withToken(() => new Promise<string>(() => {}));
    const controller = new AbortController();
    const { signal } = controller;
    const error = rejection(set.client.startExport("users", { format: "ndjson" }, { signal }));
    await settle();
    controller.abort("enough");
    expect(await error).toBe("enough");
  });

  it("that never answers does not hold up a wait that times out", async () => {
    let calls = 0;
    const set = withToken(() => (calls++ === 0 ? token : new Promise<string>(() => {})));
    const job = await start(set);
    const error = rejection(set.client.waitForExport(job, { timeoutMs: 5_000 }));
    while (calls < 2) await settle();
    set.clock.advance(5_000);
    expect(await error).toMatchObject({ code: "TIMEOUT", job });
  });
});

describe("a ready-made token", () => {
  it("is sent as it is", async () => {
    const set = withToken(token);
    await start(set);
    expect(set.sent[0]?.headers.get("authorization")).toBe(`Bearer ${token}`);
  });

  it("that is refused costs one request", async () => {
    const set = withToken("revoked-token");
    expect(await rejection(start(set))).toMatchObject({ code: "FORBIDDEN", retryable: false });
    expect(set.emulator.requests).toHaveLength(1);
  });
});
