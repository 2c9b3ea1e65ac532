import { createBudget, type ExportJob } from "exportkit";
import { describe, expect, it, vi } from "vitest";
import { rejection } from "../support/outcome.js";
import { passing } from "../support/turns.js";
import { setups, vendorOf } from "./vendors.js";

const slow = setups.filter(({ name }) => name !== "zephr");

describe.each(slow)("waiting for an export of $name under a budget", (setup) => {
  it("resolves with the job ahead of a poll that would come too late, without sleeping", async () => {
    const vendor = vendorOf(setup, 3_600_000);
    const client = vendor.client();
    const job = await vendor.start(client);
    const deadline = vendor.clock.now() + 20_000;
    const latest = await client.waitForExport(job, { budget: { deadline } });
    expect(latest.status).toMatch(/pending|running/);
    expect(latest.polls).toBeGreaterThan(1);
    expect(vendor.clock.now()).toBeLessThan(deadline);
    expect(vendor.clock.now() + latest.retryAfterMs).toBeGreaterThanOrEqual(deadline);
    expect(vendor.clock.waiting).toBe(0);
  });

  it("sends as many requests as there are, and resumes in the next invocation", async () => {
    const vendor = vendorOf(setup, 60_000);
    let job = await vendor.start(vendor.client());
    let invocations = 0;
    while (job.status !== "succeeded") {
      const sent = vendor.emulator.requests.length;
      job = await vendor.client().waitForExport(job, { budget: { requests: 3 } });
      expect(vendor.emulator.requests.length - sent).toBeLessThanOrEqual(3);
      expect(vendor.emulator.requests.length).toBeGreaterThan(sent);
      job = JSON.parse(JSON.stringify(job)) as ExportJob;
      expect(++invocations).toBeLessThan(50);
    }
    expect(invocations).toBeGreaterThan(1);
  });

  it("gives up on an answer that does not come by the deadline", async () => {
    const vendor = vendorOf(setup, 60_000);
    const client = vendor.client();
    const job = await vendor.start(client);
    vendor.emulator.faults.add({ on: "poll", fault: { type: "hang" } });
    const deadline = vendor.clock.now() + 10_000;
    const waiting = client.waitForExport(job, { budget: { deadline } });
    await vi.waitUntil(() => vendor.emulator.faults.fired.length === 1);
    const latest = await passing(vendor.clock, 10_000, waiting);
    expect(latest).toEqual(job);
    expect(vendor.clock.waiting).toBe(0);
  });

  it("does not begin a retry that the budget does not outlast, and hands on when to come back", async () => {
    const vendor = vendorOf(setup, 60_000);
    const client = vendor.client();
    const job = await vendor.start(client);
    vendor.emulator.faults.add({
      on: "poll",
      fault: { type: "status", status: 503, headers: { "retry-after": "60" } },
    });
    const deadline = vendor.clock.now() + 30_000;
    const latest = await client.waitForExport(job, { budget: { deadline } });
    expect(latest).toEqual({ ...job, retryAfterMs: 60_000, updatedAt: latest.updatedAt });
    expect(Object.isFrozen(latest)).toBe(true);
    expect(vendor.clock.now()).toBeLessThan(deadline);
    expect(vendor.emulator.faults.fired).toHaveLength(1);
    // Whoever comes back at once does not ask again before the time.
    const sent = vendor.emulator.requests.length;
    const budget = { deadline: vendor.clock.now() + 30_000 };
    expect(await vendor.client().waitForExport(latest, { budget })).toEqual(latest);
    expect(vendor.emulator.requests.length).toBe(sent);
    expect(await client.waitForExport(latest)).toMatchObject({ status: "succeeded" });
  });

  it("hands the job back as it is where a retry without a wait of the vendor's own would come too late", async () => {
    const vendor = vendorOf(setup, 60_000);
    const client = vendor.client({ retry: { minDelayMs: 100_000, maxDelayMs: 100_000 } });
    const job = await vendor.start(client);
    vendor.emulator.faults.add({ on: "poll", fault: { type: "status", status: 503 } });
    const budget = { deadline: vendor.clock.now() + 30_000 };
    expect(await client.waitForExport(job, { budget })).toEqual(job);
  });

  it("cuts a single poll off at the deadline, too", async () => {
    const vendor = vendorOf(setup, 60_000);
    const client = vendor.client();
    const job = await vendor.start(client);
    vendor.emulator.faults.add({ on: "poll", fault: { type: "hang" } });
    const polling = client.pollExport(job, { budget: { deadline: vendor.clock.now() + 5_000 } });
    polling.catch(() => {});
    await vi.waitUntil(() => vendor.emulator.faults.fired.length === 1);
    vendor.clock.advance(5_000);
    expect(await rejection(polling)).toMatchObject({ code: "TIMEOUT", details: { budget: "deadline" }, job });
    expect(vendor.clock.waiting).toBe(0);
  });

  it("sends nothing when there is nothing left, and hands the job back", async () => {
    const vendor = vendorOf(setup, 60_000);
    const client = vendor.client();
    const job = await vendor.start(client);
    const sent = vendor.emulator.requests.length;
    const slept = vendor.clock.sleeps.length;
    for (const budget of [{ requests: 0 }, { deadline: vendor.clock.now() }]) {
      const seen: ExportJob[] = [];
      const onProgress = (latest: ExportJob) => void seen.push(latest);
      expect(await client.waitForExport(job, { budget, onProgress })).toEqual(job);
      expect(seen).toEqual([job]);
    }
    expect(vendor.emulator.requests.length).toBe(sent);
    expect(vendor.clock.sleeps.length).toBe(slept);
  });

  it("throws TIMEOUT with the job where runExport cannot reach the download", async () => {
    const vendor = vendorOf(setup, 3_600_000);
    const client = vendor.client();
    const request = (await vendor.start(client)).request;
    const budget = createBudget({ deadline: vendor.clock.now() + 20_000 });
    const error = await rejection(client.runExport("export", request as never, { budget }));
    expect(error).toMatchObject({
      code: "TIMEOUT",
      // The same call again would start another export.
      retryable: false,
      message: expect.stringContaining("waitForExport"),
      job: { status: expect.stringMatching(/pending|running/) },
    });
  });

  it("refuses a start that is not covered, before it is sent", async () => {
    const vendor = vendorOf(setup);
    const client = vendor.client();
    const { request } = await vendor.start(client);
    const starts = () => vendor.emulator.requests.filter(({ operation }) => operation === "start").length;
    const before = starts();
    for (const budget of [{ requests: 0 }, { deadline: vendor.clock.now() - 1 }]) {
      const error = await rejection(client.startExport("export", request as never, { budget }));
      expect(error).toMatchObject({ code: "TIMEOUT", operation: "start", retryable: true });
    }
    expect(starts()).toBe(before);
  });

  it("does not cut off a start that was sent", async () => {
    const vendor = vendorOf(setup);
    const client = vendor.client();
    const { request } = await vendor.start(client);
    const budget = createBudget({ deadline: vendor.clock.now() + 1_000, requests: 1 });
    const proceed = vendor.emulator.fetch;
    const late = vendor.client({
      fetch: async (input, init) => {
        vendor.clock.advance(5_000);
        return proceed(input as string, init);
      },
    });
    const job = await late.startExport("export", request as never, { budget });
    expect(job.status).toMatch(/pending|running|succeeded/);
    expect(budget.requestsLeft).toBe(0);
    expect(await rejection(late.pollExport({ ...job, status: "running" }, { budget }))).toMatchObject({
      code: "TIMEOUT",
      details: { budget: "deadline" },
    });
  });

  it("still throws for a job that failed, and for a request that was refused for good", async () => {
    const vendor = vendorOf(setup, 60_000);
    const client = vendor.client();
    const job = await vendor.start(client);
    vendor.emulator.faults.add({ on: "poll", fault: { type: "status", status: 403, body: "no" } });
    const error = await rejection(client.waitForExport(job, { budget: { requests: 5 } }));
    expect(error).toMatchObject({ code: "FORBIDDEN" });
  });
});
