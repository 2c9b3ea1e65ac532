import { createExportClient, type ExportJob } from "exportkit";
import {
  fileDelivery,
  ndjson,
  type PollPace,
  type Provider,
  type ProviderJobState,
  type StartedJob,
} from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";

const PACE = { floorMs: 1_000, ceilingMs: 8_000, factor: 2 };
const secret = "very-secret-indeed";

/** A client whose provider tells of its jobs what it is given: first at the start, then poll by poll. */
function telling(
  { pace = PACE, ...started }: Partial<StartedJob> & { readonly pace?: PollPace },
  ...polls: ProviderJobState[]
) {
  const clock = createTestClock();
  const provider: Provider<unknown, unknown> = {
    spec: 1,
    name: "teller",
    capabilities: { delivery: "file", jobs: "asynchronous", progress: true, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    origins: [],
    pace,
    secrets: () => [secret],
    start: async () => ({ id: "job-1", status: "pending", ...started }),
    poll: async () => polls.shift() ?? { status: "succeeded" },
    delivery: fileDelivery({
      locate: async () => Promise.reject(new Error("nothing is downloaded here")),
      records: () => ndjson(),
    }),
  };
  const client = createExportClient({ providers: { it: provider }, clock, random: () => 0.5 });
  return { client, clock, start: (request: object = {}) => client.startExport("it", request) };
}

describe("the job's wait", () => {
  it("follows the provider's pace", async () => {
    const running = { status: "running" } as const;
    const { client, clock, start } = telling({}, running, running, running, running, running);
    await client.waitForExport(await start());
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it.each([
    ["longer than the pace", 5_000, 5_000],
    ["shorter than the pace", 10, 1_000],
    ["longer than the ceiling of the pace", 120_000, 120_000],
    ["longer than the client's cap", 3_600_000, 300_000],
  ])("is what the provider asks for, where that is %s", async (_, retryAfterMs, expected) => {
    const { start } = telling({ retryAfterMs });
    expect(await start()).toMatchObject({ retryAfterMs: expected });
  });

  it("stays a number where a provider that wants no wait has been asked for ever", async () => {
    const { client, start } = telling({ pace: { floorMs: 0, ceilingMs: 8_000 } }, { status: "running" });
    const job = { ...(await start()), polls: 100_000 };
    expect(await client.pollExport(job)).toMatchObject({ retryAfterMs: 0 });
  });

  it("is 0 for a job that is over, whatever the provider asks for", async () => {
    const { client, start } = telling({}, { status: "failed", retryAfterMs: 60_000 });
    expect(await client.pollExport(await start())).toMatchObject({ retryAfterMs: 0 });
  });
});

describe("the job's fields", () => {
  it("take over what a poll tells, and keep what only the start told", async () => {
    const { client, clock, start } = telling(
      { createdAt: "2025-12-31T23:59:00.5Z", warnings: ["mind the gap"], expiresAt: "2026-02-01T00:00:00Z" },
      { status: "running", providerStatus: "BUSY", progress: { completed: 1, total: 4, unit: "files" } },
      { status: "succeeded", finishedAt: "2026-01-01T00:00:02Z" },
    );
    let job: ExportJob = await start({ since: new Date(0) });
    clock.advance(1_000);
    job = await client.pollExport(job as ExportJob<"it">);
    expect(job).toEqual({
      version: 1,
      connection: "it",
      provider: "teller",
      id: "job-1",
      request: { since: "1970-01-01T00:00:00.000Z" },
      status: "running",
      providerStatus: "BUSY",
      createdAt: "2025-12-31T23:59:00.500Z",
      updatedAt: "2026-01-01T00:00:01.000Z",
      expiresAt: "2026-02-01T00:00:00.000Z",
      progress: { completed: 1, total: 4, unit: "files" },
      warnings: ["mind the gap"],
      polls: 1,
      retryAfterMs: 2_000,
    });
    expect(Object.isFrozen(job.progress)).toBe(true);
    job = await client.pollExport(job as ExportJob<"it">);
    expect(job).toMatchObject({
      status: "succeeded",
      providerStatus: "BUSY",
      finishedAt: "2026-01-01T00:00:02.000Z",
      warnings: ["mind the gap"],
      polls: 2,
    });
  });

  it("use the client's time where the provider tells none that can be read", async () => {
    const { start } = telling({ createdAt: "just now", finishedAt: "", expiresAt: "never" });
    const job = await start();
    expect(job.createdAt).toBe("2026-01-01T00:00:00.000Z");
    expect(job).not.toHaveProperty("finishedAt");
    expect(job).not.toHaveProperty("expiresAt");
  });

  it("hold no secret that the provider repeats", async () => {
    const { client, start } = telling(
      { warnings: [`warned of ${secret}`] },
      {
        status: "failed",
        providerStatus: secret,
        failure: { code: "EXPORT_FAILED", message: `because of ${secret}`, details: { [secret]: [secret] } },
      },
    );
    const job = await client.pollExport(await start({ note: secret }));
    expect(JSON.stringify(job)).not.toContain(secret);
    expect(job.failure).toEqual({
      code: "EXPORT_FAILED",
      message: "because of [redacted]",
      details: { "[redacted]": ["[redacted]"] },
    });
  });

  it("stay what they are through JSON", async () => {
    const { client, start } = telling({ progress: { unit: "percent", completed: 0 } });
    const job = await start({ list: [1, "two", null, { three: true }] });
    expect(client.parseJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect(structuredClone(job)).toEqual(job);
  });
});

describe("a provider whose jobs are done at once", () => {
  it("costs no status request", async () => {
    const { client, clock, start } = telling({ status: "succeeded" });
    const job = await start();
    expect(job).toMatchObject({ status: "succeeded", polls: 0, retryAfterMs: 0 });
    expect(await client.waitForExport(job)).toMatchObject({ polls: 0 });
    expect(clock.sleeps).toEqual([]);
  });
});
