import { type Clock, createBudget, createExportClient, type ExportEvent } from "exportkit";
import { authgear } from "exportkit/authgear";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { createTestClock, type TestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { harness, token } from "../client/harness.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const reset = () => new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });

/** A clock of the caller's own, which tells no monotonic time. */
const plain = (clock: TestClock) => ({
  now: () => clock.now(),
  sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
  setTimer: (ms: number, callback: () => void) => clock.setTimer(ms, callback),
});

const clocks = [
  ["a clock with a monotonic time", (clock: TestClock) => clock],
  ["a clock without one", plain],
] as const;

const anything = {
  "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) },
};

/** A finished job whose file is asked for at once; `answer` gives each answer of its vendor. */
function fileOf(
  answer: (clock: TestClock, requests: number) => Response,
  options = {},
  wrap: (clock: TestClock) => Clock = (clock) => clock,
) {
  const clock = createTestClock();
  const events: ExportEvent[] = [];
  let requests = 0;
  const provider: Provider = {
    spec: 1,
    name: "plain",
    capabilities: { delivery: "file", jobs: "asynchronous", progress: false, formats: ["ndjson"] },
    requestSchema: anything,
    origins: ["https://plain.example"],
    authorize: ({ now }) => ({ authorization: `at ${now}` }),
    start: async () => ({ id: "1", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => ({ url: "https://plain.example/file", credentials: "provider" }),
      records: () => ndjson(),
    }),
  };
  const client = createExportClient({
    providers: { it: provider },
    clock: wrap(clock),
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    fetch: async () => answer(clock, ++requests),
    ...options,
  });
  const download = async () => client.download(await client.startExport("it", {}));
  return { clock, client, events, download, requests: () => requests };
}

describe.each(clocks)("time that is set back and forth, by %s", (_name, wrap) => {
  it.each([
    ["forward, as after a laptop's sleep", -30 * MINUTE],
    ["back", HOUR],
  ])("does not spend the retries of a request: %s", async (_direction, setBack) => {
    const { download, requests } = fileOf(
      (clock, request) => {
        if (request > 1) return new Response('{"n":1}\n');
        clock.setBack(setBack);
        throw reset();
      },
      {},
      wrap,
    );
    expect(await collect(await download())).toEqual([{ n: 1 }]);
    expect(requests()).toBe(2);
  });

  it("does not put off the end of the retries", async () => {
    const { download, requests } = fileOf(
      (clock) => {
        clock.setBack(HOUR);
        return new Response("", { status: 503, headers: { "retry-after": "60" } });
      },
      { retry: { retries: 500, maxElapsedMs: 10 * MINUTE } },
      wrap,
    );
    expect(await rejection(download())).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
    // Time that really passes may make it one less.
    expect([10, 11]).toContain(requests());
  });

  it("does not put off a budget's deadline between two calls", async () => {
    const { clock, emulator } = harness({ emulator: { jobDurationMs: 10 * HOUR } });
    const own = createExportClient({
      providers: {
        users: authgear({ endpoint: emulator.endpoint, token }),
      },
      fetch: emulator.fetch,
      clock: wrap(clock),
    });
    let job = await own.startExport("users", { format: "ndjson" });
    const budget = createBudget({ deadline: clock.now() + 2 * MINUTE });
    job = await own.waitForExport(job, { budget });
    const before = clock.monotonic();
    clock.setBack(HOUR);
    job = await own.waitForExport(job, { budget });
    expect(job.status).toBe("pending");
    expect(clock.monotonic() - before).toBeLessThan(2 * MINUTE);
  });

  it.each([HOUR, -HOUR])(
    "tells durations as they were, in whole milliseconds: set back by %d",
    async (by) => {
      const { download, events } = fileOf(
        (clock) => {
          clock.setBack(by);
          return new Response("{}\n");
        },
        {},
        wrap,
      );
      await collect(await download());
      const durations = events.flatMap((event) => (event.type === "request" ? [event.durationMs] : []));
      expect(durations).toHaveLength(1);
      for (const duration of durations) {
        expect(Number.isInteger(duration)).toBe(true);
        expect(duration).toBeGreaterThanOrEqual(0);
        expect(duration).toBeLessThan(MINUTE);
      }
    },
  );
});

it.each([
  ["forward", -2 * HOUR],
  ["back", 2 * HOUR],
])("time that is set %s neither forgets a job that runs nor counts it for longer", async (_, setBack) => {
  const { clock, client } = harness({
    emulator: { jobDurationMs: 10 * HOUR },
    settings: { limits: { jobs: 1 } },
  });
  const start = () => client.startExport("users", { format: "ndjson" });
  await start();
  clock.setBack(setBack);
  expect(await rejection(start())).toMatchObject({ code: "CONCURRENCY_LIMIT" });
  // Without a word of it for so long it is taken for somebody else's.
  clock.advance(HOUR);
  expect(await start()).toMatchObject({ status: "pending" });
});

describe("a wait that the provider names by a date", () => {
  const vendor = (clock: TestClock, offset: number) => new Date(clock.now() + offset).toUTCString();

  it.each([-HOUR, HOUR, 26 * HOUR])(
    "goes by the provider's clock, which is %d ms off ours",
    async (offset) => {
      const { download, clock } = fileOf((clock, request) => {
        if (request === 1) return new Response("", { status: 401, headers: { date: vendor(clock, offset) } });
        if (request === 2)
          return new Response("", {
            status: 429,
            headers: { "retry-after": vendor(clock, offset + 90_000) },
          });
        return new Response("{}\n");
      });
      await collect(await download());
      const slept = clock.sleeps.reduce((sum, ms) => sum + ms, 0);
      expect(slept).toBeGreaterThanOrEqual(89_000);
      expect(slept).toBeLessThanOrEqual(91_000);
    },
  );

  it("is told as that date where it is too long to be waited for", async () => {
    const { download, clock } = fileOf((clock, request) =>
      request === 1
        ? new Response("", { status: 401, headers: { date: vendor(clock, HOUR) } })
        : new Response("", { status: 503, headers: { "retry-after": vendor(clock, 2 * HOUR) } }),
    );
    const error = await rejection<{ retryAt: Date }>(download());
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
    expect(error.retryAt.toUTCString()).toBe(vendor(clock, 2 * HOUR));
    expect(clock.sleeps).toEqual([]);
  });
});
