import { createExportClient, type ExportError, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { authgearUser, createAuthgearEmulator, createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { count, harness, token } from "./harness.js";

describe("runExport", () => {
  it("starts, waits and downloads", async () => {
    const { client, emulator } = harness({ emulator: { pendingPolls: 2 } });
    const jobs: ExportJob[] = [];
    const bytes: number[] = [];
    const download = await client.runExport(
      "users",
      { format: "ndjson" },
      {
        onProgress: (job) => jobs.push(job),
        onDownloadProgress: (progress) => bytes.push(progress.bytes),
      },
    );
    expect(jobs.map(({ status }) => status)).toEqual(["pending", "pending", "pending", "succeeded"]);
    expect(jobs[0]?.id).toBe(emulator.tasks[0]?.id);
    expect(download.job).toBe(jobs.at(-1));
    const records = await collect(download);
    expect(records.map(({ sub }) => sub)).toEqual(records.map((_, index) => authgearUser(index).sub));
    expect(records).toHaveLength(20);
    expect(bytes.at(-1)).toBe(download.size);
    expect(emulator.tasks).toHaveLength(1);
  });

  it("carries the job in what fails after the start", async () => {
    const { client, emulator } = harness({ emulator: { outcome: "missing-object" } });
    const error = await rejection<ExportError>(client.runExport("users", { format: "ndjson" }));
    expect(error).toMatchObject({
      code: "ARTIFACT_MISSING",
      connection: "users",
      job: { id: emulator.tasks[0]?.id, status: "succeeded" },
    });
  });

  it("throws TIMEOUT with the job that still runs", async () => {
    const { client, emulator } = harness({ emulator: { outcome: "stuck" } });
    const error = await rejection<ExportError>(
      client.runExport("users", { format: "ndjson" }, { timeoutMs: 1_000 }),
    );
    expect(error).toMatchObject({ code: "TIMEOUT", job: { id: emulator.tasks[0]?.id, status: "pending" } });
  });

  it("rejects with the signal's reason", async () => {
    const { client } = harness({ emulator: { outcome: "stuck" } });
    const controller = new AbortController();
    const onProgress = () => controller.abort("enough");
    const run = client.runExport("users", { format: "ndjson" }, { signal: controller.signal, onProgress });
    expect(await rejection(run)).toBe("enough");
  });
});

describe("download", () => {
  it.each(["pending", "running"] as const)("refuses a job that is %s, without a request", async (status) => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const error = await rejection<ExportError>(client.download({ ...job, status }));
    expect(error).toMatchObject({ code: "JOB_NOT_READY", job: { status } });
    expect(emulator.requests).toHaveLength(1);
  });

  it.each([
    ["failed", "EXPORT_FAILED"],
    ["expired", "EXPORT_EXPIRED"],
  ] as const)("refuses a job that is %s, without a request", async (status, code) => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    expect(await rejection(client.download({ ...job, status }))).toMatchObject({ code, job: { status } });
    expect(emulator.requests).toHaveLength(1);
  });

  it("says that a succeeded job has expired where the vendor has forgotten it since", async () => {
    const { client, clock } = harness();
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    clock.advance(25 * 3_600_000);
    const error = await rejection<ExportError>(client.download(job));
    expect(error).toMatchObject({ code: "EXPORT_EXPIRED", connection: "users", operation: "locate", job });
  });

  it("gives a second download of the same job", async () => {
    const { client } = harness({ emulator: { users: 3 } });
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    expect(await collect(await client.download(job))).toEqual(await collect(await client.download(job)));
  });
});

describe("several connections", () => {
  const clock = createTestClock();
  const options = { tokens: [token], clock };
  const asia = createAuthgearEmulator({ ...options, endpoint: "https://asia.example.com", users: 2 });
  const europe = createAuthgearEmulator({
    ...options,
    endpoint: "https://europe.example.net",
    storeOrigin: "https://store.example.net",
    users: 3,
  });
  const client = createExportClient({
    providers: {
      asia: authgear({ endpoint: asia.endpoint, token }),
      europe: authgear({ endpoint: europe.endpoint, token }),
    },
    fetch: (input, init) => (asia.roleOf(new URL(String(input))) ? asia : europe).fetch(String(input), init),
    clock,
    random: () => 0.5,
  });

  it("stand side by side, each with its own exports", async () => {
    const [first, second] = await Promise.all([
      client.runExport("asia", { format: "ndjson" }),
      client.runExport("europe", { format: "csv", fields: ["/sub"] }),
    ]);
    expect([first.job.connection, second.job.connection]).toEqual(["asia", "europe"]);
    expect(await collect(first)).toHaveLength(2);
    expect(await collect(second)).toHaveLength(3);
    expect([asia.tasks.length, europe.tasks.length]).toEqual([1, 1]);
    expect(asia.requests.concat(europe.requests).some(({ operation }) => operation === "foreign")).toBe(
      false,
    );
  });

  it("keep to the connection that a job names", async () => {
    const job = client.parseJob(
      JSON.parse(JSON.stringify(await client.startExport("europe", { format: "ndjson" }))),
    );
    const before = count(asia, "poll");
    expect(await client.pollExport(job)).toMatchObject({ connection: "europe", status: "succeeded" });
    expect(count(asia, "poll")).toBe(before);
  });

  it("are not mixed up: a job of one is unknown at the other", async () => {
    const job = await client.startExport("europe", { format: "ndjson" });
    const moved = client.parseJob({ ...job, connection: "asia" });
    expect(await client.pollExport(moved)).toMatchObject({ status: "expired" });
  });
});

describe("capabilities", () => {
  it("tells what the provider behind a connection can do", () => {
    const { client } = harness();
    expect(client.capabilities("users")).toEqual({
      delivery: "file",
      jobs: "asynchronous",
      progress: false,
      formats: ["ndjson", "csv"],
      startOnce: true,
    });
    expect(() => client.capabilities("nobody" as never)).toThrow('no connection "nobody"');
  });
});
