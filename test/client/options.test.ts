import { createExportClient, ExportError, type RetryOptions } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, createTestClock } from "exportkit/testing";
import { describe, expect, it, vi } from "vitest";
import { rejection, thrown } from "../support/outcome.js";
import { harness, token } from "./harness.js";

const users = authgear({ endpoint: "https://myapp.authgearapps.com", token });

describe("createExportClient", () => {
  it.each([undefined, null, 5, "users", [], () => ({})])("refuses %o as its options", (options) => {
    const error = thrown<ExportError>(() => createExportClient(options as never));
    expect(ExportError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "options" } });
  });

  const functionless = { spec: 1, name: "half" };
  it.each([
    ["providers", { providers: undefined }],
    ["providers", { providers: null }],
    ["providers", { providers: [users] }],
    ["providers", { providers: {} }],
    ["providers.users", { providers: { users: undefined } }],
    ["providers.users", { providers: { users: "authgear" } }],
    ["providers.users", { providers: { users: authgear } }],
    ["providers.users", { providers: { users: {} } }],
    ["providers.users", { providers: { users: Promise.resolve(users) } }],
    ["providers.users", { providers: { users: { ...users, spec: 2 } } }],
    ["providers.users", { providers: { users: { ...users, spec: 1n } } }],
    ["providers.users", { providers: { users: functionless } }],
    ["providers.", { providers: { "": users } }],
    ["provider", { provider: users }],
    ["fetch", { fetch: "node-fetch" }],
    ["fetch", { fetch: null }],
    ["logger", { logger: () => {} }],
    ["logger", { logger: { debug() {}, info() {}, warn() {} } }],
    ["logger", { logger: null }],
    ["onEvent", { onEvent: [] }],
    ["retry", { retry: 3 }],
    ["retry", { retry: null }],
    ["retry.retries", { retry: { retries: -1 } }],
    ["retry.retries", { retry: { retries: 1.5 } }],
    ["retry.retries", { retry: { retries: "3" } }],
    ["retry.minDelayMs", { retry: { minDelayMs: -250 } }],
    ["retry.maxDelayMs", { retry: { maxDelayMs: Number.NaN } }],
    ["retry.minDelayMs", { retry: { minDelayMs: 20_000, maxDelayMs: 10_000 } }],
    ["retry.minDelayMs", { retry: { minDelayMs: 30_001 } }],
    ["retry.maxRetryAfterMs", { retry: { maxRetryAfterMs: "5 min" } }],
    ["retry.maxElapsedMs", { retry: { maxElapsedMs: null } }],
    ["retry.attempts", { retry: { attempts: 3 } }],
    ["timeouts", { timeouts: 30_000 }],
    ["timeouts.requestMs", { timeouts: { requestMs: 0 } }],
    ["timeouts.requestMs", { timeouts: { requestMs: -1 } }],
    ["timeouts.stallMs", { timeouts: { stallMs: 0 } }],
    ["timeouts.stallMs", { timeouts: { stallMs: "30s" } }],
    ["timeouts.connectMs", { timeouts: { connectMs: 5 } }],
    ["limits", { limits: 5 }],
    ["limits.requests", { limits: { requests: 0 } }],
    ["limits.jobs", { limits: { jobs: 1.5 } }],
    ["limits.jobs", { limits: { jobs: "5" } }],
    ["limits.pages", { limits: { pages: 5 } }],
    ["maxBufferedBytes", { maxBufferedBytes: 1023 }],
    ["maxBufferedBytes", { maxBufferedBytes: "16 MiB" }],
    ["prefetchPages", { prefetchPages: 0 }],
    ["prefetchPages", { prefetchPages: 2.5 }],
    ["clock", { clock: Date }],
    ["random", { random: 0.5 }],
    ["retries", { retries: 3 }],
  ])("names the option that is wrong: %s", (field, options) => {
    const wrong = "provider" in options ? options : { providers: { users }, ...options };
    const error = thrown<ExportError>(() => createExportClient(wrong as never));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: false });
    expect(error.message).toContain(field === "provider" ? "providers: " : `${field}: `);
    if (field !== "provider") expect(error.details).toMatchObject({ field });
  });

  it("names all wrong options at once", () => {
    const options = { providers: { users }, retry: { retries: -1 }, maxBufferedBytes: 1, fast: true };
    const { details } = thrown<ExportError>(() => createExportClient(options));
    expect(details?.issues).toEqual([
      { field: "retry.retries", message: "must be 0 or more" },
      { field: "maxBufferedBytes", message: "must be 1024 or more" },
      { field: "fast", message: "is not a known field; check its spelling or remove it" },
    ]);
  });

  it("names both delays where the shorter is the longer one", () => {
    const made = (retry: RetryOptions) => () => createExportClient({ providers: { users }, retry });
    expect(made({ minDelayMs: 2, maxDelayMs: 1 })).toThrow(
      "createExportClient: retry.minDelayMs: must not be above maxDelayMs",
    );
    // What is left out makes way for what is given.
    for (const retry of [{ maxDelayMs: 1 }, { minDelayMs: 5, maxDelayMs: 5 }, { minDelayMs: 30_000 }])
      expect(made(retry)).not.toThrow();
  });

  it("takes undefined for an option that is left out", () => {
    const options = {
      fetch: undefined,
      logger: undefined,
      onEvent: undefined,
      retry: undefined,
      timeouts: undefined,
    };
    expect(() => createExportClient({ providers: { users }, ...(options as object) })).not.toThrow();
  });

  it("does nothing by being made", () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const clock = createTestClock();
    createExportClient({ providers: { users }, fetch, clock });
    expect(fetch).not.toHaveBeenCalled();
    expect(clock.waiting).toBe(0);
  });

  it("looks the global fetch up when it is needed", async () => {
    const clock = createTestClock();
    const emulator = createAuthgearEmulator({ tokens: [token], clock });
    const client = createExportClient({ providers: { users }, clock });
    vi.stubGlobal("fetch", emulator.fetch);
    try {
      expect(await client.startExport("users", { format: "ndjson" })).toMatchObject({ status: "pending" });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("cannot be changed", () => {
    const { client } = harness();
    expect(() => Object.assign(client, { pollExport: undefined })).toThrow(TypeError);
  });
});

describe("the options of a call", () => {
  const calls = ["startExport", "pollExport", "waitForExport", "download", "runExport"] as const;
  const taken: { readonly [call in (typeof calls)[number]]: readonly string[] } = {
    startExport: [],
    pollExport: [],
    waitForExport: ["timeoutMs", "onProgress"],
    download: ["checkpoint", "onProgress"],
    runExport: ["timeoutMs", "onProgress", "onDownloadProgress"],
  };
  const wrong = [
    ["signal", { signal: "abort" }],
    ["signal", { signal: new AbortController() }],
    ["timeoutMs", { timeoutMs: "1000" }],
    ["timeoutMs", { timeoutMs: Number.NaN }],
    ["timeoutMs", { timeoutMs: -1 }],
    ["timeoutMs", { timeoutMs: null }],
    ["onProgress", { onProgress: true }],
    ["onDownloadProgress", { onDownloadProgress: {} }],
    ["timeout", { timeout: 1_000 }],
  ] as const;

  for (const call of calls) {
    const attempt = async (options: unknown) => {
      const { client, emulator } = harness();
      const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
      const before = emulator.requests.length;
      const argument = call === "startExport" || call === "runExport" ? "users" : job;
      const rest =
        call === "startExport" || call === "runExport" ? [{ format: "ndjson" }, options] : [options];
      const method = client[call] as (...args: unknown[]) => Promise<unknown>;
      const error = await rejection<ExportError>(method(argument, ...rest));
      expect(emulator.requests).toHaveLength(before);
      return error;
    };

    it.each(wrong)(`of ${call} are checked: %s`, async (field, options) => {
      const error = await attempt(options);
      expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field } });
      expect(error.message).toContain(`${call}: the options: ${field}: `);
    });

    const values = {
      timeoutMs: 1_000,
      onProgress: () => {},
      onDownloadProgress: () => {},
      checkpoint: {},
      retries: 3,
    };
    const foreign = Object.entries(values).filter(([name]) => !taken[call].includes(name));
    it.each(foreign)(`of ${call} are its own, and %s is none of them`, async (field, value) => {
      const error = await attempt({ [field]: value });
      expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field } });
      const owner = calls.find((other) => taken[other].includes(field));
      expect(error.message).toContain(
        owner ? `${field}: is not an option of ${call}, but of ${owner}` : `${field}: is not a known field`,
      );
    });

    it(`of ${call} may be passed on as undefined, whatever they are`, async () => {
      const { client } = harness();
      const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
      const options = Object.fromEntries(Object.keys(values).map((name) => [name, undefined]));
      const args = call === "startExport" || call === "runExport" ? ["users", { format: "ndjson" }] : [job];
      await expect(
        (client[call] as (...all: unknown[]) => Promise<unknown>)(...args, options),
      ).resolves.toBeTruthy();
    });

    it.each([null, 5, "soon", [], () => {}])(`of ${call} must be an object, not %o`, async (options) => {
      expect(await attempt(options)).toMatchObject({ code: "CONFIG_INVALID" });
    });
  }
});
