import { type ClientSettings, createExportClient, type ExportError, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { fileDelivery, ndjson, type Provider, pagedDelivery } from "exportkit/provider";
import { createAuthgearEmulator, createAvepointEmulator, createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { token } from "../client/harness.js";
import { rejection } from "../support/outcome.js";
import { passingInSteps, settle } from "../support/turns.js";

const never = () => new Promise<never>(() => {});

const request = { format: "ndjson" } as const;

describe("a token function that never answers", () => {
  function users(answers: number) {
    const clock = createTestClock();
    const emulator = createAuthgearEmulator({ tokens: [token], clock, users: 3 });
    let asked = 0;
    const ask = () => (++asked <= answers ? token : never());
    const client = createExportClient({
      providers: { users: authgear({ endpoint: emulator.endpoint, token: ask }) },
      fetch: emulator.fetch,
      clock,
    });
    return { client, clock, emulator, asked: () => asked };
  }

  it("ends a start after requestMs, with nothing sent", async () => {
    const { client, clock, emulator, asked } = users(0);
    const error = await rejection<ExportError>(
      passingInSteps(clock, 30_000, client.startExport("users", request)),
    );
    expect(error).toMatchObject({
      code: "TIMEOUT",
      operation: "authorize",
      retryable: true,
      provider: "authgear",
    });
    expect(error.message).toContain("authorize function");
    expect([emulator.requests.length, asked(), clock.waiting]).toEqual([0, 1, 0]);
  });

  it("ends a poll, and keeps the job in the error", async () => {
    const { client, clock } = users(1);
    const job = await client.startExport("users", request);
    const error = await rejection(passingInSteps(clock, 30_000, client.pollExport(job)));
    expect(error).toMatchObject({ code: "TIMEOUT", job: { id: job.id } });
    expect(clock.waiting).toBe(0);
  });

  it("does not hold up the caller who gives up", async () => {
    const { client, clock } = users(0);
    const controller = new AbortController();
    const started = rejection(client.startExport("users", request, { signal: controller.signal }));
    await settle();
    controller.abort("enough");
    expect(await started).toBe("enough");
    expect(clock.waiting).toBe(0);
  });

  it("of AvePoint too", async () => {
    const clock = createTestClock();
    const emulator = createAvepointEmulator({ tokens: [token], clock });
    const client = createExportClient({
      providers: { access: avepoint({ baseUrl: emulator.endpoint, token: never }) },
      fetch: emulator.fetch,
      clock,
    });
    const start = client.startExport("access", {
      report: "userAccess",
      email: "ada@contoso.com",
      dataSources: ["OneDrive"],
    });
    expect(await rejection(passingInSteps(clock, 30_000, start))).toMatchObject({ code: "TIMEOUT" });
    expect(emulator.requests).toEqual([]);
  });
});

describe("a function of an adapter that never comes to an end", () => {
  type Functions = Partial<Provider<unknown, unknown>>;

  function listing(functions: Functions, asynchronous = true, settings: ClientSettings = {}) {
    const clock = createTestClock();
    const sent: string[] = [];
    const provider: Provider<unknown, unknown> = {
      spec: 1,
      name: "shop",
      capabilities: {
        delivery: "pages",
        jobs: asynchronous ? "asynchronous" : "immediate",
        progress: false,
        formats: ["ndjson"],
      },
      origins: ["https://shop.example.com"],
      requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
      start: async () => ({ id: "1", status: "pending" }),
      poll: async () => ({ status: "succeeded" }),
      delivery: pagedDelivery({
        fetchPage: never,
        records: () => ({ kind: "pages", map: (item) => item, identify: () => "1" }),
      }),
      ...functions,
    };
    const client = createExportClient({
      providers: { shop: provider },
      fetch: async (input) => {
        sent.push(String(input));
        return Response.json({ ok: true });
      },
      clock,
      ...settings,
    });
    return { client, clock, sent };
  }
  const url = "https://shop.example.com/jobs";

  it("authorize", async () => {
    const { client, clock, sent } = listing({
      authorize: never,
      start: async (context) => context.request({ method: "POST", url }) as never,
    });
    expect(await rejection(passingInSteps(clock, 30_000, client.startExport("shop", {})))).toMatchObject({
      code: "TIMEOUT",
      operation: "authorize",
    });
    expect(sent).toEqual([]);
  });

  it("start, before anything is sent", async () => {
    const { client, clock } = listing({ start: never });
    expect(await rejection(passingInSteps(clock, 30_000, client.startExport("shop", {})))).toMatchObject({
      code: "TIMEOUT",
      operation: "start",
      details: { unanswered: "start" },
    });
    expect(clock.waiting).toBe(0);
  });

  it("start, after it was sent: the outcome is unknown, whether the caller gives up or not", async () => {
    const { client, clock, sent } = listing({
      start: async (context) => {
        await context.request({ method: "POST", url, authorize: false }).catch(() => {});
        await context.request({ method: "POST", url });
        return never();
      },
    });
    const controller = new AbortController();
    const started = client.startExport("shop", {}, { signal: controller.signal });
    await settle();
    controller.abort("enough");
    expect(await rejection(passingInSteps(clock, 30_000, started))).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
    });
    expect(sent).toHaveLength(2);
  });

  it("start, which sends nothing any more once it is over, however long it works on", async () => {
    for (const [end, outcome] of [
      ["time", { code: "TIMEOUT" }],
      ["abort", "enough"],
      ["return", { id: "1" }],
    ] as const) {
      let workOn = () => {};
      let late: Promise<unknown> | undefined;
      const { client, clock, sent } = listing({
        start: async (context) => {
          const slow = new Promise<void>((resolve) => {
            workOn = resolve;
          });
          late = slow.then(() => context.request({ method: "POST", url }));
          if (end !== "return") await late;
          return { id: "1", status: "pending" };
        },
      });
      const controller = new AbortController();
      const started = client
        .startExport("shop", {}, { signal: controller.signal })
        .catch((error: unknown) => error);
      await settle();
      if (end === "abort") controller.abort("enough");
      if (end === "time") clock.advance(30_000);
      // In the same moment, before the call has told anybody.
      workOn();
      expect(await started).toEqual(typeof outcome === "string" ? outcome : expect.objectContaining(outcome));
      expect(String(await rejection(late as Promise<unknown>))).toContain("has ended");
      expect([sent, clock.waiting]).toEqual([[], 0]);
    }
  });

  it("poll, and a wait asks again", async () => {
    let polls = 0;
    const { client, clock } = listing({
      poll: async () => (++polls === 1 ? never() : { status: "succeeded" }),
    });
    const job = await client.startExport("shop", {});
    const seen: ExportJob[] = [];
    const waited = client.waitForExport(job, { onProgress: (latest) => seen.push(latest) });
    expect(await passingInSteps(clock, 30_000, waited)).toMatchObject({ status: "succeeded" });
    expect(polls).toBe(2);
  });

  it("fetchPage", async () => {
    // A page that does not come is asked for again and again, for minutes, unless told otherwise.
    const { client, clock } = listing({}, true, { retry: { retries: 0 } });
    const job = await client.pollExport(await client.startExport("shop", {}));
    const reading = client.download(job).then((download) => download[Symbol.asyncIterator]().next());
    expect(await rejection(passingInSteps(clock, 30_000, reading))).toMatchObject({
      code: "TIMEOUT",
      details: { unanswered: "fetchPage" },
    });
  });

  it("locate", async () => {
    const functions = {
      capabilities: { jobs: "asynchronous", progress: false, formats: ["ndjson"] },
      delivery: fileDelivery({ records: () => ndjson(), locate: never }),
    } as const;
    const { client, clock } = listing(functions, true, { retry: { retries: 0 } });
    const job = await client.pollExport(await client.startExport("shop", {}));
    const reading = client.download(job).then((download) => download.bytes().getReader().read());
    expect(await rejection(passingInSteps(clock, 30_000, reading))).toMatchObject({ code: "TIMEOUT" });
  });

  it("has all the time that its requests take", async () => {
    const { client, clock, sent } = listing({
      start: async (context) => {
        for (let call = 0; call < 4; call++) await context.request({ method: "GET", url, authorize: false });
        return { id: "1", status: "pending" };
      },
    });
    const started = client.startExport("shop", {});
    for (let call = 0; call < 4; call++) {
      await settle();
      clock.advance(29_000);
    }
    expect(await started).toMatchObject({ id: "1" });
    expect(sent).toHaveLength(4);
  });

  it("leaves no timer behind where a request of its goes on without it", async () => {
    let answer = () => {};
    const fetch = () =>
      new Promise<Response>((resolve) => {
        answer = () => resolve(Response.json({}));
      });
    const functions: Functions = {
      start: async (context) => {
        void context.request({ method: "GET", url, authorize: false });
        return { id: "1", status: "pending" };
      },
    };
    const { client, clock } = listing(functions, true, { fetch });
    await client.startExport("shop", {});
    await settle();
    answer();
    await settle();
    expect(clock.waiting).toBe(0);
  });

  it("requestSchema, which must answer at once, as a promise of any library", async () => {
    // biome-ignore lint/suspicious/noThenProperty: what another library returns as a promise
    const thenable = { then: () => {} };
    const { client } = listing({
      requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => thenable as never } },
    });
    expect(await rejection(client.startExport("shop", {}))).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field: "requestSchema" },
    });
  });
});
