import { createExportClient, type ExportJob } from "exportkit";
import { avepoint } from "exportkit/avepoint";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collect } from "../../support/collect.js";
import { rejection } from "../../support/outcome.js";
import { accessRequest, clientId, clientSecret, tenant } from "./tenant.js";

const minute = 60_000;

describe("a start", () => {
  it("gives a plain handle, with the id as a string however it came", async () => {
    for (const jobIdType of ["string", "number"] as const) {
      const { client } = tenant({ emulator: { jobIdType } });
      const job = await client.startExport("access", accessRequest);
      expect(job).toMatchObject({
        version: 1,
        provider: "avepoint",
        id: "67890",
        status: "pending",
        polls: 0,
      });
      expect(job.request).toEqual(accessRequest);
      expect(JSON.parse(JSON.stringify(job))).toEqual(job);
    }
  });

  it.each(["application/json", "text/json", "text/plain"] as const)(
    "runs to its end where answers come as %s, with messages that are null",
    async (answerType) => {
      const { client } = tenant({ emulator: { answerType, nullMessages: true, jobStatuses: [1], rows: 3 } });
      const job = await client.waitForExport(await client.startExport("access", accessRequest));
      expect(job).toMatchObject({ status: "succeeded", providerStatus: "2", polls: 2 });
      // The rows of the summary come first.
      expect((await collect(await client.download(job))).length).toBeGreaterThan(3);
    },
  );

  it.each(["null", '""', "{}", "0"])("answered with the id %s may have made a job", async (jobId) => {
    const { client } = answering(`{"jobId":${jobId},"status":200,"message":null}`);
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
    });
  });

  it("keeps every digit of an id beyond 2^53", async () => {
    const { client } = answering('{"jobId": 90071992547409931, "status":200,"message":"OK"}');
    expect((await client.startExport("access", accessRequest)).id).toBe("90071992547409931");
  });

  it.each(["effect", "no effect"])(
    "whose connection is lost (%s) is START_OUTCOME_UNKNOWN and goes out once",
    async (kind) => {
      const { client, emulator, count } = tenant();
      emulator.faults.add({ on: "start", times: 9, fault: { type: "reset", effect: kind === "effect" } });
      const error = await rejection(client.startExport("access", accessRequest));
      expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", retryable: false, operation: "start" });
      expect([count("start"), emulator.jobs.length]).toEqual([1, kind === "effect" ? 1 : 0]);
    },
  );

  it.each([500, 502, 503, 504, 408])(
    "answered with HTTP %i is START_OUTCOME_UNKNOWN and goes out once",
    async (status) => {
      const { client, emulator, count } = tenant();
      emulator.faults.add({ on: "start", times: 9, fault: { type: "status", status, effect: true } });
      expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
        code: "START_OUTCOME_UNKNOWN",
      });
      expect([count("start"), emulator.jobs.length]).toEqual([1, 1]);
    },
  );

  it("that hangs until the timeout is START_OUTCOME_UNKNOWN and goes out once", async () => {
    const { client, emulator, clock, count } = tenant();
    emulator.faults.add({ on: "start", times: 9, fault: { type: "hang", effect: true } });
    const starting = rejection(client.startExport("access", accessRequest));
    while (count("start") === 0) await new Promise((resolve) => setTimeout(resolve));
    clock.advance(30_000);
    expect(await starting).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect([count("start"), emulator.jobs.length]).toEqual([1, 1]);
  });

  it.each([
    ["cut short", '{"jobId":"1"'],
    ["a page", "<html>"],
    ["no jobId", '{"status":200,"message":"OK"}'],
    ["an empty jobId", '{"jobId":"","status":200}'],
    ["a jobId that is none", '{"jobId":{"id":1},"status":200}'],
    ["jobId 0", '{"jobId":0,"status":200}'],
    ["no object", '["1"]'],
    ["a server error inside of the 200", '{"jobId":"1","status":500,"message":"oops"}'],
    ["a timeout inside of the 200", '{"status":408}'],
    ["another success inside of the 200", '{"jobId":"1","status":201}'],
  ])("answered with %s is START_OUTCOME_UNKNOWN and goes out once", async (_, body) => {
    const { client, starts } = answering(body);
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
      message: expect.stringMatching(/look in the provider's console/),
      retryable: false,
    });
    expect(starts()).toBe(1);
  });

  it("answered with 201 outside and inside is a start like any other", async () => {
    const { client } = answering('{"jobId":"7","status":201,"message":"Created"}', { status: 201 });
    expect((await client.startExport("access", accessRequest)).id).toBe("7");
  });

  it("answered with an empty 204 is START_OUTCOME_UNKNOWN and goes out once", async () => {
    const { client, emulator, count } = tenant();
    emulator.faults.add({ on: "start", fault: { type: "status", status: 204, effect: true } });
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
    });
    expect([count("start"), emulator.jobs.length]).toEqual([1, 1]);
  });

  it("a redirect is not followed", async () => {
    const { client, emulator, count } = tenant();
    const to = `${emulator.endpoint}/insights/sites/permission/export`;
    emulator.faults.add({ on: "start", fault: { type: "redirect", to } });
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "RESPONSE_INVALID",
    });
    expect(count("start")).toBe(1);
  });

  it("that was refused inside of a 200 is refused", async () => {
    const { client, starts } = answering('{"jobId":"","status":400,"message":"dataSources is wrong"}');
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringContaining("dataSources is wrong"),
    });
    expect(starts()).toBe(1);
  });
});

/** A tenant whose starts are answered by hand. */
function answering(body: string, init?: ResponseInit) {
  let starts = 0;
  const { client } = tenant({
    intercept: async ({ url }, pass) => {
      if (!url.includes("/insights/")) return pass();
      starts += 1;
      return new Response(body, { headers: { "content-type": "application/json" }, ...init });
    },
  });
  return { client, starts: () => starts };
}

describe("a poll", () => {
  it.each([
    [0, "running"],
    [1, "running"],
    [2, "succeeded"],
    [3, "failed"],
    [4, "succeeded"],
    [5, "running"],
    [6, "failed"],
    [7, "running"],
    [-1, "running"],
  ])("jobStatus %i is %s", async (jobStatus, status) => {
    const { client, count } = tenant({ emulator: { jobStatuses: [jobStatus] } });
    const job = await client.pollExport(await client.startExport("access", accessRequest));
    expect(job).toMatchObject({ status, providerStatus: String(jobStatus), polls: 1 });
    expect(job.failure?.code).toBe(status === "failed" ? "EXPORT_FAILED" : undefined);
    expect(job.warnings ?? []).toHaveLength(jobStatus === 4 ? 1 : 0);
    expect(count("poll")).toBe(1);
  });

  it("goes through every stage and ends once", async () => {
    const { client, count } = tenant({ emulator: { jobStatuses: [0, 1, 5, 9] } });
    const seen: (string | undefined)[] = [];
    const job = await client.waitForExport(await client.startExport("access", accessRequest), {
      onProgress: ({ providerStatus }) => seen.push(providerStatus),
    });
    expect(seen).toEqual([undefined, "0", "1", "5", "9", "2"]);
    expect(job).toMatchObject({ status: "succeeded", retryAfterMs: 0 });
    await client.pollExport(job);
    expect(count("poll")).toBe(5);
  });

  it.each([
    ["failed", "the export failed"],
    ["stopped", "was stopped"],
  ] as const)("an export that %s is EXPORT_FAILED when waited for", async (outcome, words) => {
    const { client } = tenant({ emulator: { outcome } });
    const job = await client.startExport("access", accessRequest);
    expect(await rejection(client.waitForExport(job))).toMatchObject({
      code: "EXPORT_FAILED",
      message: expect.stringContaining(words),
      job: { status: "failed", failure: { message: expect.stringContaining(words) } },
    });
  });

  it("an export finished with exceptions succeeds with a warning, and can be downloaded", async () => {
    const { client } = tenant({ emulator: { outcome: "exceptions" } });
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    expect(job.warnings?.[0]).toContain("with exceptions");
    await expect(client.download(job)).resolves.toBeDefined();
  });

  it("is paced for a report that takes minutes: from 5 s up to 2 minutes", async () => {
    const { client, clock } = tenant({ emulator: { jobDurationMs: 20 * minute } });
    await client.waitForExport(await client.startExport("access", accessRequest));
    expect(clock.sleeps.slice(0, 3)).toEqual([5_000, 7_500, 11_250]);
    expect(Math.max(...clock.sleeps)).toBe(120_000);
    expect(clock.sleeps.at(-1)).toBe(120_000);
  });

  it("a job that AvePoint no longer knows has expired", async () => {
    for (const refusals of ["http", "body"] as const) {
      const { client, clock } = tenant({ emulator: { keptMs: minute, refusals } });
      const job = await client.startExport("access", accessRequest);
      clock.advance(minute);
      expect(await client.pollExport(job)).toMatchObject({
        status: "expired",
        failure: { code: "EXPORT_EXPIRED", message: expect.stringContaining("does not know this job") },
      });
      expect(await rejection(client.waitForExport(job))).toMatchObject({ code: "EXPORT_EXPIRED" });
    }
  });

  it.each(["<html>", '{"message":"no Route matched"}', "{}", '{"error":"not found"}', "[404]"])(
    "a 404 of some gateway says nothing about the job, which keeps its place: %s",
    async (body) => {
      const { client, emulator } = tenant({ options: { maxRunningJobs: 1 } });
      const job = await client.startExport("access", accessRequest);
      emulator.faults.add({ on: "poll", fault: { type: "status", status: 404, body } });
      expect(await rejection(client.pollExport(job))).toMatchObject({
        code: "NOT_FOUND",
        job: { id: job.id },
      });
      expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
        code: "CONCURRENCY_LIMIT",
      });
      expect((await client.pollExport(job)).status).toBe("succeeded");
      expect(await client.startExport("access", accessRequest)).toHaveProperty("id");
    },
  );

  it.each([
    ["no jobStatus", '{"status":200,"message":""}'],
    ["a jobStatus that is none", '{"jobStatus":"done","status":200}'],
    ["no object", "[]"],
  ])("answered with %s is RESPONSE_INVALID", async (_, body) => {
    const { client, poll } = polled(body);
    expect(await rejection(poll())).toMatchObject({ code: "RESPONSE_INVALID", operation: "poll" });
    expect(client).toBeDefined();
  });

  it("a jobStatus as text counts, and so does a body without its own status", async () => {
    const { poll } = polled('{"jobStatus":"2"}');
    expect(await poll()).toMatchObject({ status: "succeeded" });
  });

  it("words of the vendor go into the failure", async () => {
    const { poll } = polled('{"jobStatus":3,"status":200,"message":"Tenant is frozen."}');
    expect(await poll()).toMatchObject({
      failure: { message: expect.stringContaining("Tenant is frozen.") },
    });
  });

  it.each([
    [401, "UNAUTHORIZED", false],
    [403, "FORBIDDEN", false],
    [418, "REQUEST_INVALID", false],
    [429, "RATE_LIMITED", true],
    [500, "PROVIDER_UNAVAILABLE", true],
  ])("status %i inside of a 200 is %s", async (status, code, retryable) => {
    const { poll } = polled(JSON.stringify({ status, message: "no", jobStatus: 2 }));
    expect(await rejection(poll())).toMatchObject({ code, retryable, operation: "poll" });
  });

  it("one server error, by HTTP or inside of a 200, fails no job", async () => {
    for (const fault of [{ status: 503 }, { status: 200, body: '{"status":500,"message":"oops"}' }]) {
      const { client, emulator } = tenant();
      emulator.faults.add({ on: "poll", fault: { type: "status", ...fault } });
      const job = await client.waitForExport(await client.startExport("access", accessRequest));
      expect(job.status).toBe("succeeded");
      expect(emulator.faults.remaining).toBe(0);
    }
  });

  function polled(body: string) {
    const { client } = tenant({
      intercept: async ({ url }, pass) =>
        url.endsWith("/exportstatus")
          ? new Response(body, { headers: { "content-type": "application/json" } })
          : pass(),
    });
    const poll = async () => client.pollExport(await client.startExport("access", accessRequest));
    return { client, poll };
  }
});

describe("five exports at a time", () => {
  it.each([429, 400] as const)(
    "the sixth, refused with %i, is CONCURRENCY_LIMIT with advice",
    async (limitStatus) => {
      for (const refusals of ["http", "body"] as const) {
        const { client, emulator, count, clock } = tenant({
          emulator: { limitStatus, refusals, jobDurationMs: minute },
        });
        for (let n = 0; n < 5; n++) await client.startExport("access", accessRequest);
        expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
          code: "CONCURRENCY_LIMIT",
          retryable: true,
          message: expect.stringContaining("At most five"),
        });
        // Waiting it out in here would be a guess; the caller decides.
        expect([count("start"), emulator.jobs.length, clock.sleeps]).toEqual([6, 5, []]);
        clock.advance(minute);
        await client.startExport("access", accessRequest);
      }
    },
  );

  it.each<[string, string, ResponseInit, string]>([
    ["a 429 without a word", "", { status: 429 }, "CONCURRENCY_LIMIT"],
    [
      "a 400 with words about running jobs",
      '{"message":"5 export jobs are already in progress"}',
      { status: 400 },
      "CONCURRENCY_LIMIT",
    ],
    [
      "a 400 with such words among its errors",
      '{"errors":[{"message":"Too many concurrent exports"}]}',
      { status: 400 },
      "CONCURRENCY_LIMIT",
    ],
    [
      "a 429 about jobs with Retry-After",
      '{"message":"Up to 5 jobs can run simultaneously"}',
      { status: 429, headers: { "retry-after": "60" } },
      "CONCURRENCY_LIMIT",
    ],
    ["a 429 about rates", '{"message":"Rate limit is exceeded"}', { status: 429 }, "RATE_LIMITED"],
    ["a 429 with Retry-After", "", { status: 429, headers: { "retry-after": "1" } }, "RATE_LIMITED"],
    [
      "a 400 about sites",
      '{"message":"You can export 100 sites at the same time"}',
      { status: 400 },
      "REQUEST_INVALID",
    ],
    [
      "a 400 about a field",
      '{"errors":[{"field":"driveIds","message":"too many in parallel exports"}]}',
      { status: 400 },
      "REQUEST_INVALID",
    ],
  ])("%s", async (_, body, init, code) => {
    const { client } = answering(body, init);
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({ code });
  });

  it("a rate limit that ends is waited out: a 429 starts nothing", async () => {
    const { client, emulator, count } = tenant();
    const fault = { type: "status", status: 429, headers: { "retry-after": "2" } } as const;
    emulator.faults.add({ on: "start", times: 2, fault });
    await client.startExport("access", accessRequest);
    expect([count("start"), emulator.jobs.length]).toEqual([3, 1]);
  });
});

describe("maxRunningJobs", () => {
  const limited = (maxRunningJobs: number) =>
    tenant({ options: { maxRunningJobs }, emulator: { jobDurationMs: 10 * minute } });

  it("refuses an export too many before anything is sent", async () => {
    const { client, sent } = limited(2);
    await client.startExport("access", accessRequest);
    await client.startExport("access", accessRequest);
    const before = sent.length;
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "CONCURRENCY_LIMIT",
      retryable: true,
      connection: "access",
      details: { running: 2, maxRunningJobs: 2 },
    });
    expect(sent).toHaveLength(before);
  });

  it("counts starts that are under way", async () => {
    const { client, emulator } = limited(2);
    const starts = [1, 2, 3].map(() => client.startExport("access", accessRequest));
    const outcomes = await Promise.allSettled(starts);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(emulator.jobs).toHaveLength(2);
  });

  it("lets the next one go when a poll has seen the end", async () => {
    const { client } = limited(1);
    const job = await client.startExport("access", accessRequest);
    await client.pollExport(job);
    await rejection(client.startExport("access", accessRequest));
    await client.waitForExport(job);
    await client.startExport("access", accessRequest);
  });

  it("does not count a start that failed", async () => {
    const { client, emulator } = limited(1);
    emulator.faults.add({ on: "start", fault: { type: "status", status: 400 } });
    emulator.faults.add({ on: "start", fault: { type: "reset" } });
    await rejection(client.startExport("access", accessRequest));
    await rejection(client.startExport("access", accessRequest));
    await client.startExport("access", accessRequest);
  });

  it("counts a job that was started elsewhere and is polled here", async () => {
    const { client, emulator } = limited(1);
    const elsewhere = createExportClient({
      providers: { access: avepoint({ dataCenter: "us", clientId, clientSecret }) },
      fetch: emulator.fetch,
      clock: createTestClock(),
    });
    await client.pollExport(await elsewhere.startExport("access", accessRequest));
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "CONCURRENCY_LIMIT",
    });
  });

  it("forgets a job that nobody here has asked about for an hour", async () => {
    const { client, clock, emulator } = limited(1);
    await client.startExport("access", accessRequest);
    clock.advance(60 * minute - 1);
    await rejection(client.startExport("access", accessRequest));
    clock.advance(1);
    await client.startExport("access", accessRequest);
    expect(emulator.jobs).toHaveLength(2);
  });

  it("is no limit by default", async () => {
    const { client, emulator } = tenant({ emulator: { jobDurationMs: minute, maxRunningJobs: 50 } });
    const jobs: ExportJob[] = [];
    for (let n = 0; n < 20; n++) jobs.push(await client.startExport("access", accessRequest));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(20);
    expect(emulator.jobs).toHaveLength(20);
  });
});
