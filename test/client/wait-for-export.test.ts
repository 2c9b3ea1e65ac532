import type { ExportError, ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { count, harness } from "./harness.js";

describe("waitForExport", () => {
  it("polls at the job's own pace until it has succeeded", async () => {
    const { client, clock, emulator } = harness({ emulator: { jobDurationMs: 4_000 } });
    const job = await client.startExport("users", { format: "ndjson" });
    const seen: ExportJob[] = [];
    const done = await client.waitForExport(job, { onProgress: (latest) => seen.push(latest) });
    expect(done).toMatchObject({ status: "succeeded", polls: 4 });
    expect(clock.sleeps).toEqual([500, 750, 1125, 1688]);
    expect(seen.map(({ status, polls }) => [status, polls])).toEqual([
      ["pending", 0],
      ["pending", 1],
      ["pending", 2],
      ["pending", 3],
      ["succeeded", 4],
    ]);
    expect(seen.at(-1)).toBe(done);
    expect(count(emulator, "poll")).toBe(4);
    expect(clock.waiting).toBe(0);
  });

  it("spreads every wait by the injected random", async () => {
    const draws = [0, 1, 0, 1];
    const { client, clock } = harness({
      emulator: { pendingPolls: 3 },
      settings: { random: () => draws.shift() ?? 0.5 },
    });
    await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    expect(clock.sleeps).toEqual([400, 900, 900, 2025]);
  });

  it("returns a job that has succeeded already without a request", async () => {
    const { client, emulator } = harness();
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    const before = emulator.requests.length;
    expect(await client.waitForExport(job)).toEqual(job);
    expect(emulator.requests).toHaveLength(before);
  });

  it("waits only for what is left of the job's wait", async () => {
    const { client, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    clock.advance(350);
    await client.waitForExport(job);
    expect(clock.sleeps).toEqual([150]);
  });

  it("polls a job that is taken up a day later at once", async () => {
    const { client, clock, emulator } = harness({ emulator: { jobDurationMs: 3_600_000 } });
    const stored = JSON.stringify(await client.startExport("users", { format: "ndjson" }));
    clock.advance(24 * 3_600_000);
    const job = client.parseJob(JSON.parse(stored));
    expect(await client.waitForExport(job)).toMatchObject({ status: "succeeded", polls: 1 });
    expect(clock.sleeps).toEqual([0]);
    expect(count(emulator, "poll")).toBe(1);
  });

  it("never waits longer than the job asks, though another machine's clock is ahead", async () => {
    const { client, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    await client.waitForExport({ ...job, updatedAt: "2026-01-01T05:00:00.000Z" });
    expect(clock.sleeps).toEqual([500]);
  });

  it("throws EXPORT_FAILED with the latest job and the provider's reason", async () => {
    const { client } = harness({ emulator: { outcome: "failed", pendingPolls: 1 } });
    const job = await client.startExport("users", { format: "ndjson" });
    const error = await rejection<ExportError>(client.waitForExport(job));
    expect(error).toMatchObject({
      code: "EXPORT_FAILED",
      retryable: false,
      job: { id: job.id, status: "failed", polls: 2, finishedAt: "2026-01-01T00:00:01.250Z" },
      details: { reason: "UnexpectedError" },
    });
    expect(error.message).toBe(
      `job ${job.id} failed: Authgear reports a failure: UnexpectedError, unexpected error occurred. Start a new export; see docs/errors.md#export_failed`,
    );
  });

  it("throws EXPORT_EXPIRED with the latest job", async () => {
    const { client, clock } = harness({ emulator: { outcome: "stuck" } });
    const job = await client.startExport("users", { format: "ndjson" });
    const onProgress = ({ polls }: ExportJob) => {
      if (polls === 1) clock.advance(24 * 3_600_000);
    };
    const error = await rejection<ExportError>(client.waitForExport(job, { onProgress }));
    expect(error).toMatchObject({
      code: "EXPORT_EXPIRED",
      job: { id: job.id, status: "expired", polls: 2, expiresAt: "2026-01-02T00:00:00.000Z" },
    });
    expect(error.message).toContain("has expired: Authgear keeps an export for 24 hours");
  });

  it("takes a timeout of 0: one look at a job that still runs", async () => {
    const { client } = harness({ emulator: { outcome: "stuck" } });
    const job = await client.startExport("users", { format: "ndjson" });
    expect(await rejection(client.waitForExport(job, { timeoutMs: 0 }))).toMatchObject({ code: "TIMEOUT" });
  });

  it.each(["failed", "expired"] as const)("throws at once for a job that is %s already", async (status) => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const error = await rejection(client.waitForExport({ ...job, status }));
    expect(error).toMatchObject({ code: `EXPORT_${status.toUpperCase()}`, job: { status } });
    const why = status === "expired" ? "the provider no longer knows it" : "the provider gives no reason";
    expect((error as Error).message).toContain(`: ${why}. Start a new export`);
    expect(count(emulator, "poll")).toBe(0);
  });

  it("throws TIMEOUT with the latest job, and sends nothing more", async () => {
    const { client, clock, emulator } = harness({ emulator: { outcome: "stuck" } });
    const job = await client.startExport("users", { format: "ndjson" });
    const error = await rejection<ExportError>(client.waitForExport(job, { timeoutMs: 3_000 }));
    expect(error).toMatchObject({
      code: "TIMEOUT",
      operation: "wait",
      retryable: true,
      job: { id: job.id, status: "pending", polls: 3 },
    });
    expect(error.message).toContain("after 3000 ms");
    expect(count(emulator, "poll")).toBe(3);
    expect(clock.waiting).toBe(0);
    clock.advance(3_600_000);
    await settle();
    expect(count(emulator, "poll")).toBe(3);
    expect(emulator.requests.every(({ method }) => method === "GET" || method === "POST")).toBe(true);
  });

  it("gives up waiting in the middle of a request that is not answered", async () => {
    const { client, clock, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "hang" } });
    const waiting = client.waitForExport(job, { timeoutMs: 10_000 });
    const error = rejection<ExportError>(waiting);
    while (count(emulator, "poll") === 0) await settle();
    clock.advance(10_000);
    expect(await error).toMatchObject({ code: "TIMEOUT", operation: "wait", job });
    expect(clock.waiting).toBe(0);
  });

  it("waits no longer than it would by itself, whatever a stored job says", async () => {
    const { client, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const stored = { ...job, retryAfterMs: 1e15, updatedAt: "9999-01-01T00:00:00.000Z" };
    expect(await client.waitForExport(stored)).toMatchObject({ status: "succeeded" });
    expect(clock.sleeps).toEqual([300_000]);
  });

  it("waits without an end where timeoutMs is Infinity", async () => {
    const { client } = harness({ emulator: { jobDurationMs: 60_000 } });
    const job = await client.startExport("users", { format: "ndjson" });
    expect(await client.waitForExport(job, { timeoutMs: Number.POSITIVE_INFINITY })).toMatchObject({
      status: "succeeded",
    });
  });
});
