import type { ExportError } from "exportkit";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { count, harness } from "./harness.js";

describe("waitForExport where a status request fails", () => {
  it.each([
    { type: "reset" },
    { type: "status", status: 502, body: "<html>Bad Gateway</html>" },
    { type: "status", status: 503 },
    { type: "truncate-json" },
    { type: "drop", afterBytes: 10 },
    { type: "status", status: 200, body: '{"status":"maintenance"}' },
  ] as const)("continues after one failure: %o", async (fault) => {
    const { client, emulator, events } = harness({ emulator: { pendingPolls: 1 } });
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", after: 1, fault });
    expect(await client.waitForExport(job)).toMatchObject({ status: "succeeded", polls: 2 });
    expect(count(emulator, "poll")).toBe(3);
    expect(events.filter(({ type }) => type === "retry")).toMatchObject([{ operation: "poll", retry: 1 }]);
  });

  it("continues after a status request that times out", async () => {
    const { client, emulator, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "hang" } });
    const waiting = client.waitForExport(job);
    while (count(emulator, "poll") === 0) await settle();
    clock.advance(30_000);
    expect(await waiting).toMatchObject({ status: "succeeded" });
  });

  it("fails after the retries that are set, with the latest job", async () => {
    const { client, emulator, clock } = harness({ settings: { retry: { retries: 3 } } });
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", times: 4, fault: { type: "reset" } });
    const error = await rejection<ExportError>(client.waitForExport(job));
    expect(error).toMatchObject({ code: "NETWORK", retryable: true, operation: "poll", job });
    expect(count(emulator, "poll")).toBe(4);
    expect(clock.sleeps).toEqual([500, 125, 0, 250, 0, 500, 0]);
  });

  it("counts only failures in a row", async () => {
    const { client, emulator } = harness({ emulator: { pendingPolls: 1 } });
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", times: 3, fault: { type: "reset" } });
    emulator.faults.add({ on: "poll", after: 1, times: 3, fault: { type: "reset" } });
    expect(await client.waitForExport(job)).toMatchObject({ status: "succeeded" });
    expect(emulator.faults.remaining).toBe(0);
  });

  it("goes by the retries that are set", async () => {
    const { client, emulator } = harness({ settings: { retry: { retries: 0 } } });
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "reset" } });
    expect(await rejection(client.waitForExport(job))).toMatchObject({ code: "NETWORK" });
    expect(count(emulator, "poll")).toBe(1);
  });

  it("honours Retry-After", async () => {
    const { client, emulator, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const headers = { "retry-after": "90" };
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 429, headers } });
    await client.waitForExport(job);
    expect(clock.sleeps).toEqual([500, 90_000, 0]);
  });

  it("does not sit out a Retry-After above the cap, but says when to come back", async () => {
    const { client, emulator, clock } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const headers = { "retry-after": "301" };
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 503, headers } });
    const error = await rejection<ExportError>(client.waitForExport(job));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", retryable: true, job });
    expect(error.retryAt).toEqual(new Date(clock.now() + 301_000));
    expect(clock.sleeps).toEqual([500]);
  });

  it.each([
    [{ type: "status", status: 403, body: "Forbidden" }, "FORBIDDEN"],
    [{ type: "status", status: 404, body: "app not found" }, "NOT_FOUND"],
    [{ type: "status", status: 400, body: "{}" }, "REQUEST_INVALID"],
  ] as const)("does not ask again after a definite refusal: %o", async (fault, code) => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", times: 9, fault });
    expect(await rejection(client.waitForExport(job))).toMatchObject({ code, retryable: false, job });
    expect(count(emulator, "poll")).toBe(1);
  });

  it("carries the latest job in whatever it fails with", async () => {
    const { client, emulator } = harness({ emulator: { pendingPolls: 5 } });
    const fault = { type: "redirect", to: "https://elsewhere.example.com/" } as const;
    emulator.faults.add({ on: "poll", after: 2, fault });
    const job = await client.startExport("users", { format: "ndjson" });
    const waited = await rejection<ExportError>(client.waitForExport(job));
    expect(waited).toMatchObject({ code: "RESPONSE_INVALID", job: { id: job.id, polls: 2 } });
    emulator.faults.add({ on: "poll", after: 1, fault });
    const run = await rejection<ExportError>(client.runExport("users", { format: "ndjson" }));
    expect(run).toMatchObject({ code: "RESPONSE_INVALID", job: { id: emulator.tasks[1]?.id, polls: 1 } });
  });

  it("fails where the server answers every poll with 500", async () => {
    const { client, emulator, clock } = harness({ emulator: { outcome: "server-error" } });
    const job = await client.startExport("users", { format: "ndjson" });
    const startedAt = clock.now();
    expect(await rejection(client.waitForExport(job))).toMatchObject({ code: "PROVIDER_UNAVAILABLE", job });
    expect(clock.now() - startedAt).toBe(500 + 300_000);
    expect(count(emulator, "poll")).toBeLessThan(40);
  });
});
