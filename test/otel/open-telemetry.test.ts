import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { type ClientSettings, createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { openTelemetry } from "exportkit/otel";
import { createAuthgearEmulator, createTestClock, serveEmulator } from "exportkit/testing";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { setUpTelemetry } from "./tracing.js";

const request = { format: "ndjson" } as const;
let telemetry: ReturnType<typeof setUpTelemetry>;
beforeEach(() => {
  telemetry = setUpTelemetry();
});
afterEach(() => telemetry.tearDown());

/** A client that is traced, in front of an emulator behind a real socket, with the `fetch` that undici's hooks see. */
async function traced(settings: Partial<ClientSettings> = {}) {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: ["t"], users: 30, pendingPolls: 1, clock });
  const served = await serveEmulator(emulator);
  const { tracerProvider, meterProvider } = telemetry;
  const client = createExportClient({
    providers: { users: authgear({ endpoint: served.endpoint, token: "t" }) },
    clock,
    telemetry: openTelemetry({ tracerProvider, meterProvider, attributes: { tenant: "one" } }),
    ...settings,
  });
  return { client, emulator, endpoint: served.endpoint, [Symbol.asyncDispose]: () => served.close() };
}

const named = (name: string) => telemetry.spans().filter((span) => span.name === name);
const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;

describe("spans", () => {
  it("are one of the job, one of the download, and one of every attempt below the right one", async () => {
    await using set = await traced();
    set.emulator.faults.add({ on: "poll", fault: { type: "status", status: 503 } });
    await collect(await set.client.runExport("users", request));
    const [job] = named("export");
    const [download] = named("download");
    expect(named("export")).toHaveLength(1);
    expect(named("download")).toHaveLength(1);
    expect(job?.attributes).toMatchObject({
      "exportkit.connection": "users",
      "exportkit.job.id": set.emulator.tasks[0]?.id,
      "exportkit.job.status": "succeeded",
      tenant: "one",
    });
    expect(download?.attributes).toMatchObject({ "exportkit.outcome": "complete", "exportkit.records": 30 });
    expect(parentOf(download)).toBe(idOf(job));
    const attempts = telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    const told = attempts.map((span) => [
      span.attributes["exportkit.operation"],
      span.attributes["http.response.status_code"],
      span.attributes["http.request.resend_count"] ?? 0,
      parentOf(span) === idOf(job) ? "job" : parentOf(span) === idOf(download) ? "download" : "none",
    ]);
    expect(told).toEqual([
      ["start", 200, 0, "job"],
      ["poll", 503, 0, "job"],
      ["poll", 200, 1, "job"],
      ["poll", 200, 0, "job"],
      ["locate", 200, 0, "download"],
      ["artifact", 200, 0, "download"],
    ]);
    expect(attempts[1]?.status.code).toBe(SpanStatusCode.ERROR);
    expect(attempts[1]?.attributes["error.type"]).toBe("503");
    expect(job?.events.map(({ name }) => name)).toEqual(["exportkit.retry"]);
  });

  it("S9: are not doubled by undici's instrumentation, hold no query, and send no traceparent", async () => {
    await using set = await traced();
    await collect(await set.client.runExport("users", request));
    const urls = telemetry.spans().flatMap(({ attributes }) => attributes["url.full"] ?? []);
    expect(urls).toHaveLength(set.emulator.requests.length);
    expect(urls.filter((url) => /[?&]|signature/i.test(String(url)))).toEqual([]);
    expect(
      JSON.stringify(telemetry.spans().map(({ attributes, events }) => [attributes, events])),
    ).not.toContain("ignature");
    const sent = set.emulator.requests.filter(({ headers }) => "traceparent" in headers);
    expect(sent).toEqual([]);
  });

  it("of other requests in the same program are made as before", async () => {
    await using set = await traced();
    await collect(await set.client.runExport("users", request));
    const before = telemetry.spans().length;
    await fetch(set.endpoint);
    expect(telemetry.spans()).toHaveLength(before + 1);
  });

  it("are below the span in which the program works, with a link to the job's", async () => {
    await using set = await traced();
    const job = await set.client.startExport("users", request);
    const tracer = telemetry.tracerProvider.getTracer("program");
    const outer = tracer.startSpan("nightly");
    await context.with(trace.setSpan(context.active(), outer), async () => {
      const opened = set.client.waitForExport(job, {
        onProgress: () => expect(trace.getActiveSpan()).toBe(outer),
      });
      await collect(await set.client.download(await opened));
    });
    outer.end();
    expect(parentOf(named("download")[0])).toBe(outer.spanContext().spanId);
  });

  it.each([
    ["a start that is refused", "start", "FORBIDDEN", "export"],
    ["a file that is not there", "artifact", "ARTIFACT_MISSING", "download"],
  ] as const)("tell of %s", async (_, on, code, name) => {
    await using set = await traced();
    const status = on === "start" ? 403 : 404;
    set.emulator.faults.add({ on, fault: { type: "status", status } });
    const error = await rejection<ExportError>(set.client.runExport("users", request));
    expect(error.code).toBe(code);
    expect(named(name)).toHaveLength(1);
    expect(named(name)[0]?.status.code).toBe(SpanStatusCode.ERROR);
    expect(named(name)[0]?.attributes["error.type"]).toBe(code);
  });

  it.each([
    ["https://users.example", 443],
    ["http://localhost", 80],
    ["http://localhost:8080", 8080],
  ])("name the port of %s", async (endpoint, port) => {
    const client = createExportClient({
      providers: { users: authgear({ endpoint, token: "t" }) },
      fetch: async () => new Response(null, { status: 400 }),
      telemetry: openTelemetry({ tracerProvider: telemetry.tracerProvider }),
    });
    await rejection(client.startExport("users", request));
    const [attempt] = telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(attempt?.attributes).toMatchObject({ "server.port": port, "error.type": "400" });
  });

  it("of two starts at once keep their requests apart", async () => {
    await using set = await traced();
    await Promise.all([1, 2, 3].map(() => set.client.startExport("users", request)));
    const starts = telemetry.spans().filter((span) => span.attributes["exportkit.operation"] === "start");
    expect(new Set(starts.map(parentOf)).size).toBe(3);
  });
});

describe("metrics", () => {
  it("count jobs, records, bytes and retries, and measure durations", async () => {
    await using set = await traced();
    set.emulator.faults.add({ on: "poll", fault: { type: "status", status: 503 } });
    const first = await set.client.startExport("users", request);
    expect((await telemetry.measured()).get("exportkit.jobs.open")).toMatchObject([{ value: 1 }]);
    const download = await set.client.download(await set.client.waitForExport(first));
    await collect(download);
    const measured = await telemetry.measured();
    const base = { "exportkit.connection": "users", "exportkit.provider": "authgear", tenant: "one" };
    expect(measured.get("exportkit.jobs.open")).toMatchObject([{ value: 0 }]);
    expect(measured.get("exportkit.records")).toEqual([
      { value: 30, attributes: { ...base, "exportkit.outcome": "complete" } },
    ]);
    expect(measured.get("exportkit.bytes")?.[0]?.value).toBe(download.size);
    expect(measured.get("exportkit.retries")).toMatchObject([
      { value: 1, attributes: { "exportkit.operation": "poll", "error.type": "PROVIDER_UNAVAILABLE" } },
    ]);
    expect(measured.get("exportkit.job.duration")).toMatchObject([
      { value: 1, attributes: { "exportkit.job.status": "succeeded" } },
    ]);
    expect(measured.get("exportkit.download.duration")).toMatchObject([{ value: 1 }]);
    const requests = measured.get("exportkit.request.duration") ?? [];
    expect(requests.reduce((sum, { value }) => sum + value, 0)).toBe(6);
    // A value for each job or file would be one series each.
    expect(JSON.stringify(requests)).not.toMatch(/job\.id|url\.full|download\.id/);
  });
});

describe("a logger in pino's order", () => {
  it("has its fields in the line", async () => {
    const lines: string[] = [];
    const logger = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
    await using set = await traced({ logger });
    await collect(await set.client.runExport("users", request));
    const ended = lines
      .map((line) => JSON.parse(line))
      .find(({ msg }) => msg === "exportkit: download complete");
    expect(ended).toMatchObject({ connection: "users", outcome: "complete", records: 30 });
  });
});

it("an option that it does not know is named", () => {
  expect(() => openTelemetry({ tracerprovider: trace } as never)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", details: { field: "tracerprovider" } }),
  );
});
