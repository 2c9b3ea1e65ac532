import type { ExportError, ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { count, harness } from "./harness.js";

describe("pollExport", () => {
  it("makes exactly one status request and never sleeps", async () => {
    const { client, clock, emulator } = harness({ emulator: { pendingPolls: 3 } });
    const job = await client.startExport("users", { format: "ndjson" });
    const polled = await client.pollExport(job);
    expect(count(emulator, "poll")).toBe(1);
    expect(clock.sleeps).toEqual([]);
    expect(polled).toMatchObject({ status: "pending", polls: 1, id: job.id });
    expect(polled).not.toBe(job);
    expect(job.polls).toBe(0);
  });

  it("counts polls and lengthens the wait up to the provider's ceiling", async () => {
    const { client } = harness({ emulator: { pendingPolls: 100 } });
    let job = await client.startExport("users", { format: "ndjson" });
    const waits = [job.retryAfterMs];
    for (let polls = 1; polls <= 12; polls++) {
      job = await client.pollExport(job);
      waits.push(job.retryAfterMs);
      expect(job.polls).toBe(polls);
    }
    expect(waits).toEqual([500, 750, 1125, 1688, 2531, 3797, 5695, 8543, 12814, 15000, 15000, 15000, 15000]);
  });

  it("never asks for a longer wait than the ceiling", async () => {
    const { client } = harness({ emulator: { pendingPolls: 100 }, settings: { random: () => 0.999999 } });
    const job = await client.startExport("users", { format: "ndjson" });
    expect(await client.pollExport({ ...job, polls: 50 })).toMatchObject({ retryAfterMs: 15_000 });
  });

  it.each([
    [0, 400],
    [0.999999, 600],
  ])("spreads the wait by the injected random: %d", async (random, retryAfterMs) => {
    const { client } = harness({ settings: { random: () => random } });
    expect((await client.startExport("users", { format: "ndjson" })).retryAfterMs).toBe(retryAfterMs);
  });

  it("returns the job that succeeded, with no wait left", async () => {
    const { client, clock } = harness({ emulator: { jobDurationMs: 2_000 } });
    const job = await client.startExport("users", { format: "ndjson" });
    clock.advance(5_000);
    expect(await client.pollExport(job)).toMatchObject({
      status: "succeeded",
      providerStatus: "completed",
      finishedAt: "2026-01-01T00:00:02.000Z",
      updatedAt: "2026-01-01T00:00:05.000Z",
      expiresAt: "2026-01-02T00:00:02.000Z",
      retryAfterMs: 0,
    });
  });

  it.each(["failed", "completed-without-url"] as const)(
    "does not throw for a job that is %s",
    async (outcome) => {
      const { client } = harness({ emulator: { outcome } });
      const job = await client.pollExport(await client.startExport("users", { format: "ndjson" }));
      expect(job).toMatchObject({ status: "failed", failure: { code: "EXPORT_FAILED" }, retryAfterMs: 0 });
    },
  );

  it("does not throw for a job that the vendor has forgotten", async () => {
    const { client, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    clock.advance(49 * 3_600_000);
    expect(await client.pollExport(job)).toMatchObject({
      status: "expired",
      failure: { code: "EXPORT_EXPIRED" },
      retryAfterMs: 0,
    });
  });

  it.each(["succeeded", "failed", "expired"] as const)(
    "costs no request for a job that is %s",
    async (status) => {
      const { client, emulator } = harness();
      const job = await client.startExport("users", { format: "ndjson" });
      const ended = { ...job, status, retryAfterMs: 0 };
      expect(await client.pollExport(ended)).toEqual(ended);
      expect(count(emulator, "poll")).toBe(0);
    },
  );

  it.each([
    ["reset", "NETWORK"],
    ["truncate-json", "RESPONSE_INVALID"],
  ] as const)("throws after one try when the request itself fails: %s", async (type, code) => {
    const { client, clock, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", times: 5, fault: { type } });
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({ code, retryable: true, connection: "users", operation: "poll", job });
    expect(count(emulator, "poll")).toBe(1);
    expect(clock.sleeps).toEqual([]);
  });

  it("takes a word it does not know for a running job", async () => {
    const { client } = harness({ emulator: { pendingStatus: "reticulating", pendingPolls: 1 } });
    const job = await client.startExport("users", { format: "ndjson" });
    expect(job).toMatchObject({ status: "running", providerStatus: "reticulating" });
    expect(await client.pollExport(job)).toMatchObject({ status: "running", providerStatus: "reticulating" });
  });

  it("resumes in a second client from a job that went through JSON", async () => {
    const first = harness({ emulator: { pendingPolls: 1 } });
    const started = await first.client.startExport("users", { format: "csv", fields: ["/sub", "/disabled"] });
    const text = JSON.stringify(started);

    const second = harness({ settings: { fetch: first.fetch } });
    const job = second.client.parseJob(JSON.parse(text));
    expect(job).toEqual(started);
    expect(job.retryAfterMs).toBe(500);
    const polled = await second.client.pollExport(job);
    expect(polled).toMatchObject({ status: "pending", polls: 1, retryAfterMs: 750 });
    expect(JSON.parse(JSON.stringify(polled))).toEqual(polled);
    const done = await second.client.waitForExport(polled);
    const records = [];
    for await (const record of await second.client.download(done)) records.push(record);
    expect(records).toHaveLength(20);
    expect(records[0]).toEqual({ sub: "00000000-0000-4000-8000-000000000000", disabled: false });
  });

  it("checks the job it is given", async () => {
    const { client, emulator } = harness();
    const job: ExportJob = await client.startExport("users", { format: "ndjson" });
    const error = await rejection(client.pollExport({ ...job, polls: "many" } as never));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { field: "polls" } });
    expect(count(emulator, "poll")).toBe(0);
  });

  it("rejects with the signal's reason", async () => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const reason = new Error("not now");
    expect(await rejection(client.pollExport(job, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(count(emulator, "poll")).toBe(0);
  });
});
