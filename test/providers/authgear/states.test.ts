import type { ExportError, ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { harness } from "../../client/harness.js";
import { collect } from "../../support/collect.js";
import { rejection } from "../../support/outcome.js";

/** The job after a poll that the vendor answers with this task. */
async function jobFor(task: object): Promise<ExportJob> {
  const { client, emulator } = harness();
  const job = await client.startExport("users", { format: "ndjson" });
  const result = { id: job.id, created_at: "2026-01-01T00:00:00Z", ...task };
  emulator.faults.add({
    on: "poll",
    fault: { type: "status", status: 200, body: JSON.stringify({ result }) },
  });
  return client.pollExport(job);
}

const url = "https://storage.example.com/file?X-Goog-Signature=0123456789abcdef0123456789abcdef";

describe("a task that runs", () => {
  it.each([
    ["pending", "pending"],
    ["running", "running"],
    ["queued", "running"],
    ["COMPLETED", "running"],
    ["", "running"],
  ])("%j", async (word, status) => {
    expect(await jobFor({ status: word })).toMatchObject({ status, providerStatus: word, retryAfterMs: 750 });
  });

  it("is kept for a day from its start", async () => {
    const job = await jobFor({ status: "pending", created_at: "2026-01-01T00:00:00.5Z" });
    expect(job).toMatchObject({ expiresAt: "2026-01-02T00:00:00.500Z" });
    expect(job).not.toHaveProperty("finishedAt");
    expect(job).not.toHaveProperty("failure");
  });
});

describe("a task that is done", () => {
  it("has a file, and is kept for a day from its end", async () => {
    const job = await jobFor({
      status: "completed",
      completed_at: "2026-01-01T03:00:00.123456789Z",
      download_url: url,
    });
    expect(job).toMatchObject({
      status: "succeeded",
      providerStatus: "completed",
      finishedAt: "2026-01-01T03:00:00.123Z",
      expiresAt: "2026-01-02T03:00:00.123Z",
      retryAfterMs: 0,
    });
  });

  it("does not show where the file is", async () => {
    const job = await jobFor({
      status: "completed",
      completed_at: "2026-01-01T00:00:01Z",
      download_url: url,
    });
    expect(JSON.stringify(job)).not.toContain("storage.example.com");
  });

  it("counts as done by its file, whatever its word", async () => {
    expect(await jobFor({ status: "finished", download_url: url })).toMatchObject({ status: "succeeded" });
  });
});

describe("a task that failed", () => {
  const error = {
    name: "InternalError",
    reason: "UnexpectedError",
    message: "unexpected error occurred",
    code: 500,
  };

  it.each([
    ["as the server says it: completed", { status: "completed", failed_at: "2026-01-01T00:00:09Z", error }],
    ["with an error and no time", { status: "completed", error }],
    ["with both an error and a file", { status: "completed", error, download_url: url }],
    ["in a word of its own", { status: "failed", failed_at: "2026-01-01T00:00:09Z", error }],
  ])("%s", async (_, task) => {
    const job = await jobFor(task);
    expect(job).toMatchObject({
      status: "failed",
      failure: {
        code: "EXPORT_FAILED",
        message: "Authgear reports a failure: UnexpectedError, unexpected error occurred",
        details: { reason: "UnexpectedError" },
      },
      retryAfterMs: 0,
    });
    if ("failed_at" in task) expect(job.finishedAt).toBe("2026-01-01T00:00:09.000Z");
  });

  it.each([
    [undefined, "Authgear reports a failure"],
    ["disk full", "Authgear reports a failure: disk full"],
    [{}, "Authgear reports a failure"],
    [{ message: "no reason" }, "Authgear reports a failure: no reason"],
    [["odd"], "Authgear reports a failure"],
    [true, "Authgear reports a failure"],
  ])("with an error of another shape: %j", async (odd, message) => {
    const job = await jobFor({ status: "completed", failed_at: "2026-01-01T00:00:09Z", error: odd });
    expect(job.failure).toEqual({ code: "EXPORT_FAILED", message });
  });

  it("by a worker's panic: completed and nothing else", async () => {
    expect(await jobFor({ status: "completed" })).toMatchObject({
      status: "failed",
      failure: { message: "Authgear finished without a file and without saying why" },
    });
    expect(
      await jobFor({ status: "completed", download_url: "", failed_at: null, error: null }),
    ).toMatchObject({
      status: "failed",
    });
  });
});

describe("a task that is gone", () => {
  it("has expired, once the vendor says that it knows none", async () => {
    const { client, clock, emulator } = harness({ emulator: { outcome: "stuck" } });
    const job = await client.startExport("users", { format: "ndjson" });
    clock.advance(24 * 3_600_000);
    const expired = await client.pollExport(job);
    expect(expired).toMatchObject({
      status: "expired",
      providerStatus: "pending",
      retryAfterMs: 0,
      polls: 1,
    });
    expect(expired.failure?.message).toContain("24 hours");
    const before = emulator.requests.length;
    expect(await client.pollExport(expired)).toEqual(expired);
    expect(emulator.requests).toHaveLength(before);
  });
});

describe("times", () => {
  it.each([
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"],
    ["2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.100Z"],
    ["2026-01-01T00:00:00.12Z", "2026-01-01T00:00:00.120Z"],
    ["2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.123Z"],
    ["2026-01-01T00:00:00.999999999Z", "2026-01-01T00:00:00.999Z"],
    ["2026-01-01T08:00:00.5+08:00", "2026-01-01T00:00:00.500Z"],
  ])("of 0 to 9 fraction digits are read: %s", async (completed_at, finishedAt) => {
    expect(await jobFor({ status: "completed", completed_at, download_url: url })).toMatchObject({
      finishedAt,
    });
  });

  it("that cannot be read are left out", async () => {
    const job = await jobFor({
      status: "completed",
      completed_at: "yesterday",
      created_at: "",
      download_url: url,
    });
    expect(job).not.toHaveProperty("finishedAt");
    expect(job.expiresAt).toBe("2026-01-02T00:00:00.000Z");
  });
});

describe("an answer that is no task", () => {
  it.each([
    ["result", {}],
    ["result", { result: null }],
    ["result", { result: [] }],
    ["result.id", { result: { status: "pending" } }],
    ["result.id", { result: { id: 5, status: "pending" } }],
    ["result.status", { result: { id: "x" } }],
    ["result.download_url", { result: { id: "x", status: "completed", download_url: 5 } }],
  ])("names what is missing: %s", async (field, body) => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 200, body: JSON.stringify(body) } });
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", retryable: true, job, operation: "poll" });
    expect(error.message).toContain(`(${field})`);
  });

  it("may hold more than is known", async () => {
    expect(await jobFor({ status: "pending", eta: 5, nested: { a: [1] } })).toMatchObject({
      status: "pending",
    });
  });
});

describe("the file's place", () => {
  async function located(task: object) {
    const { client, emulator } = harness();
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    const result = { id: job.id, ...task };
    emulator.faults.add({
      on: "poll",
      times: 9,
      fault: { type: "status", status: 200, body: JSON.stringify({ result }) },
    });
    const error = await rejection<ExportError>(client.download(job));
    expect(error.job).toEqual(job);
    return error;
  }

  it("is not there where the vendor has changed its mind", async () => {
    expect(await located({ status: "pending" })).toMatchObject({
      code: "JOB_NOT_READY",
      operation: "locate",
    });
    expect(await located({ status: "completed" })).toMatchObject({
      code: "EXPORT_FAILED",
      operation: "locate",
    });
  });

  it.each([
    ["http://storage.example.com/file?sig=1", /is http/],
    ["https://user:pass@storage.example.com/file", /carries user info/],
    ["file:///etc/passwd", /has the scheme file:/],
    ["not a url", /cannot be read/],
  ])("is refused where it cannot be trusted: %s", async (download_url, message) => {
    const error = await located({ status: "completed", download_url });
    expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("pass@");
  });
});

describe("an answer that is about another export", () => {
  const other = { id: "other", status: "completed", download_url: "https://store.example/other" };
  const fault = { type: "status", status: 200, body: JSON.stringify({ result: other }) } as const;

  it("is none at a poll, and the next one is asked for", async () => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", times: 2, fault });
    expect(await rejection(client.pollExport(job))).toMatchObject({
      code: "RESPONSE_INVALID",
      retryable: true,
      job: { id: job.id, status: "pending" },
    });
    expect(await client.waitForExport(job)).toMatchObject({ id: job.id, status: "succeeded" });
  });

  it("is none where the file is asked for: another's is never handed over", async () => {
    const { client, emulator, sent } = harness();
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    emulator.faults.add({ on: "poll", fault });
    expect((await collect(await client.download(job))).length).toBeGreaterThan(0);
    expect(sent.some(({ url }) => url.host === "store.example")).toBe(false);
  });
});
