import type { ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { generateAuthgearKeys } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { count, type HarnessOptions, harness } from "../../client/harness.js";
import { rejection } from "../../support/outcome.js";

/** What a start is refused with. */
async function refusal(emulator: HarnessOptions["emulator"], now?: string): Promise<ExportError> {
  const set = harness({ emulator: emulator ?? {} });
  if (now) set.clock.advance(Date.parse(now) - set.clock.now());
  if (emulator?.quota || emulator?.maxConcurrentJobs)
    await set.client.startExport("users", { format: "ndjson" });
  const before = set.emulator.requests.length;
  const error = await rejection<ExportError>(set.client.startExport("users", { format: "ndjson" }));
  expect(set.emulator.requests).toHaveLength(before + 1);
  expect(set.clock.sleeps).toEqual([]);
  return error;
}

/** What a start is refused with where the vendor answers with this error object. */
async function refusedWith(
  status: number,
  error: object | string,
  operation: "start" | "poll" = "start",
  options: HarnessOptions = {},
) {
  const set = harness(options);
  const job = operation === "poll" ? await set.client.startExport("users", { format: "ndjson" }) : undefined;
  const body = typeof error === "string" ? error : JSON.stringify({ error: { code: status, ...error } });
  set.emulator.faults.add({ on: operation, times: 9, fault: { type: "status", status, body } });
  const call = job ? set.client.pollExport(job) : set.client.startExport("users", { format: "ndjson" });
  const failure = await rejection<ExportError>(call);
  return { error: failure, requests: count(set.emulator, operation) };
}

describe("the vendor's refusals", () => {
  it("export disabled, though it is a 500, is final", async () => {
    const error = await refusal({ exportDisabled: true });
    expect(error).toMatchObject({
      code: "EXPORT_DISABLED",
      status: 500,
      retryable: false,
      operation: "start",
      details: { reason: "UserExportDisabled" },
    });
    expect(error.message).toContain("ask Authgear to enable it");
  });

  it.each([
    ["day", "2026-01-15T10:00:00Z", "2026-01-16T00:00:00.000Z"],
    ["day", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00.000Z"],
    ["month", "2026-01-15T10:00:00Z", "2026-02-01T00:00:00.000Z"],
    ["month", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00.000Z"],
  ] as const)("a quota of a %s that is used up says when it is reset: %s", async (period, now, retryAt) => {
    const error = await refusal({ quota: { limit: 1, period } }, now);
    expect(error).toMatchObject({
      code: "QUOTA_EXCEEDED",
      status: 429,
      retryable: true,
      details: { reason: "UsageLimitExceeded", name: "UserExport", period },
    });
    expect(error.retryAt?.toISOString()).toBe(retryAt);
    expect(error.message).toContain(`of this ${period}`);
  });

  it("a quota whose period an older server does not name", async () => {
    const error = await refusal({ quota: { limit: 1, period: "day" }, olderServer: true });
    expect(error).toMatchObject({ code: "QUOTA_EXCEEDED", retryable: true });
    expect(error.retryAt).toBeUndefined();
    expect(error.message).not.toContain("retryAt");
  });

  it("a quota in the form that the documentation shows", async () => {
    const error = await refusal({ quota: { limit: 1, period: "day", error: "rate-limit" } });
    expect(error).toMatchObject({
      code: "QUOTA_EXCEEDED",
      retryable: true,
      details: { reason: "RateLimited", bucket_name: "UserExport" },
    });
  });

  it("another export that runs", async () => {
    const error = await refusal({ maxConcurrentJobs: 1, outcome: "stuck" });
    expect(error).toMatchObject({
      code: "CONCURRENCY_LIMIT",
      status: 429,
      retryable: true,
      details: { reason: "MaximumConcurrentJobLimitExceeded" },
    });
  });

  it("a rate limit that is not the quota is waited for", async () => {
    const set = harness();
    const error = {
      name: "TooManyRequest",
      reason: "RateLimited",
      code: 429,
      info: { bucket_name: "AdminAPI" },
    };
    const fault = { type: "status", status: 429, body: JSON.stringify({ error }) } as const;
    set.emulator.faults.add({ on: "start", fault });
    expect(await set.client.startExport("users", { format: "ndjson" })).toMatchObject({ status: "pending" });
    set.emulator.faults.add({ on: "start", times: 9, fault });
    const failure = await rejection(set.client.startExport("users", { format: "ndjson" }));
    expect(failure).toMatchObject({ code: "RATE_LIMITED", details: { bucket_name: "AdminAPI" } });
    expect(count(set.emulator, "start")).toBe(6);
  });

  it.each([
    [
      "schema",
      400,
      {
        reason: "ValidationFailed",
        message: "invalid request body",
        info: {
          causes: [
            { location: "/csv/fields/0/pointer", kind: "format", details: { format: "json-pointer" } },
            { location: "", kind: "required" },
          ],
        },
      },
      "REQUEST_INVALID",
      "/csv/fields/0/pointer: format; the whole: required",
      { causes: [{ location: "/csv/fields/0/pointer" }, { location: "" }] },
    ],
    [
      "schema, without causes",
      400,
      { reason: "ValidationFailed", message: "invalid request body" },
      "REQUEST_INVALID",
      "invalid request body",
      { reason: "ValidationFailed" },
    ],
    [
      "header names that collide",
      400,
      { reason: "UserExportNonUniqueFieldNames", info: { field_names: ["sub", "sub"] } },
      "REQUEST_INVALID",
      "give each field another fieldName",
      { field_names: ["sub", "sub"] },
    ],
    [
      "bad JSON",
      400,
      { reason: "InvalidJSON", info: { byte_offset: 17 } },
      "REQUEST_INVALID",
      "valid JSON",
      { byte_offset: 17 },
    ],
    [
      "too large",
      413,
      { reason: "JSONTooLarge", info: { limit: 1_048_576 } },
      "REQUEST_INVALID",
      "fewer fields",
      { limit: 1_048_576 },
    ],
    [
      "an unknown reason",
      400,
      { reason: "SomethingNew", message: "x" },
      "REQUEST_INVALID",
      "HTTP 400, SomethingNew",
      { reason: "SomethingNew" },
    ],
    ["an unknown 403", 403, { reason: "Nope" }, "FORBIDDEN", "HTTP 403, Nope", {}],
    ["an unknown 401", 401, { reason: "WhoAreYou" }, "UNAUTHORIZED", "WhoAreYou", {}],
    ["an unknown 404", 404, { reason: "Elsewhere" }, "NOT_FOUND", "Elsewhere", {}],
    ["an error without a reason", 409, { message: "conflict" }, "REQUEST_INVALID", "HTTP 409, conflict", {}],
    ["an error without anything", 409, {}, "REQUEST_INVALID", "HTTP 409, no reason given", {}],
  ] as const)("%s", async (_, status, vendor, code, words, details) => {
    const { error, requests } = await refusedWith(status, { name: "X", tracking_id: "track-1", ...vendor });
    expect(error).toMatchObject({ code, status, retryable: false, requestId: "track-1", details });
    expect(error.message).toContain(words);
    expect(requests).toBe(1);
  });

  it("an unexpected error of the server: a start is not repeated, a poll says that it may be", async () => {
    const vendor = { name: "InternalError", reason: "UnexpectedError", message: "unexpected error occurred" };
    const start = await refusedWith(500, vendor);
    expect(start.error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", status: 500 });
    expect(start.requests).toBe(1);
    const poll = await refusedWith(500, { ...vendor, tracking_id: "t-9" }, "poll");
    expect(poll.error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", retryable: true, requestId: "t-9" });
  });
});

describe("refusals in plain text", () => {
  it("403 is about the token, and says what to check", async () => {
    const { keyId, privateKey } = await generateAuthgearKeys();
    const provider = authgear({
      endpoint: "https://myapp.authgearapps.com",
      projectId: "myapp",
      keyId,
      privateKey,
    });
    const { error, requests } = await refusedWith(403, "Forbidden\n", "start", { provider });
    expect(error).toMatchObject({ code: "FORBIDDEN", status: 403, retryable: false });
    expect(error.message).toMatch(/keyId and privateKey.*projectId.*clock/);
    expect(requests).toBe(1);
  });

  it("404 app not found is about the endpoint", async () => {
    const { error } = await refusedWith(404, "app not found\n");
    expect(error).toMatchObject({ code: "NOT_FOUND", status: 404, retryable: false });
    expect(error.message).toContain("Check endpoint");
  });

  it("404 of a poll is not taken for a job that has expired", async () => {
    for (const text of ["app not found\n", "404 page not found\n", "<html>no such site</html>"]) {
      const { error } = await refusedWith(404, text, "poll");
      expect(error).toMatchObject({ code: "NOT_FOUND", retryable: false });
    }
  });

  it.each([
    [405, "Method Not Allowed", "REQUEST_INVALID"],
    [415, "invalid content type: text/plain", "REQUEST_INVALID"],
  ])("%d", async (status, text, code) => {
    expect((await refusedWith(status, text)).error).toMatchObject({ code, status, retryable: false });
  });

  it.each([502, 504])("%d as HTML of a proxy", async (status) => {
    const page = "<html><body>upstream secret-looking text</body></html>";
    const poll = await refusedWith(status, page, "poll");
    expect(poll.error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", status, retryable: true });
    expect(poll.error.message).not.toContain("upstream");
    expect((await refusedWith(status, page)).error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", status });
  });

  it("a wrong host of the same vendor is told apart from a network error", async () => {
    const { client, emulator } = harness();
    emulator.relocate({ api: "https://renamed.authgearapps.com", store: emulator.storeOrigin });
    expect(await rejection(client.startExport("users", { format: "ndjson" }))).toMatchObject({
      code: "NOT_FOUND",
    });
  });
});
